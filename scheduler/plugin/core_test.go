package plugin

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/component-base/metrics/legacyregistry"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
)

// prometheus answers with one exporter of node a: 50 and 25 bytes per second on a link of 100. It can be told to fail.
func prometheus(t *testing.T) (string, *atomic.Bool) {
	t.Helper()
	failing := &atomic.Bool{}
	var rows []string
	for _, r := range [][2]string{{`"receive","device":"eth0"`, "50"}, {`"transmit","device":"eth0"`, "25"}, {`"speed","device":"eth0"`, "100"}, {`"sampled"`, "1000"}} {
		rows = append(rows, fmt.Sprintf(`{"metric":{"instance":"10.0.0.1:9100","series":%s},"value":[1000,%q]}`, r[0], r[1]))
	}
	body := `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(rows, ",") + `]}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if failing.Load() {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, failing
}

func node(name, address string) *v1.Node {
	return &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: v1.NodeStatus{Addresses: []v1.NodeAddress{
		{Type: v1.NodeHostName, Address: "something-else"}, {Type: v1.NodeInternalIP, Address: address},
	}}}
}

// start runs an instance over a cluster of nodes a and b, and waits for its first query to end.
func start(t *testing.T, profile, text string) *Core {
	t.Helper()
	a, err := args.From(&runtime.Unknown{Raw: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(fake.NewSimpleClientset(node("a", "10.0.0.1"), node("b", "10.0.0.2")), 0)
	c, err := New(a, FromInformer(factory.Core().V1().Nodes()), profile)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	factory.Start(ctx.Done())
	attempts(t, c, 1)
	return c
}

func attempts(t *testing.T, c *Core, count uint64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); c.collector.Attempts() < count; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d queries ended, want %d", c.collector.Attempts(), count)
		}
	}
}

func pod(uid string, annotations map[string]string) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), Annotations: annotations}}
}

func TestScoresFollowMeasurementsAndPodsInFlight(t *testing.T) {
	url, _ := prometheus(t)
	c := start(t, "in-flight", "prometheusURL: "+url)
	now := time.Now()
	if cycle := c.Begin(now); cycle.Score("a") != 50 || cycle.Score("b") != 0 || !cycle.Knows("a") || cycle.Knows("b") || cycle.Sequence() != 1 {
		t.Errorf("a %d, b %d, sequence %d", cycle.Score("a"), cycle.Score("b"), cycle.Sequence())
	}
	// 240 bit/s are 30 bytes per second of the link's 100.
	c.Reserve(pod("p", map[string]string{ingressAnnotation: "240"}), "a", now)
	if got := c.Begin(now).Score("a"); got != 20 {
		t.Errorf("with a pod in flight %d, want 20", got)
	}
	c.Unreserve(pod("p", nil))
	c.Unreserve(pod("p", nil))
	if got := c.Begin(now).Score("a"); got != 50 {
		t.Errorf("after Unreserve %d, want 50", got)
	}
	if old := c.Begin(now.Add(3 * time.Minute)); old.Knows("a") || old.Score("a") != 0 {
		t.Errorf("a snapshot of three minutes ago still counts: %d", old.Score("a"))
	}
}

func TestAnOutageIsToldOnceAndAgainAfterRecovery(t *testing.T) {
	url, failing := prometheus(t)
	failing.Store(true)
	c := start(t, "outage", "prometheusURL: "+url+"\ninterval: 100ms\nwindow: 1s\nmaxAge: 300ms\n")
	told := func() bool { return c.Outage(c.Begin(time.Now())) }
	if !told() || told() {
		t.Error("the first outage should be told once")
	}
	failing.Store(false)
	attempts(t, c, c.collector.Attempts()+2)
	if told() || !c.Begin(time.Now()).Knows("a") {
		t.Error("no outage any more")
	}
	c.Recovered()
	failing.Store(true)
	time.Sleep(600 * time.Millisecond)
	if !told() || told() {
		t.Error("the second outage should be told once")
	}
}

func TestNoOutageIsToldBeforeTheFirstQueryEnds(t *testing.T) {
	a, err := args.From(&runtime.Unknown{Raw: []byte("prometheusURL: http://localhost:1")})
	if err != nil {
		t.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(fake.NewSimpleClientset(), 0)
	c, err := New(a, FromInformer(factory.Core().V1().Nodes()), "early")
	if err != nil {
		t.Fatal(err)
	}
	if c.Outage(c.Begin(time.Now())) || c.Begin(time.Now()).Sequence() != 0 {
		t.Error("told before anything was asked")
	}
}

func TestMetricsStandInTheSchedulersRegistry(t *testing.T) {
	url, failing := prometheus(t)
	c := start(t, "metrics", "prometheusURL: "+url+"\ninterval: 100ms\nwindow: 1h\nmaxAge: 1h\n")
	c.Reserve(pod("p", map[string]string{egressAnnotation: "80"}), "a", time.Now())
	c.Begin(time.Now()).Score("b")
	failing.Store(true)
	attempts(t, c, c.collector.Attempts()+2)
	got := map[string]float64{}
	families, err := legacyregistry.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			name := family.GetName()
			mine := false
			for _, label := range m.Label {
				mine = mine || label.GetName() == "profile" && label.GetValue() == "metrics"
				if label.GetName() != "profile" {
					name += "/" + label.GetValue()
				}
			}
			if mine {
				got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	for name, want := range map[string]float64{
		"network_traffic_unknown_nodes/missing": 1, "network_traffic_unknown_nodes/stale": 0, "network_traffic_unknown_scores_total/missing": 1,
		"network_traffic_unpaired_exporters": 0, "network_traffic_in_flight_bytes_per_second/transmit": 10, "network_traffic_query_errors_total/timeout": 0,
	} {
		if value, ok := got[name]; !ok || math.Abs(value-want) > 0.01 { // what is in flight falls, if slowly
			t.Errorf("%s = %v (there: %v), want %v", name, value, ok, want)
		}
	}
	if got["network_traffic_queries_total"] < 3 || got["network_traffic_query_errors_total/status"] < 1 || got["network_traffic_query_duration_seconds"] < 3 {
		t.Errorf("queries: %v", got)
	}
	if age := got["network_traffic_snapshot_age_seconds"]; age <= 0 || age > 30 {
		t.Errorf("age %v", age)
	}
}

var _ collector.Nodes = informedNodes{}
