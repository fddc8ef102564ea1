package checks

import (
	"fmt"
	"time"

	"kube-windtunnel/scheduler/whole/stage"
)

// preference expects pods to go to the better of two nodes, and each node to have its score, in two pairs of nodes with
// the roles changed round.
type preference struct {
	better, worse           stage.Role
	betterScore, worseScore int64
	// arguments of the plugin, beside the address.
	arguments string
	// at is Prometheus's clock.
	at time.Duration
	// change adds to the world.
	change func(*stage.World)
}

func (p preference) run(s *stage.Stage) error {
	world := stage.Pairs(p.better, p.worse)
	world.At = p.at
	if p.change != nil {
		p.change(&world)
	}
	run, err := s.Begin(stage.Setup{World: world, Arguments: p.arguments})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	nodes, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two"))
	if err != nil {
		return describe(run, err)
	}
	if err := p.judge(run, nodes); err != nil {
		return err
	}
	return scoreRan(run)
}

// judge compares scores first: with equal scores the scheduler throws dice, and a wrong score may still end on the right
// node.
func (p preference) judge(run *stage.Run, nodes map[string]string) error {
	scores := run.Scores()
	for pod, want := range map[string]map[string]int64{
		"one": {"one-a": p.betterScore, "one-b": p.worseScore}, "two": {"two-a": p.worseScore, "two-b": p.betterScore},
	} {
		for node, points := range want {
			if got, ok := scores[pod][node]; !ok || got != points {
				return stage.Saw("scores of pod %s: %s, want %s %d; it went to %s (%s)",
					pod, shown(run, scores[pod]), node, points, nodes[pod], run.World.Roles[nodes[pod]])
			}
		}
	}
	for pod, node := range nodes {
		if run.World.Roles[node] != p.better.Name {
			return stage.Saw("pod %s went to %s (%s), scores %s", pod, node, run.World.Roles[node], shown(run, scores[pod]))
		}
	}
	return nil
}

// shown are scores with the nodes' roles.
func shown(run *stage.Run, scores stage.Scores) string {
	if len(scores) == 0 {
		return "none"
	}
	named := stage.Scores{}
	for node, points := range scores {
		named[fmt.Sprintf("%s (%s)", node, run.World.Roles[node])] = points
	}
	return named.String()
}

// scoreRan keeps a right placement from being an accident: the plugin must have scored.
func scoreRan(run *stage.Run) error {
	count, err := run.Evaluations("Score")
	if err != nil {
		return err
	}
	if count == 0 {
		return stage.Saw("the scheduler never asked the plugin for a score")
	}
	return nil
}

// lastQuery is what Prometheus was asked last.
func lastQuery(run *stage.Run) string {
	queries := run.Prometheus.Queries()
	if len(queries) == 0 {
		return "none"
	}
	return queries[len(queries)-1]
}

// describe adds to a symptom what Prometheus refused.
func describe(run *stage.Run, err error) error {
	symptom, ok := stage.AsSymptom(err)
	if !ok {
		return err
	}
	for _, asked := range run.Prometheus.Asked() {
		if asked.Problem != "" {
			return stage.Saw("%s; Prometheus answered %d to %s: %s", symptom, asked.Status, asked.Query, asked.Problem)
		}
	}
	return err
}
