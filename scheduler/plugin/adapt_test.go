package plugin

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
)

// reasons keeps those of the events that it is handed.
type reasons []string

func (r *reasons) Eventf(_, _ runtime.Object, _, reason, _, _ string, _ ...interface{}) {
	*r = append(*r, reason)
}

func TestACycleIsPreparedForTheNodesThatFit(t *testing.T) {
	url, failing := prometheus(t)
	c := start(t, "prepare", "prometheusURL: "+url)
	var told reasons
	prepare := func(c *Core, names ...string) bool {
		cycle, known := c.Prepare(&told, pod("p", nil), len(names), func(index int) string { return names[index] })
		if known && cycle.Score("a") != 50 {
			t.Errorf("a scores %d", cycle.Score("a"))
		}
		return known
	}
	if !prepare(c, "b", "a") || prepare(c, "b") || prepare(c) {
		t.Error("only node a is known")
	}
	if len(told) != 0 {
		t.Errorf("no outage while a node of the cluster is known: %v", told)
	}
	failing.Store(true)
	out := start(t, "prepare-outage", "prometheusURL: "+url)
	if prepare(out, "a", "b") || prepare(out, "a", "b") || len(told) != 1 || told[0] != OutageReason {
		t.Errorf("the outage is told once: %v", told)
	}
}

type named struct{}

func (named) ProfileName() string { return "mine" }

func TestTheProfileOfAHandle(t *testing.T) {
	if got := ProfileOf(named{}); got != "mine" {
		t.Errorf("got %q", got)
	}
	if got := ProfileOf(struct{}{}); got != "" {
		t.Errorf("got %q", got)
	}
}
