package traffic

import (
	"fmt"
	"testing"
	"time"
)

func TestASnapshotMadeForSpeedKnowsTheSame(t *testing.T) {
	for _, count := range []int{0, 1, 2, 3, 1000} {
		readings := map[string]Reading{}
		for n := 0; n < count; n++ {
			readings[fmt.Sprint("n", n)] = Reading{Link: Link{Load: Load{Receive: float64(n)}, Capacity: 1e6}, SampledAt: start.Add(-time.Duration(n) * time.Second)}
		}
		for _, reason := range Reasons {
			readings[string(reason)] = Reading{Reason: reason, SampledAt: start}
		}
		readings[""] = Reading{Link: Link{Capacity: 1}, SampledAt: start}
		quick, plain := NewSnapshot(7, start, readings), &Snapshot{Sequence: 7, TakenAt: start, Readings: readings}
		policy := Policy{Direction: Receive, MaxAge: 500 * time.Second}
		for _, node := range append([]string{"nobody", "", fmt.Sprint("n", count)}, keys(readings)...) {
			got, gotReason := policy.Known(quick, node, start)
			want, wantReason := policy.Known(plain, node, start)
			if got != want || gotReason != wantReason {
				t.Errorf("%d nodes, %q: %+v %q, want %+v %q", count, node, got, gotReason, want, wantReason)
			}
		}
	}
}

func keys(readings map[string]Reading) []string {
	var out []string
	for node := range readings {
		out = append(out, node)
	}
	return out
}
