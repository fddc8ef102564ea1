package checks

import (
	"strings"

	"kube-windtunnel/scheduler/whole/stage"
)

// spread expects nodes that carry the same to score the same, within tolerance points.
type spread struct {
	one, other stage.Role
	tolerance  int64
}

func (c spread) run(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: stage.Pairs(c.one, c.other)})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	if _, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two")); err != nil {
		return describe(run, err)
	}
	for pod, scores := range run.Scores() {
		low, high := int64(1<<62), int64(-1<<62)
		for _, points := range scores {
			low, high = min(low, points), max(high, points)
		}
		if high-low > c.tolerance {
			return stage.Saw("scores of pod %s lie %d apart, at most %d would be right: %s", pod, high-low, c.tolerance, shown(run, scores))
		}
	}
	return scoreRan(run)
}

var spreads = []Check{
	{"lost-scrapes", "R13", "a node with half its scrapes lost scores like one with all", spread{
		one:       stage.Role{Name: "all-scrapes", Load: load(100e6, 0)},
		other:     stage.Role{Name: "half-the-scrapes", Load: load(0, 0), Series: counters("0" + everyOther(100e6, 20))},
		tolerance: 2,
	}.run},
	{"noise-is-no-difference", "R17", "10 B/s and 5 B/s score the same", spread{
		one: stage.Role{Name: "10-bytes", Load: load(10, 0)}, other: stage.Role{Name: "5-bytes", Load: load(5, 0)}, tolerance: 5,
	}.run},
	{"no-traffic-at-all", "R18", "links without any traffic all score 100", spread{
		one: stage.Role{Name: "silent", Load: load(0, 0)}, other: stage.Role{Name: "silent-too", Load: load(0, 0)}, tolerance: 0,
	}.run},
}

// everyOther are samples of a counter that grows by rate bytes per second, with every other scrape lost.
func everyOther(rate float64, count int) string {
	return " _ " + strings.ReplaceAll(ramp(0, 2*rate, count), " ", " _ ")
}
