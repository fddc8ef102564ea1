package plugin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"

	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/specimens"
)

// exporter is what one target says: numbers as text, so that NaN is one.
type exporter struct{ instance, node, name, device, receive, transmit, speed string }

// rows are the answer to the plugin's own query.
func (e exporter) rows() []string {
	row := func(labels, value string) string {
		return fmt.Sprintf(`{"metric":{"instance":%q,"node":%q%s},"value":[1000,%q]}`, e.instance, e.node, labels, value)
	}
	out := []string{row(`,"series":"sampled"`, "995"), row(fmt.Sprintf(`,"series":"uname","nodename":%q`, e.name), "1")}
	for series, value := range map[string]string{"receive": e.receive, "transmit": e.transmit, "speed": e.speed} {
		if value != "" {
			out = append(out, row(fmt.Sprintf(`,"series":%q,"device":%q`, series, e.device), value))
		}
	}
	return out
}

// of is the exporter of node n: a is at 10.0.0.1 and so on.
func of(n byte, receive, transmit, speed string) exporter {
	return exporter{instance: fmt.Sprintf("10.0.0.%d:9100", n-'a'+1), name: string(n), device: "eth0", receive: receive, transmit: transmit, speed: speed}
}

func vector(exporters ...exporter) string {
	var all []string
	for _, e := range exporters {
		all = append(all, e.rows()...)
	}
	return `{"resultType":"vector","result":[` + strings.Join(all, ",") + `]}`
}

// prometheus answers each query with what reply makes of it; a reply that begins with a digit is a status and a message.
type prometheus struct {
	*httptest.Server
	mu      sync.Mutex
	queries []string
}

func serve(t *testing.T, reply func(query string) string) *prometheus {
	p := &prometheus{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		p.mu.Lock()
		p.queries = append(p.queries, query)
		p.mu.Unlock()
		text := reply(query)
		if strings.HasPrefix(text, "400 ") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":%q}`, text[4:])
			return
		}
		io.WriteString(w, `{"status":"success","data":`+text+`}`)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *prometheus) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.queries...)
}

type nodes []collector.Node

func (n nodes) Synced() bool           { return true }
func (n nodes) List() []collector.Node { return append([]collector.Node(nil), n...) }

func named(names string) nodes {
	var out nodes
	for _, n := range []byte(names) {
		out = append(out, collector.Node{Name: string(n), InternalIPs: []string{fmt.Sprintf("10.0.0.%d", n-'a'+1)}})
	}
	return out
}

// trial is a plugin in a test.
type trial struct {
	*Plugin
	nodes nodes
	log   *bytes.Buffer
	// events are the reasons of those that were recorded.
	events []string
}

// Eventf implements plugin.Recorder.
func (o *trial) Eventf(_, _ runtime.Object, _, reason, _, _ string, _ ...interface{}) {
	o.events = append(o.events, reason)
}

// try makes a plugin of switches and arguments (nil for none at all), lets it ask once, and stops it with the test.
func try(t *testing.T, switches string, known nodes, object runtime.Object) (*trial, error) {
	t.Helper()
	set, err := specimens.Parse(switches)
	if err != nil {
		t.Fatal(err)
	}
	out := &trial{nodes: known, log: &bytes.Buffer{}}
	fatal := func(values ...any) { fmt.Fprint(out.log, append([]any{"FATAL "}, values...)...) }
	out.Plugin, err = New(Options{Set: set, Object: object, Nodes: known, Profile: t.Name(), Log: klog.Logger{}, Out: out.log, Fatal: fatal})
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.Logger{}))
	done := make(chan struct{})
	go func() { out.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if sequence, same := out.Sequence(); sequence > 0 || !same {
			return out, nil
		}
		if time.Now().After(deadline) {
			t.Fatal("no query ended")
		}
	}
}

func yaml(text string) *runtime.Unknown { return &runtime.Unknown{Raw: []byte(text)} }

// verdicts are all nodes' scores as text, or the error; {"": "skip"} where the plugin skipped.
func (o *trial) verdicts() map[string]string {
	ctx := context.Background()
	var names []string
	for _, node := range o.nodes {
		names = append(names, node.Name)
	}
	cycle, skip := o.Begin(ctx, o, &v1.Pod{}, names)
	if skip {
		return map[string]string{"": "skip"}
	}
	out := map[string]string{}
	scores := make([]int64, len(names))
	for i, name := range names {
		var err error
		if scores[i], err = cycle.Score(ctx, name); err != nil {
			return map[string]string{"": err.Error()}
		}
	}
	if o.Normalizes() {
		scores = cycle.Normalize(names, scores)
	}
	for i, name := range names {
		out[name] = fmt.Sprint(scores[i])
	}
	return out
}

// tryAny is try for objects that may be nil.
func tryAny(t *testing.T, switches string, known nodes, object any) (*trial, error) {
	t.Helper()
	given, _ := object.(runtime.Object)
	return try(t, switches, known, given)
}
