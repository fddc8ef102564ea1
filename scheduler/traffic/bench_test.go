package traffic

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// crowded is a cluster of so many nodes whose loads are known, each with pods in flight.
func crowded(count, pods int, now time.Time) ([]string, *Snapshot, *Ledger) {
	names, readings, ledger := make([]string, count), map[string]Reading{}, NewLedger(time.Minute, time.Minute)
	for i := range names {
		names[i] = fmt.Sprintf("node-%04d", i)
		readings[names[i]] = Reading{Link: Link{Load: Load{Receive: 1e6}, Capacity: 125e6}, SampledAt: now}
		for p := 0; p < pods; p++ {
			ledger.Reserve(fmt.Sprintf("%s/%d", names[i], p), names[i], Load{Receive: 1e6}, now)
		}
	}
	return names, NewSnapshot(1, now, readings), ledger
}

var points atomic.Int64

// One node's score with two pods in flight there, out of 5,000: alone, and as 16 workers do it while pods are being placed.
func BenchmarkScore(b *testing.B) {
	now := time.Now()
	names, snapshot, ledger := crowded(5000, 2, now)
	policy := Policy{Direction: Max, MaxAge: time.Hour}
	b.Run("alone", func(b *testing.B) {
		sum := int64(0)
		for i := 0; i < b.N; i++ {
			node := names[i%len(names)]
			got, _ := policy.Score(snapshot, node, ledger.InFlight(node, now), now)
			sum += got
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
					ledger.Reserve("moving", names[i%len(names)], Load{Receive: 1e6}, now)
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
				node := names[i%len(names)]
				got, _ := policy.Score(snapshot, node, ledger.InFlight(node, now), now)
				sum += got
			}
			points.Add(sum)
		})
	})
}
