package traffic

import (
	"math"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestDirectionsCompareTheirSideWithTheCapacity(t *testing.T) {
	link := Link{Load: Load{Receive: 30, Transmit: 50}, Capacity: 100}
	for direction, want := range map[Direction]float64{Receive: 0.3, Transmit: 0.5, Max: 0.5, Sum: 0.8} {
		if got := direction.Used(link); got != want {
			t.Errorf("%s = %v, want %v", direction, got, want)
		}
	}
}

func TestASideThatIsNotNeededMayBeAnything(t *testing.T) {
	if got := Receive.Used(Link{Load: Load{Receive: 1, Transmit: math.NaN()}, Capacity: 4}); got != 0.25 {
		t.Errorf("receive = %v, want 0.25", got)
	}
	if got := Transmit.Used(Link{Load: Load{Receive: -1, Transmit: 1}, Capacity: 4}); got != 0.25 {
		t.Errorf("transmit = %v, want 0.25", got)
	}
	for _, direction := range []Direction{Max, Sum} {
		if got := direction.Used(Link{Load: Load{Receive: 1, Transmit: math.NaN()}, Capacity: 4}); !math.IsNaN(got) {
			t.Errorf("%s = %v, want NaN", direction, got)
		}
	}
}

func TestCapacitiesThatAreNoneMakeTheShareUnknown(t *testing.T) {
	for _, capacity := range []float64{0, -125000, math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := Max.Used(Link{Capacity: capacity}); !math.IsNaN(got) {
			t.Errorf("capacity %v = %v, want NaN", capacity, got)
		}
	}
}

func TestPointsAreTheFreeShareRoundedOnce(t *testing.T) {
	for used, want := range map[float64]int64{
		0: 100, 0.004: 100, 0.0051: 99, 0.5: 50, 0.505: 50, 0.994: 1, 0.996: 0, 1: 0, 7: 0, -3: 100, math.Inf(1): 0, math.Inf(-1): 100,
	} {
		if got := Points(used); got != want {
			t.Errorf("Points(%v) = %d, want %d", used, got, want)
		}
	}
	if got := Points(math.NaN()); got != 0 {
		t.Errorf("Points(NaN) = %d, want 0", got)
	}
}

func TestTheBusiestDeviceJudgesTheNode(t *testing.T) {
	idle := Link{Load: Load{Receive: 1}, Capacity: 100}
	busy := Link{Load: Load{Transmit: 90}, Capacity: 100}
	wide := Link{Load: Load{Transmit: 900}, Capacity: 1000}
	unplugged := Link{Capacity: math.NaN()}
	noSpeed := Link{Load: Load{Receive: 5}, Capacity: -125000}
	broken := Link{Load: Load{Receive: math.NaN()}, Capacity: 100}
	for _, c := range []struct {
		name   string
		links  []Link
		want   Link
		reason Reason
	}{
		{"the busier of two", []Link{idle, busy}, busy, Known},
		{"of equals the wider", []Link{busy, wide}, wide, Known},
		{"of equals the wider, in the other order", []Link{wide, busy}, wide, Known},
		{"an unplugged one is passed over", []Link{unplugged, idle}, idle, Known},
		{"only unplugged ones", []Link{unplugged}, Link{}, NoCapacity},
		{"traffic without a capacity", []Link{idle, noSpeed}, Link{}, NoCapacity},
		{"a rate that is none", []Link{idle, broken}, Link{}, Invalid},
		{"no device", nil, Link{}, Missing},
	} {
		if got, reason := Busiest(c.links, Max); got != c.want || reason != c.reason {
			t.Errorf("%s: %v %q, want %v %q", c.name, got, reason, c.want, c.reason)
		}
	}
}

func TestUnknownNodesGetTheirDocumentedScoreAndAReason(t *testing.T) {
	half := Reading{Link: Link{Load: Load{Receive: 50}, Capacity: 100}, SampledAt: start}
	snapshot := &Snapshot{Readings: map[string]Reading{
		"half":    half,
		"broken":  {Reason: Invalid, SampledAt: start},
		"unsized": {Reason: NoCapacity, SampledAt: start},
	}}
	policy := Policy{Direction: Max, MaxAge: time.Minute, UnknownPoints: 7}
	for _, c := range []struct {
		snapshot *Snapshot
		node     string
		after    time.Duration
		points   int64
		reason   Reason
	}{
		{snapshot, "half", 0, 50, Known},
		{snapshot, "half", time.Minute, 50, Known},
		{snapshot, "half", time.Minute + 1, 7, Stale},
		{snapshot, "broken", 0, 7, Invalid},
		{snapshot, "unsized", 0, 7, NoCapacity},
		{snapshot, "gone", 0, 7, Missing},
		{nil, "half", 0, 7, Missing},
	} {
		points, reason := policy.Score(c.snapshot, c.node, Load{}, start.Add(c.after))
		if points != c.points || reason != c.reason {
			t.Errorf("%s after %s: %d %q, want %d %q", c.node, c.after, points, reason, c.points, c.reason)
		}
	}
}

func TestInFlightLoadCountsAgainstTheLink(t *testing.T) {
	snapshot := &Snapshot{Readings: map[string]Reading{
		"n": {Link: Link{Load: Load{Receive: 10, Transmit: 20}, Capacity: 100}, SampledAt: start},
	}}
	policy := Policy{Direction: Max, MaxAge: time.Minute}
	if points, _ := policy.Score(snapshot, "n", Load{Receive: 50}, start); points != 40 {
		t.Errorf("score = %d, want 40", points)
	}
	if points, _ := policy.Score(snapshot, "n", Load{Receive: 500}, start); points != 0 {
		t.Errorf("score = %d, want 0", points)
	}
}

func FuzzScoreStaysInRange(f *testing.F) {
	for _, seed := range [][4]float64{
		{0, 0, 0, 0}, {math.NaN(), 1, 1, 0}, {math.Inf(1), 1, 1, 0}, {4e14, 1, 1.25e9, 0}, {-5, 100, 50, 1e300}, {1, 1, math.SmallestNonzeroFloat64, 0},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, receive, transmit, capacity, inFlight float64) {
		for _, direction := range Directions {
			link, reason := Busiest([]Link{{Load: Load{Receive: receive, Transmit: transmit}, Capacity: capacity}}, direction)
			snapshot := &Snapshot{Readings: map[string]Reading{"n": {Link: link, Reason: reason, SampledAt: start}}}
			policy := Policy{Direction: direction, MaxAge: time.Second}
			points, _ := policy.Score(snapshot, "n", Load{Receive: inFlight, Transmit: inFlight}, start)
			if points < 0 || points > MaxPoints {
				t.Errorf("%s of %v, %v over %v = %d", direction, receive, transmit, capacity, points)
			}
		}
	})
}
