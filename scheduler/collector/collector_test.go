package collector

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/traffic"
)

func TestTheFirstQueryWaitsForTheNodesAndTheNextForTheInterval(t *testing.T) {
	s := serve(t, answer(healthy("a", "")...))
	a := parse(t, "prometheusURL: "+s.URL+"\ninterval: 100ms\nwindow: 1s\n")
	client, err := NewClient(a)
	if err != nil {
		t.Fatal(err)
	}
	nodes := known(Node{Name: "a"})
	nodes.synced.Store(false)
	reports := make(chan Report, 100)
	c := New(a, client, nodes, func(r Report) { reports <- r })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	time.Sleep(3 * pollSynced)
	if s.queries.Load() != 0 || c.Snapshot() != nil {
		t.Fatal("asked before the nodes were known")
	}
	nodes.synced.Store(true)
	for i := uint64(1); i <= 3; i++ {
		if report := <-reports; report.Failed != "" || c.Snapshot().Sequence < i {
			t.Errorf("refresh %d: %+v, sequence %d", i, report, c.Snapshot().Sequence)
		}
	}
	cancel()
	<-done
	asked := s.queries.Load()
	time.Sleep(250 * time.Millisecond)
	if s.queries.Load() != asked {
		t.Error("still asking after the end")
	}
}

func TestAnEndBeforeTheNodesAreKnownIsAnEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	New(parse(t, "prometheusURL: http://localhost:1\n"), nil, &cluster{}, nil).Run(ctx)
}

func FuzzAnswersNeverPanicNorScoreOutOfRange(f *testing.F) {
	f.Add(answer(healthy("a", "")...))
	f.Add(answer(row(seriesReceive, `,"instance":"a","device":"eth0"`, "NaN")))
	f.Add(answer(row(seriesSampled, `,"instance":"a"`, "1e308"), row(seriesUname, `,"instance":"a"`, "1")))
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[null]}}`)
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[{"metric":null,"value":[1,"1"]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"series":"receive"},"value":[1e999,"x"]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"series":"receive"},"histogram":[1,{"count":"1","sum":"1","buckets":[]}]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	f.Add(`{"status":"success"`)
	f.Add("")
	s := serve(f, "")
	a := parse(f, "prometheusURL: "+s.URL+"\n")
	client, err := NewClient(a)
	if err != nil {
		f.Fatal(err)
	}
	policy := traffic.Policy{Direction: traffic.Max, MaxAge: time.Minute}
	f.Fuzz(func(t *testing.T, body string) {
		s.body.Store(&body)
		c := New(a, client, known(Node{Name: "a"}), func(Report) {})
		if err := c.Refresh(context.Background()); err != nil {
			if c.Snapshot() != nil || FailureKind(err) == "" {
				t.Errorf("half taken: %v", err)
			}
			return
		}
		if points, _ := policy.Score(c.Snapshot(), "a", traffic.Load{}, time.Now()); points < 0 || points > traffic.MaxPoints {
			t.Errorf("score %d", points)
		}
	})
}

// The server answers from memory: Prometheus's own share stays apart.
func BenchmarkRefresh5000Nodes(b *testing.B) {
	const count = 5000
	var rows []string
	nodes := make([]Node, count)
	for i := range nodes {
		name, instance := fmt.Sprintf("node-%04d", i), fmt.Sprintf("10.%d.%d.1:9100", i/250, i%250)
		nodes[i] = Node{Name: name, InternalIPs: []string{instance[:len(instance)-5]}}
		rows = append(append(rows, healthy(instance, "")...), uname(instance, name))
	}
	s := serve(b, answer(rows...))
	a := parse(b, "prometheusURL: "+s.URL+"\n")
	client, err := NewClient(a)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("decode and join", func(b *testing.B) {
		value, _, err := client.Ask(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		c := New(a, asked{value}, known(nodes...), func(Report) {})
		b.ResetTimer()
		for i := 0; i < b.N; i++ {
			c.Refresh(context.Background())
		}
	})
	b.Run("with HTTP and JSON", func(b *testing.B) {
		c := New(a, client, known(nodes...), func(Report) {})
		for i := 0; i < b.N; i++ {
			if err := c.Refresh(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		if len(c.Snapshot().Readings) != count {
			b.Fatalf("%d readings", len(c.Snapshot().Readings))
		}
	})
}

// asked gives an answer that was parsed before.
type asked struct{ value model.Value }

func (a asked) Ask(context.Context) (model.Value, []string, error) { return a.value, nil, nil }
