package traffic

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestRemainingHoldsThenFallsInAStraightLine(t *testing.T) {
	const hold, window = 15 * time.Second, 2 * time.Minute
	for age, want := range map[time.Duration]float64{
		-time.Second: 1, 0: 1, hold: 1, hold + window/4: 0.75, hold + window/2: 0.5, hold + window: 0, time.Hour: 0,
	} {
		if got := Remaining(age, hold, window); got != want {
			t.Errorf("Remaining(%s) = %v, want %v", age, got, want)
		}
	}
	if got := Remaining(time.Second, 0, 0); got != 0 {
		t.Errorf("Remaining without hold and window = %v, want 0", got)
	}
}

func TestReserveAndReleaseLeaveNothingBehind(t *testing.T) {
	ledger := NewLedger(10*time.Second, 20*time.Second)
	ledger.Reserve("a", "n1", Load{Receive: 10}, start)
	ledger.Reserve("b", "n1", Load{Transmit: 4}, start)
	ledger.Reserve("idle", "n1", Load{}, start)
	if got := ledger.InFlight("n1", start); got != (Load{Receive: 10, Transmit: 4}) {
		t.Errorf("in flight = %v", got)
	}
	if got := ledger.InFlight("n1", start.Add(20*time.Second)); got != (Load{Receive: 5, Transmit: 2}) {
		t.Errorf("in flight after half the window = %v", got)
	}
	ledger.Reserve("a", "n2", Load{Receive: 10}, start)
	if got := ledger.InFlight("n1", start); got != (Load{Transmit: 4}) {
		t.Errorf("after a moved: %v", got)
	}
	if node := ledger.Release("b"); node != "n1" {
		t.Errorf("b was on %q", node)
	}
	if ledger.Release("b") != "" || ledger.Release("never seen") != "" {
		t.Error("released twice")
	}
	if got := ledger.InFlight("n1", start); got != (Load{}) {
		t.Errorf("after release: %v", got)
	}
	if got := ledger.Prune(start); got != (Load{Receive: 10}) {
		t.Errorf("held in all = %v", got)
	}
	if got := ledger.Prune(start.Add(time.Minute)); got != (Load{}) || ledger.Pods() != 0 || len(ledger.nodes) != 0 {
		t.Errorf("left after the window: %v, %d pods, %d nodes", got, ledger.Pods(), len(ledger.nodes))
	}
}

func TestPodsOfOneNodeFallOneByOne(t *testing.T) {
	ledger := NewLedger(10*time.Second, 20*time.Second)
	for i, at := range []time.Duration{5 * time.Second, 0, 20 * time.Second} {
		ledger.Reserve(fmt.Sprint(i), "n", Load{Receive: 20}, start.Add(at))
	}
	for at, want := range map[time.Duration]float64{10 * time.Second: 60, 15 * time.Second: 55, 20 * time.Second: 45, 30 * time.Second: 25, 35 * time.Second: 15, 50 * time.Second: 0} {
		if got := ledger.InFlight("n", start.Add(at)); got != (Load{Receive: want}) {
			t.Errorf("after %s: %v, want %v", at, got, want)
		}
	}
}

// A burst of equal pods, placed one after the other on the best node, must not herd: nobody gets more than twice a fair
// share although no measurement arrives in between.
func TestABurstSpreadsOverEqualNodes(t *testing.T) {
	const nodes, pods = 4, 20
	ledger := NewLedger(15*time.Second, 2*time.Minute)
	snapshot := &Snapshot{Readings: map[string]Reading{}}
	for n := 0; n < nodes; n++ {
		snapshot.Readings[fmt.Sprint("n", n)] = Reading{Link: Link{Capacity: 125e6}, SampledAt: start}
	}
	policy := Policy{Direction: Max, MaxAge: time.Minute}
	placed := map[string]int{}
	for p := 0; p < pods; p++ {
		best, bestPoints := "", int64(-1)
		for n := 0; n < nodes; n++ {
			node := fmt.Sprint("n", n)
			if points, _ := policy.Score(snapshot, node, ledger.InFlight(node, start), start); points > bestPoints {
				best, bestPoints = node, points
			}
		}
		ledger.Reserve(fmt.Sprint("p", p), best, Load{Transmit: 12.5e6}, start)
		placed[best]++
	}
	for node, count := range placed {
		if count > 2*pods/nodes {
			t.Errorf("%s got %d of %d pods", node, count, pods)
		}
	}
}

func TestTheLedgerMayBeUsedFromManySides(t *testing.T) {
	ledger := NewLedger(time.Second, time.Second)
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < 100; i++ {
				pod := fmt.Sprint(worker, "/", i%10)
				ledger.Reserve(pod, "n", Load{Receive: 1}, start)
				ledger.InFlight("n", start)
				ledger.Release(pod)
			}
		}()
	}
	group.Wait()
	if ledger.Pods() != 0 {
		t.Errorf("%d pods left", ledger.Pods())
	}
}
