package plugin

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"kube-windtunnel/scheduler/traffic"
)

// boardLife is how long a board serves: that much later a pod in flight begins to count less, or a sample to be too old.
const boardLife = time.Second

// board is what every node with known load scores, worked out ahead. The scheduler asks for hundreds of scores for each
// pod, and goes through megabytes of its own between two of them: what a score rests on is then far away in memory, one
// look after the other. On the board it is one look at 8 bytes.
//
// A node is found by a 56-bit hash of its name with a seed of this process. Two known nodes of the same hash are both left
// to the slow way; that another name falls on a known node's hash is left to chance, one in 10^12 for 10,000 nodes.
type board struct {
	snapshot *traffic.Snapshot
	madeAt   time.Time
	// places hold a node each: the hash above, the score or leftOut in the lowest byte. 0 is an empty place.
	places []atomic.Uint64
}

const (
	pointBits = 8
	// leftOut marks a node that is to be scored the slow way: unknown since the board was made, or not alone there.
	leftOut = 1<<pointBits - 1
)

var seed = maphash.MakeSeed()

func hashOf(node string) uint64 { return max(maphash.String(seed, node)>>pointBits, 1) }

// at is the place of the hash and what it holds, or the empty one where it would be: there are twice as many places as nodes.
func (b *board) at(hash uint64) (*atomic.Uint64, uint64) {
	last := uint64(len(b.places) - 1)
	for i := hash; ; i++ {
		p := &b.places[i&last]
		if held := p.Load(); held == 0 || held>>pointBits == hash {
			return p, held
		}
	}
}

// score is the node's; false where it must be worked out the slow way.
func (b *board) score(node string) (int64, bool) {
	_, held := b.at(hashOf(node))
	points := held & leftOut
	return int64(points), held != 0 && points != leftOut
}

// boardAt is the board for that moment, made anew where the last one is of other measurements or of another second.
func (c *Core) boardAt(now time.Time) *board {
	snapshot := c.collector.Snapshot()
	serves := func(b *board) bool {
		if b == nil || b.snapshot != snapshot {
			return false
		}
		age := now.Sub(b.madeAt)
		return age >= 0 && age < boardLife
	}
	if b := c.newest.Load(); serves(b) {
		return b
	}
	c.boardMu.Lock()
	defer c.boardMu.Unlock()
	if b := c.newest.Load(); serves(b) {
		return b
	}
	b := c.makeBoard(snapshot, now)
	c.newest.Store(b)
	return b
}

func (c *Core) makeBoard(snapshot *traffic.Snapshot, now time.Time) *board {
	count := 0
	if snapshot != nil {
		count = len(snapshot.Readings)
	}
	size := 1
	for size < 2*count+1 {
		size *= 2
	}
	b := &board{snapshot: snapshot, madeAt: now, places: make([]atomic.Uint64, size)}
	if snapshot == nil {
		return b
	}
	for node := range snapshot.Readings {
		hash := hashOf(node)
		place, held := b.at(hash)
		points, reason := c.policy.Score(snapshot, node, c.ledger.InFlight(node, now), now)
		if held != 0 || reason != traffic.Known {
			points = leftOut
		}
		place.Store(hash<<pointBits | uint64(points))
	}
	return b
}

// rescore brings what is in flight on these nodes onto the board. boardMu is held.
func (c *Core) rescore(now time.Time, nodes ...string) {
	b := c.newest.Load()
	if b == nil {
		return
	}
	for _, node := range nodes {
		hash := hashOf(node)
		place, held := b.at(hash)
		if held == 0 || held&leftOut == leftOut {
			continue
		}
		points, reason := c.policy.Score(b.snapshot, node, c.ledger.InFlight(node, now), now)
		if reason != traffic.Known {
			points = leftOut
		}
		place.Store(hash<<pointBits | uint64(points))
	}
}
