package traffic

import (
	"math"
	"time"
)

// Reason says why a node's load is unknown; Known where it is not.
type Reason string

const (
	// Known is the absence of a reason.
	Known Reason = ""
	// Missing: Prometheus has no rate for any device of the node.
	Missing Reason = "missing"
	// Invalid: a rate is NaN, infinite or negative, or one of the two sides is absent.
	Invalid Reason = "invalid"
	// NoCapacity: a device with traffic has no positive, finite capacity.
	NoCapacity Reason = "capacity"
	// Stale: the newest sample is older than the greatest age allowed.
	Stale Reason = "stale"
)

// Reasons lists every reason for an unknown node.
var Reasons = []Reason{Missing, Invalid, NoCapacity, Stale}

// Reading is what one refresh found out about one node: its busiest link, or why there is none.
type Reading struct {
	Link   Link
	Reason Reason
	// SampledAt is when the exporter was last scraped, on the scheduler's clock.
	SampledAt time.Time
}

// Snapshot is the outcome of one refresh for all nodes. It never changes once published.
type Snapshot struct {
	// Sequence grows by one with each refresh; two equal numbers are the same snapshot.
	Sequence uint64
	// TakenAt is when Prometheus answered, on the scheduler's clock.
	TakenAt time.Time
	// Readings holds the nodes that had any row; all others are Missing.
	Readings map[string]Reading
}

// Busiest picks the link by which a node is judged: the one with the greatest share in use; of equals the one with the
// greatest capacity. An idle device without a capacity (a cable that is not plugged in) is passed over; a device
// with traffic and no capacity, or with a rate that is none, makes the node unknown.
func Busiest(links []Link, direction Direction) (Link, Reason) {
	best, bestUsed := Link{}, math.Inf(-1)
	for _, link := range links {
		rate := direction.Of(link.Load)
		if math.IsNaN(rate) {
			return Link{}, Invalid
		}
		if !isCapacity(link.Capacity) {
			if rate == 0 {
				continue
			}
			return Link{}, NoCapacity
		}
		used := rate / link.Capacity
		if used > bestUsed || used == bestUsed && link.Capacity > best.Capacity {
			best, bestUsed = link, used
		}
	}
	if !math.IsInf(bestUsed, -1) {
		return best, Known
	}
	if len(links) == 0 {
		return Link{}, Missing
	}
	return Link{}, NoCapacity
}
