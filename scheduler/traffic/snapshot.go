package traffic

import (
	"hash/maphash"
	"time"
)

// seed is that of all hashes of nodes' names.
var seed = maphash.MakeSeed()

// Snapshot is the outcome of one refresh for all nodes. It never changes once published.
type Snapshot struct {
	// Sequence grows by one with each refresh; two equal numbers are the same snapshot.
	Sequence uint64
	// TakenAt is when Prometheus answered, on the scheduler's clock.
	TakenAt time.Time
	// Readings holds the nodes that had any row; all others are Missing.
	Readings map[string]Reading

	// known holds the readings without a reason once more, where one look touches one line of a processor's cache. The
	// scheduler goes through megabytes of its own between two looks at a node, so that each line comes from far away.
	known []known
}

// known is a node, or an empty place. It fills one line.
type known struct {
	hash uint64
	node string
	link Link
	// age is how long before TakenAt the sample was taken.
	age time.Duration
	_   [8]byte
}

// NewSnapshot makes a snapshot that is quick to score with; a Snapshot made otherwise gives the same scores.
func NewSnapshot(sequence uint64, takenAt time.Time, readings map[string]Reading) *Snapshot {
	s := &Snapshot{Sequence: sequence, TakenAt: takenAt, Readings: readings}
	size := 1
	for size < 2*len(readings) {
		size *= 2
	}
	s.known = make([]known, size)
	for node, reading := range readings {
		if reading.Reason == Known && node != "" {
			hash := maphash.String(seed, node)
			*s.slot(hash, node) = known{hash: hash, node: node, link: reading.Link, age: takenAt.Sub(reading.SampledAt)}
		}
	}
	return s
}

// slot is where the node stands, or the empty place where it would.
func (s *Snapshot) slot(hash uint64, node string) *known {
	last := len(s.known) - 1
	for i := int(hash) & last; ; i = (i + 1) & last {
		if k := &s.known[i]; k.node == "" || k.hash == hash && k.node == node {
			return k
		}
	}
}

// reading is what is known of the node; false where there was no row.
func (s *Snapshot) reading(node string) (Reading, bool) {
	if len(s.known) > 0 && node != "" {
		if k := s.slot(maphash.String(seed, node), node); k.node != "" {
			return Reading{Link: k.link, SampledAt: s.TakenAt.Add(-k.age)}, true
		}
	}
	reading, ok := s.Readings[node]
	return reading, ok
}
