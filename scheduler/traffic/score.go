package traffic

import (
	"math"
	"time"
)

// MaxPoints is the highest score that the scheduler's framework allows; the lowest is 0.
const MaxPoints = 100

// Points turns the share of a link that is in use into the score: the free share in percent, rounded half away from zero.
// The result lies in 0 to 100 for every float64, NaN included (0).
func Points(used float64) int64 {
	free := 1 - used
	switch {
	case math.IsNaN(free) || free <= 0:
		return 0
	case free >= 1:
		return MaxPoints
	}
	return int64(math.Round(MaxPoints * free))
}

// Policy is how a node's reading becomes its score.
type Policy struct {
	Direction Direction
	// MaxAge is the age from which a sample no longer counts.
	MaxAge time.Duration
	// UnknownPoints is the score of a node whose load is unknown, 0 to 100.
	UnknownPoints int64
}

// Known tells whether the node's load is known at the given moment, and if not, why.
func (p Policy) Known(snapshot *Snapshot, node string, now time.Time) (Reading, Reason) {
	if snapshot == nil {
		return Reading{}, Missing
	}
	reading, ok := snapshot.Readings[node]
	switch {
	case !ok:
		return Reading{}, Missing
	case reading.Reason != Known:
		return reading, reading.Reason
	case now.Sub(reading.SampledAt) > p.MaxAge:
		return reading, Stale
	}
	return reading, Known
}

// Score is the node's score at the given moment, with the load of pods that were placed there and that Prometheus does not
// show yet. An unknown node gets UnknownPoints; the reason says so.
func (p Policy) Score(snapshot *Snapshot, node string, inFlight Load, now time.Time) (int64, Reason) {
	reading, reason := p.Known(snapshot, node, now)
	if reason != Known {
		return p.UnknownPoints, reason
	}
	link := reading.Link
	link.Load = link.Load.Plus(inFlight)
	used := p.Direction.Used(link)
	if math.IsNaN(used) {
		return p.UnknownPoints, Invalid
	}
	return Points(used), Known
}
