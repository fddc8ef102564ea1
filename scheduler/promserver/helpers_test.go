package promserver

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/traffic"
)

// evaluated is the moment of every query: 40 scrapes of 15 s after the first sample.
const evaluated = 10 * time.Minute

// load starts Prometheus's storage with series in promtool's notation, scraped every 15 s, behind a server.
func load(t testing.TB, series ...string) (*Server, string) {
	t.Helper()
	server, closeStorage, err := Load(evaluated, series...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStorage() })
	listening, err := Listen(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listening.Close() })
	return server, listening.URL
}

type nodes []collector.Node

func (n nodes) Synced() bool           { return true }
func (n nodes) List() []collector.Node { return n }

// named makes nodes n1 at 10.0.0.1 and so on, of names.
func named(names ...string) nodes {
	var out nodes
	for i, name := range names {
		out = append(out, collector.Node{Name: name, InternalIPs: []string{fmt.Sprintf("10.0.0.%d", i+1)}})
	}
	return out
}

// refresh sends the plugin's query once, over HTTP, with the plugin's client.
func refresh(t testing.TB, url, extra string, known nodes) (*args.Args, *traffic.Snapshot, collector.Report, error) {
	t.Helper()
	a, err := args.From(&runtime.Unknown{Raw: []byte("prometheusURL: " + url + "\n" + extra)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := collector.NewClient(a)
	if err != nil {
		t.Fatal(err)
	}
	var report collector.Report
	c := collector.New(a, client, known, func(r collector.Report) { report = r })
	err = c.Refresh(context.Background())
	return a, c.Snapshot(), report, err
}

// verdicts are the scores as text, "unknown: reason" where there is none.
func verdicts(t testing.TB, url, extra string, known nodes) map[string]string {
	t.Helper()
	a, snapshot, _, err := refresh(t, url, extra, known)
	if err != nil {
		t.Fatal(err)
	}
	policy := traffic.Policy{Direction: traffic.Direction(a.Direction), MaxAge: a.MaxAge.Duration}
	out := map[string]string{}
	for _, node := range known {
		points, reason := policy.Score(snapshot, node.Name, traffic.Load{}, time.Now())
		out[node.Name] = fmt.Sprint(points)
		if reason != traffic.Known {
			out[node.Name] = "unknown: " + string(reason)
		}
	}
	return out
}
