package k8s136

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	schedulermetrics "k8s.io/kubernetes/pkg/scheduler/metrics"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/plugin"
)

// prometheus says that node a is half busy and node b a tenth; of all other nodes it knows nothing.
type prometheus struct {
	*httptest.Server
	failing atomic.Bool
	queries atomic.Int64
}

func startPrometheus(t *testing.T) *prometheus {
	p := &prometheus{}
	var rows []string
	for node, busy := range map[string]string{"a": "50", "b": "10"} {
		for _, r := range [][2]string{{`"receive","device":"eth0"`, busy}, {`"transmit","device":"eth0"`, "0"}, {`"speed","device":"eth0"`, "100"}, {`"sampled"`, "1000"}} {
			rows = append(rows, fmt.Sprintf(`{"metric":{"node":%q,"series":%s},"value":[1000,%q]}`, node, r[0], r[1]))
		}
	}
	body := `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(rows, ",") + `]}}`
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.queries.Add(1)
		if p.failing.Load() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(p.Close)
	return p
}

// profile is a real framework with the plugin in it, built from a configuration file.
type profile struct {
	framework.Framework
	events *events.FakeRecorder
	nodes  []fwk.NodeInfo
}

const everywhere = "multiPoint: {enabled: [{name: network_traffic, weight: 3}]}"

func build(t *testing.T, points, arguments string) (*profile, error) {
	t.Helper()
	schedulermetrics.Register()
	text := strings.Replace(configuration("network_traffic", arguments), "score:\n        enabled: [{name: network_traffic}]", points, 1)
	loaded, err := read(t, text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.Background()))
	t.Cleanup(cancel)
	registry := plugins.NewInTreeRegistry()
	if err := registry.Register(args.Name, New); err != nil {
		t.Fatal(err)
	}
	p := &profile{events: events.NewFakeRecorder(10)}
	client := fake.NewClientset()
	for _, name := range []string{"a", "b", "c"} {
		node := st.MakeNode().Name(name).Obj()
		client.Tracker().Add(node)
		info := framework.NewNodeInfo()
		info.SetNode(node)
		p.nodes = append(p.nodes, info)
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	chosen := loaded.Profiles[0]
	onlyOurs(chosen.Plugins)
	p.Framework, err = frameworkruntime.NewFramework(ctx, registry, &chosen, frameworkruntime.WithInformerFactory(factory), frameworkruntime.WithEventRecorder(p.events))
	if err == nil {
		factory.Start(ctx.Done())
	}
	return p, err
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still not: " + what)
		}
	}
}

// schedule runs PreScore and Score as the scheduler does, and returns the weighted scores; none where the plugin skipped.
func (p *profile) schedule(t *testing.T, pod *v1.Pod) map[string]int64 {
	t.Helper()
	ctx, state := context.Background(), framework.NewCycleState()
	if status := p.RunPreScorePlugins(ctx, state, pod, p.nodes); !status.IsSuccess() {
		t.Fatal(status)
	}
	scores, status := p.RunScorePlugins(ctx, state, pod, p.nodes)
	if !status.IsSuccess() {
		t.Fatal(status)
	}
	out := map[string]int64{}
	for _, node := range scores {
		for _, score := range node.Scores {
			out[node.Name] = score.Score
		}
	}
	return out
}

func pod(name string) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "uid", Annotations: map[string]string{"kubernetes.io/ingress-bandwidth": "160"}}}
}

func equal(got map[string]int64, a, b, c int64) bool {
	return len(got) == 3 && got["a"] == a && got["b"] == b && got["c"] == c
}

func TestThroughTheRealFramework(t *testing.T) {
	server := startPrometheus(t)
	p, err := build(t, everywhere, "{prometheusURL: '"+server.URL+"'}")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "scores", func() bool { return equal(p.schedule(t, pod("p")), 150, 270, 0) })
	for i := 0; i < 50; i++ {
		p.schedule(t, pod("p"))
	}
	if server.queries.Load() != 1 {
		t.Errorf("%d queries for 50 pods", server.queries.Load())
	}
	// 160 bit/s are 20 bytes per second of 100.
	ctx, state := context.Background(), framework.NewCycleState()
	if status := p.RunReservePluginsReserve(ctx, state, pod("p"), "b"); !status.IsSuccess() {
		t.Fatal(status)
	}
	if got := p.schedule(t, pod("next")); !equal(got, 150, 210, 0) {
		t.Errorf("after Reserve: %v", got)
	}
	p.RunReservePluginsUnreserve(ctx, state, pod("p"), "b")
	if got := p.schedule(t, pod("next")); !equal(got, 150, 270, 0) {
		t.Errorf("after Unreserve: %v", got)
	}
}

func TestEnabledForScoreAlone(t *testing.T) {
	server := startPrometheus(t)
	p, err := build(t, "score: {enabled: [{name: network_traffic}]}", "{prometheusURL: '"+server.URL+"'}")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "scores", func() bool { return equal(p.schedule(t, pod("p")), 50, 90, 0) })
}

func TestWithoutAnySampleThePluginSkipsAndSaysSoOnce(t *testing.T) {
	server := startPrometheus(t)
	server.failing.Store(true)
	p, err := build(t, everywhere, "{prometheusURL: '"+server.URL+"', interval: 100ms, window: 1s}")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "an event", func() bool {
		if got := p.schedule(t, pod("p")); len(got) != 0 {
			t.Fatalf("scored %v", got)
		}
		return len(p.events.Events) > 0
	})
	for i := 0; i < 20; i++ {
		p.schedule(t, pod("p"))
	}
	if event := <-p.events.Events; !strings.Contains(event, plugin.OutageReason) || len(p.events.Events) != 0 {
		t.Errorf("event %q, %d more", event, len(p.events.Events))
	}
	server.failing.Store(false)
	waitFor(t, "scores", func() bool { return equal(p.schedule(t, pod("p")), 150, 270, 0) })
}

func TestEqualPodsAreSignedAlikeUntilTheMeasurementsChange(t *testing.T) {
	server := startPrometheus(t)
	p, err := build(t, everywhere, "{prometheusURL: '"+server.URL+"', interval: 400ms, window: 1s}")
	if err != nil {
		t.Fatal(err)
	}
	before := p.SignPod(context.Background(), pod("p"))
	if before == nil || !strings.Contains(string(before), snapshotSigner) {
		t.Fatalf("signature %q", before)
	}
	waitFor(t, "another signature", func() bool { return string(p.SignPod(context.Background(), pod("p"))) != string(before) })
}

func TestInvalidArgumentsEndTheStart(t *testing.T) {
	for arguments, want := range map[string]string{
		"{}":                      `initializing plugin "network_traffic": network_traffic arguments: prometheusURL: Required value`,
		"{ip: 'prometheus:9090'}": `probably meant is "http://prometheus:9090"`,
		"{ip: 'http://p', window: 1s, direction: up}": `[window: Invalid value: "1s"`,
	} {
		if _, err := build(t, everywhere, arguments); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", arguments, err, want)
		}
	}
}

// onlyOurs leaves what a framework cannot be without, and the plugin under test.
func onlyOurs(enabled *config.Plugins) {
	for _, set := range []*config.PluginSet{&enabled.MultiPoint, &enabled.Score} {
		set.Enabled = slices.DeleteFunc(set.Enabled, func(p config.Plugin) bool { return p.Name != args.Name })
	}
	enabled.QueueSort.Enabled = []config.Plugin{{Name: "PrioritySort"}}
	enabled.Bind.Enabled = []config.Plugin{{Name: "DefaultBinder"}}
}
