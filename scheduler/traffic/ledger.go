package traffic

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// Ledger remembers the bandwidth that pods placed a moment ago asked for, until the measured rates contain it.
//
// A pod that starts to send at time 0 shows in rate() over a window w as the share t/w of its rate at time t, once a
// scrape has happened. So its full bandwidth is held for Hold (a scrape and a refresh), and then falls in a straight
// line to 0 over Window: held and measured traffic add up to the pod's rate all the way. Safe for concurrent use.
//
// All workers of the scheduler read it for each node of each pod, so reading takes no lock and touches little memory; one
// pod at a time is written.
type Ledger struct {
	hold, window time.Duration

	// buckets hold what nodes hold, by the hash of the node's name.
	buckets [1 << 14]atomic.Pointer[held]

	// mu is held by those who write. pods tells them the node of each pod.
	mu   sync.Mutex
	pods map[string]string
	// began is the moment of the first entry; whoever sees an entry sees it too.
	began time.Time
}

// held is what one node holds. It is never changed, only replaced, and fills one line of a processor's cache.
type held struct {
	next *held
	// hash is that of node: another node is told apart without a look at its name, which lies elsewhere.
	hash uint64
	node string
	// full is the sum for as long as every pod of it counts in full, which is until the given time since began.
	full  Load
	until time.Duration
	pods  *[]entry
}

type entry struct {
	pod      string
	load     Load
	placedAt time.Time
}

// NewLedger makes an empty ledger that keeps a load in full for hold, and lets it fall to 0 over window.
func NewLedger(hold, window time.Duration) *Ledger {
	return &Ledger{hold: hold, window: window, pods: map[string]string{}}
}

// Remaining is the share of a load that still counts when it is age old: 1 during hold, then down to 0 over window.
func Remaining(age, hold, window time.Duration) float64 {
	switch {
	case age <= hold:
		return 1
	case age >= hold+window:
		return 0
	}
	return 1 - float64(age-hold)/float64(window)
}

// Reserve notes that a pod was placed on a node. A pod that was noted before is moved. A load of 0 is not kept.
func (l *Ledger) Reserve(pod, node string, load Load, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release(pod)
	if load == (Load{}) {
		return
	}
	if l.began.IsZero() {
		l.began = now
	}
	l.keep(node, append(l.entries(node), entry{pod: pod, load: load, placedAt: now}))
	l.pods[pod] = node
}

// Release forgets a pod whose placement came to nothing.
func (l *Ledger) Release(pod string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release(pod)
}

// InFlight is what is held for the node at the given moment.
func (l *Ledger) InFlight(node string, now time.Time) Load {
	h := l.find(node)
	if h == nil {
		return Load{}
	}
	if now.Sub(l.began) <= h.until {
		return h.full
	}
	var sum Load
	for _, e := range *h.pods {
		sum = sum.Plus(e.load.Times(Remaining(now.Sub(e.placedAt), l.hold, l.window)))
	}
	return sum
}

// Prune drops what no longer counts, and returns what is held for all nodes together.
func (l *Ledger) Prune(now time.Time) Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	var sum Load
	for i := range l.buckets {
		for h := l.buckets[i].Load(); h != nil; h = h.next {
			var kept []entry
			for _, e := range *h.pods {
				if share := Remaining(now.Sub(e.placedAt), l.hold, l.window); share > 0 {
					sum = sum.Plus(e.load.Times(share))
					kept = append(kept, e)
				} else {
					delete(l.pods, e.pod)
				}
			}
			if len(kept) < len(*h.pods) {
				l.keep(h.node, kept)
			}
		}
	}
	return sum
}

// Pods is the number of pods in the ledger.
func (l *Ledger) Pods() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pods)
}

func (l *Ledger) release(pod string) {
	node, ok := l.pods[pod]
	if !ok {
		return
	}
	delete(l.pods, pod)
	var kept []entry
	for _, e := range l.entries(node) {
		if e.pod != pod {
			kept = append(kept, e)
		}
	}
	l.keep(node, kept)
}

func (l *Ledger) bucket(hash uint64) *atomic.Pointer[held] {
	return &l.buckets[hash%uint64(len(l.buckets))]
}

func (l *Ledger) find(node string) *held {
	hash := maphash.String(seed, node)
	h := l.bucket(hash).Load()
	for h != nil && (h.hash != hash || h.node != node) {
		h = h.next
	}
	return h
}

// entries are a copy of the node's, with room for one more.
func (l *Ledger) entries(node string) []entry {
	h := l.find(node)
	if h == nil {
		return nil
	}
	return append(make([]entry, 0, len(*h.pods)+1), *h.pods...)
}

// keep replaces what the node holds, and copies what stands beside it in its bucket: a reader may be on its way through it.
func (l *Ledger) keep(node string, entries []entry) {
	hash := maphash.String(seed, node)
	bucket := l.bucket(hash)
	var chain *held
	for h := bucket.Load(); h != nil; h = h.next {
		if h.node != node {
			beside := *h
			beside.next = chain
			chain = &beside
		}
	}
	if len(entries) > 0 {
		mine := &held{next: chain, hash: hash, node: node, until: entries[0].placedAt.Sub(l.began) + l.hold, pods: &entries}
		for _, e := range entries {
			mine.full = mine.full.Plus(e.load)
			mine.until = min(mine.until, e.placedAt.Sub(l.began)+l.hold)
		}
		chain = mine
	}
	bucket.Store(chain)
}
