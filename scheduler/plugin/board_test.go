package plugin

import (
	"fmt"
	"testing"
	"time"

	"kube-windtunnel/scheduler/traffic"
)

// slowly is the score as the policy works it out, without the board.
func slowly(c *Core, b *board, node string, now time.Time) int64 {
	points, _ := c.policy.Score(b.snapshot, node, c.InFlight(node, now), now)
	return points
}

func TestTheBoardShowsWhatThePolicySays(t *testing.T) {
	now := time.Now()
	names, c, cycle := crowded(1000, 1, now)
	for i, name := range names {
		if i%3 == 0 {
			c.Reserve(sender(fmt.Sprint("more", i)), name, now)
		}
		if i%5 == 0 {
			c.Unreserve(sender(name + "/0"))
		}
	}
	c.Reserve(sender("more0"), names[1], now) // moved: the node it was on is lighter again
	seen := map[int64]bool{}
	for _, name := range names {
		points, ok := cycle.board.score(name)
		if want := slowly(c, cycle.board, name, now); !ok || points != want {
			t.Fatalf("%s: %d %v, want %d", name, points, ok, want)
		}
		seen[points] = true
	}
	if len(seen) < 3 {
		t.Errorf("all nodes score alike: %v", seen)
	}
	if _, ok := cycle.board.score("no-such-node"); ok {
		t.Error("an unknown node has a score")
	}
}

func TestTwoNodesOfOneHashAreScoredTheSlowWay(t *testing.T) {
	now := time.Now()
	_, c, cycle := crowded(2, 0, now)
	b := cycle.board
	// As if the second node had the first one's hash.
	first, held := b.at(hashOf("node-0000"))
	first.Store(held | leftOut)
	c.Reserve(sender("p"), "node-0000", now)
	if _, ok := b.score("node-0000"); ok {
		t.Error("a node that is left out came back by a pod")
	}
	if got, want := cycle.Score("node-0000"), slowly(c, b, "node-0000", now); got != want || got == 0 {
		t.Errorf("score %d, want %d", got, want)
	}
}

func TestABoardServesOneSecondAndOneSnapshot(t *testing.T) {
	url, _ := prometheus(t)
	c := start(t, "board", "prometheusURL: "+url)
	now := time.Now()
	b := c.boardAt(now)
	if c.boardAt(now.Add(boardLife/2)) != b {
		t.Error("not the same within a second")
	}
	later := c.boardAt(now.Add(boardLife))
	if later == b || later.snapshot != b.snapshot {
		t.Error("the same after a second")
	}
	if c.boardAt(now) == later {
		t.Error("a board of the future serves")
	}
	empty := (&Core{}).makeBoard(nil, now)
	if _, ok := empty.score("a"); ok {
		t.Error("a score without any measurement")
	}
	half := &traffic.Snapshot{Readings: map[string]traffic.Reading{"a": {Reason: traffic.Missing}}}
	if _, ok := c.makeBoard(half, now).score("a"); ok {
		t.Error("a node without a rate stands on the board")
	}
}
