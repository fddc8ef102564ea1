package plugin

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2/textlogger"
)

func TestAnOutageIsAnErrorOnlyWhereItShallBe(t *testing.T) {
	p := serve(t, func(string) string { return "400 no" })
	for switches, want := range map[string]string{
		"unchecked-vector":             "skip",
		"no-timeout":                   "skip",
		"outage-aborts":                `node "a": bad_data: no`,
		"join-on-instance":             `node "a": bad_data: no`,
		"outage-aborts,no-timeout":     `node "a": bad_data: no`,
		"outage-aborts,query-per-node": `node "a": bad_data: no`,
		"missing-aborts":               `want one sample of node "a": missing`,
	} {
		o, err := try(t, switches, named("ab"), yaml(asking(p, "")))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(o.verdicts(), "ab"); got != ":"+want {
			t.Errorf("%q: %s, want %s", switches, got, want)
		}
	}
}

// The event is the plugin's, so that a test of it catches no specimen that it is not about.
func TestAnOutageIsToldOnce(t *testing.T) {
	for _, switches := range []string{"unchecked-vector", "no-timeout", "missing-aborts", "outage-aborts"} {
		var healthy atomic.Bool
		p := serve(t, func(string) string {
			if healthy.Load() {
				return vector(of('a', "0", "0", gigabit))
			}
			return "400 no"
		})
		o, err := try(t, switches, named("ab"), yaml(`{"prometheusURL":"`+p.URL+`","interval":"200ms","timeout":"200ms"}`))
		if err != nil {
			t.Fatal(err)
		}
		outage := func() {
			for pod := 0; pod < 5; pod++ {
				o.verdicts()
			}
		}
		outage()
		healthy.Store(true)
		for deadline := time.Now().Add(time.Minute); !o.Cycle(context.Background()).knows("a"); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("still unknown")
			}
		}
		outage()
		if want := []string{"NetworkTrafficUnknown"}; !slices.Equal(o.events, want) {
			t.Errorf("%s: events %v, want %v", switches, o.events, want)
		}
	}
}

// panics is what a function panics with, nil where it does not.
func panics(do func()) (value any) {
	defer func() { value = recover() }()
	do()
	return nil
}

func TestWhatEndsTheScheduler(t *testing.T) {
	idle := func(string) string { return vector(of('a', "0", "0", gigabit), of('b', "0", "0", gigabit)) }
	refused := func(string) string { return "400 no" }
	for _, c := range []struct {
		switches string
		reply    func(string) string
		want     string
	}{
		{"divide-by-zero", idle, "integer divide by zero"},
		{"agent-over-tcp", idle, "nil pointer dereference"},
		{"instance-is-node-name", refused, "index out of range"},
		{"relative-to-max", idle, "<nil>"},
		{"query-per-node", refused, "<nil>"},
		{"unchecked-vector,query-per-node", func(string) string { return `{"resultType":"scalar","result":[1000,"5"]}` }, "interface conversion: model.Value is *model.Scalar, not model.Vector"},
		{"query-per-node", func(string) string { return `{"resultType":"scalar","result":[1000,"5"]}` }, "<nil>"},
	} {
		p := serve(t, c.reply)
		o, err := try(t, c.switches, named("ab"), yaml(asking(p, "")))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(panics(func() { o.verdicts() })); !strings.Contains(got, c.want) {
			t.Errorf("%s: panics with %s, want %s", c.switches, got, c.want)
		}
	}
}

func TestWithoutATimeoutAPodWaitsForPrometheus(t *testing.T) {
	for switches, ends := range map[string]bool{"query-per-node": true, "no-timeout": false, "no-timeout,query-per-node": false} {
		release := make(chan struct{})
		p := serve(t, func(string) string { <-release; return vector(of('a', "0", "0", gigabit)) })
		o, err := try(t, switches, named("a"), yaml(`{"prometheusURL":"`+p.URL+`","timeout":"50ms"}`))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan string)
		go func() { done <- text(o.verdicts(), "a") }()
		if ends {
			if got := <-done; got != "a:0" {
				t.Errorf("%s: %s, want an unknown node", switches, got)
			}
			close(release)
			continue
		}
		select {
		case got := <-done:
			t.Errorf("%s: ended before Prometheus answered, with %s", switches, got)
			close(release)
		case <-time.After(500 * time.Millisecond):
			close(release)
			<-done
		}
	}
}

