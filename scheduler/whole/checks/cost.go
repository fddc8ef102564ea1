package checks

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"

	"kube-windtunnel/scheduler/whole/stage"
)

const (
	// patience is for what comes a little after a pod is placed.
	patience = 5 * time.Second
	// rare lets the plugin ask once at start and not again during a check.
	rare = "interval: 10m\ntimeout: 5s\nwindow: 20m"
)

// grid is a world of one group with count nodes, one of them idle and the others at a tenth of their links.
func grid(count, idleAt int) stage.World {
	roles := make([]stage.Role, count)
	for i := range roles {
		roles[i] = stage.Role{Name: "tenth", Load: load(12.5e6, 0)}
	}
	roles[idleAt] = stage.Role{Name: "idle", Load: load(0, 0)}
	var w stage.World
	w.Add("one", roles...)
	return w
}

func pods(count int, change func(*v1.Pod)) []*v1.Pod {
	out := make([]*v1.Pod, count)
	for i := range out {
		out[i] = stage.Pod(fmt.Sprintf("pod-%02d", i), "one")
		if change != nil {
			change(out[i])
		}
	}
	return out
}

// costs places pods on a grid of nodes and hands the run over, with the number of queries before.
func costs(s *stage.Stage, setup stage.Setup, count int, judge func(run *stage.Run, before int) error) error {
	run, err := s.Begin(setup)
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	before := len(run.Prometheus.Queries())
	if _, err := run.Bound(pods(count, nil)...); err != nil {
		return describe(run, err)
	}
	return judge(run, before)
}

var cost = []Check{
	{"no-query-per-pod", "R24", "placing pods asks Prometheus nothing", func(s *stage.Stage) error {
		return costs(s, stage.Setup{World: grid(8, 3), Arguments: rare}, 5, func(run *stage.Run, before int) error {
			if asked := len(run.Prometheus.Queries()) - before; asked > 0 {
				return stage.Saw("%d queries for 5 pods on 8 nodes", asked)
			}
			return scoreRan(run)
		})
	}},
	// Of 2 minutes scraped every 15 s a node has 9 samples in each direction; speed, time and name are one each: 21.
	{"samples-grow-with-nodes", "R24", "each sample is read once, and not once for each node", func(s *stage.Stage) error {
		return costs(s, stage.Setup{World: grid(16, 3), Arguments: "interval: 1m"}, 1, func(run *stage.Run, _ int) error {
			if read := run.Prometheus.TotalSamples(); read > 16*30 || read == 0 {
				return stage.Saw("%d samples read for one pod on 16 nodes, %d for each node", read, read/16)
			}
			return nil
		})
	}},
	{"few-connections", "R24b", "connections to Prometheus are reused", func(s *stage.Stage) error {
		setup := stage.Setup{World: grid(24, 3), Arguments: rare, Delay: 20 * time.Millisecond}
		return costs(s, setup, 8, func(run *stage.Run, _ int) error {
			// As many as kube-scheduler has workers would still be reuse.
			if opened := run.Network.Connections(); opened > 16 {
				return stage.Saw("%d TCP connections for 8 pods on 24 nodes", opened)
			}
			return nil
		})
	}},
	{"log-per-pod", "R24", "the log of a pod does not grow with the square of the nodes", func(s *stage.Stage) error {
		const count = 4
		run, err := s.Begin(stage.Setup{World: grid(24, 3), Quiet: true})
		if err != nil {
			return err
		}
		defer run.End()
		run.Measured()
		before := len(run.Scheduler.Log())
		if _, err := run.Bound(pods(count, nil)...); err != nil {
			return describe(run, err)
		}
		if each := (len(run.Scheduler.Log()) - before) / count; each > 3000 {
			return stage.Saw("%d bytes of log for each pod on 24 nodes", each)
		}
		return nil
	}},
	{"burst", "R29", "of 20 pods at once, no node of 4 gets more than twice its share", burst},
}

// burst gives each pod 5 % of a link. The idle node has room for two of them before it is as busy as the others.
func burst(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: grid(4, 2), Arguments: rare})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	nodes, err := run.Bound(pods(20, func(pod *v1.Pod) {
		pod.Annotations = map[string]string{"kubernetes.io/egress-bandwidth": "50M"}
	})...)
	if err != nil {
		return describe(run, err)
	}
	placed := stage.Scores{}
	for _, node := range nodes {
		placed[node]++
	}
	for _, count := range placed {
		if count > 2*20/4 {
			return stage.Saw("pods by node: %s", placed)
		}
	}
	return scoreRan(run)
}
