package collector

import (
	"context"
	"testing"
	"time"

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
