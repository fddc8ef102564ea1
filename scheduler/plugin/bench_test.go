package plugin

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

// crowded is a cluster of so many nodes whose loads are known, each with pods in flight.
func crowded(count, pods int, now time.Time) ([]string, *Core, Cycle) {
	c := &Core{args: &args.Args{InFlight: args.InFlightAnnotations}, policy: traffic.Policy{Direction: traffic.Max, MaxAge: time.Hour}, ledger: traffic.NewLedger(time.Minute, time.Minute)}
	names, readings := make([]string, count), map[string]traffic.Reading{}
	for i := range names {
		names[i] = fmt.Sprintf("node-%04d", i)
		readings[names[i]] = traffic.Reading{Link: traffic.Link{Load: traffic.Load{Receive: 1e6}, Capacity: 125e6}, SampledAt: now}
		for p := 0; p < pods; p++ {
			c.Reserve(sender(fmt.Sprintf("%s/%d", names[i], p)), names[i], now)
		}
	}
	c.newest.Store(c.makeBoard(&traffic.Snapshot{Sequence: 1, TakenAt: now, Readings: readings}, now))
	return names, c, Cycle{core: c, board: c.newest.Load(), now: now}
}

// sender is a pod of 80 Mbit/s.
func sender(uid string) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), Annotations: map[string]string{ingressAnnotation: "80M"}}}
}

var points atomic.Int64

// One node's score with two pods in flight there, out of 5,000: alone, and as 16 workers do it while pods are being placed.
func BenchmarkScore(b *testing.B) {
	now := time.Now()
	names, core, cycle := crowded(5000, 2, now)
	b.Run("alone", func(b *testing.B) {
		sum := int64(0)
		for i := 0; i < b.N; i++ {
			sum += cycle.Score(names[i%len(names)])
		}
		points.Add(sum)
	})
	b.Run("workers", func(b *testing.B) {
		stop := make(chan struct{})
		go func() {
			ticker := time.NewTicker(time.Millisecond)
			defer ticker.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-ticker.C:
					core.Reserve(sender("moving"), names[i%len(names)], now)
				}
			}
		}()
		defer close(stop)
		b.SetParallelism(8)
		b.ResetTimer()
		var offset atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			sum := int64(0)
			for i := int(offset.Add(313)); pb.Next(); i++ {
				sum += cycle.Score(names[i%len(names)])
			}
			points.Add(sum)
		})
	})
}

// What a second costs in which a pod is scheduled: all scores of 5,000 nodes, worked out anew.
func BenchmarkBoard(b *testing.B) {
	now := time.Now()
	_, core, cycle := crowded(5000, 2, now)
	for i := 0; i < b.N; i++ {
		core.makeBoard(cycle.board.snapshot, now)
	}
}
