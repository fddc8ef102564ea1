package promserver

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"
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
	storage := promqltest.LoadedStorage(t, "load 15s\n  "+strings.Join(series, "\n  ")+"\n")
	t.Cleanup(func() { storage.Close() })
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 50_000_000)
	server := &Server{Storage: storage, Engine: engine, Now: func() time.Time { return time.Unix(0, 0).Add(evaluated) }}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
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

const gigabit = 125e6

// exporter writes the series of one target: counters that start at a value and grow by a rate per second.
type exporter struct {
	instance, nodename, device, extra string
	start, receive, transmit, speed   float64
}

func (e exporter) series() []string {
	if e.device == "" {
		e.device = "eth0"
	}
	if e.speed == 0 {
		e.speed = gigabit
	}
	at := fmt.Sprintf("instance=%q,job=\"node\"%s", e.instance, e.extra)
	counter := func(name string, rate float64) string {
		return fmt.Sprintf(`%s{%s,device=%q} %.0f+%.0fx40`, name, at, e.device, e.start, rate*15)
	}
	return []string{
		counter("node_network_receive_bytes_total", e.receive),
		counter("node_network_transmit_bytes_total", e.transmit),
		fmt.Sprintf(`node_network_speed_bytes{%s,device=%q} %.0fx40`, at, e.device, e.speed),
		fmt.Sprintf(`node_uname_info{%s,nodename=%q,release="6.1"} 1x40`, at, e.nodename),
	}
}

func all(exporters ...exporter) []string {
	var out []string
	for _, e := range exporters {
		out = append(out, e.series()...)
	}
	return out
}