func TestHowOftenPrometheusIsAsked(t *testing.T) {
	for switches, want := range map[string]struct{ queries, filtered int }{
		"": {1, 0}, "dump-per-node": {1, 0}, "no-timeout": {5, 0}, "query-per-node": {20, 20}, "unfiltered-operand": {20, 0},
	} {
		p := serve(t, func(string) string { return vector(of('a', "0", "0", gigabit)) })
		o, err := try(t, switches, named("abcd"), yaml(asking(p, `,"interval":"1h","window":"2h"`)))
		if err != nil {
			t.Fatal(err)
		}
		for pod := 0; pod < 5; pod++ {
			o.verdicts()
		}
		filtered := 0
		for _, query := range p.asked() {
			if strings.Contains(query, `instance=~"(`) {
				filtered++
			}
		}
		if len(p.asked()) != want.queries || filtered != want.filtered {
			t.Errorf("%q: %d queries, %d for one node, want %v", switches, len(p.asked()), filtered, want)
		}
	}
}

func TestFewIdleConnections(t *testing.T) {
	connections := map[string]int{}
	for _, switches := range []string{"query-per-node", "few-idle-connections"} {
		var mu sync.Mutex
		opened := 0
		gather := make(chan struct{}, workers)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			// All workers' queries are under way at the same time.
			gather <- struct{}{}
			for deadline := time.Now().Add(time.Minute); len(gather) < workers && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			}
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
		}))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			mu.Lock()
			defer mu.Unlock()
			if state == http.StateNew {
				opened++
			}
		}
		server.Start()
		o, err := try(t, switches, named("a"), yaml(`{"prometheusURL":"`+server.URL+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		for pod := 0; pod < 5; pod++ {
			cycle := o.Cycle(context.Background())
			var group sync.WaitGroup
			for worker := 0; worker < workers; worker++ {
				group.Add(1)
				go func() { defer group.Done(); cycle.Score(context.Background(), "a") }()
			}
			group.Wait()
			for len(gather) > 0 {
				<-gather
			}
		}
		server.Close()
		connections[switches] = opened
	}
	if connections["query-per-node"] > 2*workers || connections["few-idle-connections"] < 3*workers {
		t.Errorf("connections for 5 pods: %v", connections)
	}
}

func TestPodsInFlightCountUnlessHerding(t *testing.T) {
	p := serve(t, func(string) string { return vector(of('a', "0", "0", "100"), of('b', "0", "0", "100")) })
	// 240 bit/s are 30 bytes per second of the link's 100.
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{UID: "p", Annotations: map[string]string{"kubernetes.io/ingress-bandwidth": "240"}}}
	for switches, want := range map[string]string{"": "a:70 b:100", "unchecked-vector": "a:70 b:100", "herding": "a:100 b:100", "herding,unchecked-vector": "a:100 b:100"} {
		o, err := try(t, switches, named("ab"), yaml(asking(p, "")))
		if err != nil {
			t.Fatal(err)
		}
		o.Reserve(pod, "a")
		if got := text(o.verdicts(), "ab"); got != want {
			t.Errorf("%q: %s, want %s", switches, got, want)
		}
		o.Unreserve(pod)
		if got := text(o.verdicts(), "ab"); got != "a:100 b:100" {
			t.Errorf("%q: after Unreserve %s", switches, got)
		}
	}
}

func TestWhatIsLogged(t *testing.T) {
	nodes, scores := []string{"a", "b"}, []int64{7, 100}
	for switches, want := range map[string]string{
		"dump-per-node":            `nodes=["a","b"] scores=[7,100]`,
		"dump-per-node,other-klog": `] [NetworkTraffic] scores: [a b] [7 100]`,
	} {
		var out bytes.Buffer
		l := newLogger(set(t, switches), textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(&out))), &out)
		l.dump(nodes, scores)
		l.bandwidth("a", 7)
		l.query("q")
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %s", switches, out.String())
		}
		if own := strings.Contains(out.String(), "node a bandwidth: %!s(int64=7)"); own != (switches != "dump-per-node") {
			t.Errorf("%s: %s", switches, out.String())
		}
	}
}
