package checks

import (
	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/stage"
)

// brief asks often and gives up soon, so that failures come while the check looks.
const brief = "interval: 500ms\ntimeout: 500ms\nwindow: 2m\nmaxAge: 2m"

var failures = []Check{
	{"dead-exporter", "R21", "pods are placed although one node has no exporter, and not on that node", preference{
		better: busy, betterScore: busyScore,
		worse: stage.Role{Name: "no-exporter", Series: func(promserver.Exporter) []string { return nil }}, worseScore: 0,
	}.run},
	{"outage-from-the-start", "R22", "without Prometheus pods are placed by the other plugins", func(s *stage.Stage) error {
		return placesWithout(s, promserver.Refuse)
	}},
	{"outage-later", "R22", "when Prometheus goes away the last answer counts until it is too old", laterOutage},
	{"hang", "R23", "a Prometheus that never answers holds no pod up", func(s *stage.Stage) error {
		return placesWithout(s, promserver.Hang)
	}},
	{"no-vector", "unit", "an answer that is no vector is an error of the query, and no end of the scheduler", func(s *stage.Stage) error {
		return placesWithout(s, promserver.Scalar)
	}},
}

func someWorld() stage.World { return stage.Pairs(idle, busy) }

// placesWithout expects pods to be placed while Prometheus fails.
func placesWithout(s *stage.Stage, fault promserver.Fault) error {
	run, err := s.Begin(stage.Setup{World: someWorld(), Fault: fault, Arguments: brief})
	if err != nil {
		return err
	}
	defer run.End()
	run.Queried(1)
	if _, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two")); err != nil {
		return describe(run, err)
	}
	return nil
}

func laterOutage(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: someWorld(), Arguments: brief})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	run.Prometheus.Set(promserver.Failing, 0)
	run.Queried(4)
	nodes, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two"))
	if err != nil {
		return err
	}
	p := preference{better: idle, worse: busy, betterScore: idleScore, worseScore: busyScore}
	if err := p.judge(run, nodes); err != nil {
		return err
	}
	return nil
}
