package traffic

import (
	"sync"
	"time"
)

// Ledger remembers the bandwidth that pods placed a moment ago asked for, until the measured rates contain it.
//
// A pod that starts to send at time 0 shows in rate() over a window w as the share t/w of its rate at time t, once a
// scrape has happened. So its full bandwidth is held for Hold (a scrape and a refresh), and then falls in a straight
// line to 0 over Window: held and measured traffic add up to the pod's rate all the way. Safe for concurrent use.
type Ledger struct {
	hold, window time.Duration

	mu    sync.RWMutex
	nodes map[string][]entry
	pods  map[string]string
}

type entry struct {
	pod      string
	load     Load
	placedAt time.Time
}

// NewLedger makes an empty ledger that keeps a load in full for hold, and lets it fall to 0 over window.
func NewLedger(hold, window time.Duration) *Ledger {
	return &Ledger{hold: hold, window: window, nodes: map[string][]entry{}, pods: map[string]string{}}
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

// Reserve notes that a pod was placed on a node. A pod that was noted before is moved, and the node it was on is returned;
// empty where there was none. A load of 0 is not kept.
func (l *Ledger) Reserve(pod, node string, load Load, now time.Time) (before string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before = l.release(pod)
	if load == (Load{}) {
		return before
	}
	l.nodes[node] = append(l.nodes[node], entry{pod: pod, load: load, placedAt: now})
	l.pods[pod] = node
	return before
}

// Release forgets a pod whose placement came to nothing, and returns the node it was on; empty where there was none.
func (l *Ledger) Release(pod string) (node string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.release(pod)
}

// InFlight is what is held for the node at the given moment.
func (l *Ledger) InFlight(node string, now time.Time) Load {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var sum Load
	for _, e := range l.nodes[node] {
		sum = sum.Plus(e.load.Times(Remaining(now.Sub(e.placedAt), l.hold, l.window)))
	}
	return sum
}

// Prune drops what no longer counts, and returns what is held for all nodes together.
func (l *Ledger) Prune(now time.Time) Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	var sum Load
	for node, entries := range l.nodes {
		kept := make([]entry, 0, len(entries))
		for _, e := range entries {
			share := Remaining(now.Sub(e.placedAt), l.hold, l.window)
			if share == 0 {
				delete(l.pods, e.pod)
				continue
			}
			sum = sum.Plus(e.load.Times(share))
			kept = append(kept, e)
		}
		l.keep(node, kept)
	}
	return sum
}

// Pods is the number of pods in the ledger.
func (l *Ledger) Pods() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.pods)
}

func (l *Ledger) release(pod string) string {
	node, ok := l.pods[pod]
	if !ok {
		return ""
	}
	delete(l.pods, pod)
	entries := l.nodes[node]
	kept := make([]entry, 0, len(entries))
	for _, e := range entries {
		if e.pod != pod {
			kept = append(kept, e)
		}
	}
	l.keep(node, kept)
	return node
}

func (l *Ledger) keep(node string, entries []entry) {
	if len(entries) == 0 {
		delete(l.nodes, node)
		return
	}
	l.nodes[node] = entries
}
