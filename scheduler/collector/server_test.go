package collector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"kube-windtunnel/scheduler/args"
)

// parse makes complete arguments of YAML.
func parse(t testing.TB, text string) *args.Args {
	t.Helper()
	a, err := args.From(&runtime.Unknown{Raw: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// server answers every query with a body that tests may exchange; it counts the queries.
type server struct {
	*httptest.Server
	body    atomic.Pointer[string]
	queries atomic.Int64
	last    atomic.Pointer[http.Request]
}

func serve(t testing.TB, body string) *server {
	s := &server{}
	s.body.Store(&body)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		s.queries.Add(1)
		s.last.Store(r)
		io.WriteString(w, *s.body.Load())
	}))
	t.Cleanup(s.Close)
	return s
}

// row is one sample of an answer, evaluated at second 1000.
func row(series, labels, value string) string {
	return fmt.Sprintf(`{"metric":{"series":%q%s},"value":[1000,%q]}`, series, labels, value)
}

func answer(rows ...string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(rows, ",") + `]}}`
}

// healthy is one exporter with one device: 50 and 25 bytes per second on a link of 100, sampled a second ago.
func healthy(instance, extra string) []string {
	at := fmt.Sprintf(`,"instance":%q%s`, instance, extra)
	return []string{
		row(seriesReceive, at+`,"device":"eth0"`, "50"),
		row(seriesTransmit, at+`,"device":"eth0"`, "25"),
		row(seriesSpeed, at+`,"device":"eth0"`, "100"),
		row(seriesSampled, at, "999"),
	}
}

// cluster is a fixed list of nodes.
type cluster struct {
	nodes  []Node
	synced atomic.Bool
}

func (c *cluster) Synced() bool { return c.synced.Load() }
func (c *cluster) List() []Node { return c.nodes }

func known(nodes ...Node) *cluster {
	c := &cluster{nodes: nodes}
	c.synced.Store(true)
	return c
}

// collect asks the server once.
func collect(t testing.TB, url string, extra string, nodes ...Node) (*Collector, Report, error) {
	t.Helper()
	a := parse(t, "prometheusURL: "+url+"\n"+extra)
	client, err := NewClient(a)
	if err != nil {
		t.Fatal(err)
	}
	var report Report
	c := New(a, client, known(nodes...), func(r Report) { report = r })
	err = c.Refresh(context.Background())
	return c, report, err
}
