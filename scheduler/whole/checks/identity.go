package checks

import (
	"fmt"

	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/stage"
)

// both changes the idle and the busy role alike.
func both(change func(*promserver.Exporter)) preference {
	p := preference{better: idle, worse: busy, betterScore: idleScore, worseScore: busyScore}
	change(&p.better.Load)
	change(&p.worse.Load)
	return p
}

var identity = []Check{
	{"second-job", "R25", "a second job that scrapes the same exporters changes nothing", func(s *stage.Stage) error {
		p := both(func(*promserver.Exporter) {})
		p.change = func(w *stage.World) {
			for _, node := range w.Nodes {
				address := node.Status.Addresses[0].Address
				w.Series = append(w.Series, fmt.Sprintf(`node_uname_info{instance="%s:9100",job="second",nodename=%q,release="6.1"} 1x40`, address, node.Name))
			}
		}
		return p.run(s)
	}},
	{"host-name-is-no-node-name", "R26", "hosts that call themselves other than their nodes are found by address", func(s *stage.Stage) error {
		p := both(func(e *promserver.Exporter) { e.Nodename = "localhost.localdomain" })
		return p.run(s)
	}},
	{"renamed-device", "R27", "network cards of other names than eth0 count", func(s *stage.Stage) error {
		p := both(func(e *promserver.Exporter) { e.Device = "enp3s0" })
		return p.run(s)
	}},
	{"second-card", "R27", "a node is as busy as its busiest card", preference{
		better: idle, betterScore: idleScore,
		worse: stage.Role{Name: "busy-second-card", Load: load(1.25e6, 1.25e6), Series: func(e promserver.Exporter) []string {
			second := e
			second.Device, second.Receive = "enp3s0", 100e6
			return append(e.Series(), second.Series()[:3]...)
		}}, worseScore: busyScore,
	}.run},
	{"exporter-in-pod-network", "R28", "an exporter that sees a pod's network instead of the host's is not believed", preference{
		better: busy, betterScore: busyScore,
		worse:      stage.Role{Name: "pods-network", Load: promserver.Exporter{Instance: "10.244.0.7:9100", Nodename: "node-exporter-7xk2p"}},
		worseScore: 0,
	}.run},
}
