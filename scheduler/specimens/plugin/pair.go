package plugin

import (
	"net"
	"slices"
	"strings"
	"time"

	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/traffic"
)

// readings pairs targets with nodes, with the set's mistakes, and judges each.
func (s *source) readings(found []*target, asked time.Time) map[string]reading {
	nodes := s.nodes.List()
	slices.SortFunc(nodes, func(a, b collector.Node) int { return strings.Compare(a.Name, b.Name) })
	out := make(map[string]reading, len(nodes))
	var strangers []*target
	directory := collector.NewDirectory(nodes)
	for _, t := range found {
		owners := s.owners(directory, nodes, t)
		if len(owners) == 0 {
			strangers = append(strangers, t)
		}
		for _, owner := range owners {
			r := s.read(t, owner, asked)
			if before, ok := out[owner]; !ok || r.Reason == traffic.Known && (before.Reason != traffic.Known || r.SampledAt.After(before.SampledAt)) {
				out[owner] = r
			}
		}
	}
	if s.set[specimens.NoExporterCheck] {
		for _, node := range nodes {
			if _, ok := out[node.Name]; !ok && len(strangers) > 0 {
				out[node.Name], strangers = s.read(strangers[0], node.Name, asked), strangers[1:]
			}
		}
	}
	return out
}

func (s *source) read(t *target, node string, asked time.Time) reading {
	return t.read(traffic.Direction(s.args.Direction), func(speed float64) float64 {
		if fixed, ok := s.args.LinkCapacity.Of(node); ok {
			return fixed
		}
		return speed
	}, asked)
}

// owners are the names of the nodes that a target stands for: one at most, if nothing is wrong.
func (s *source) owners(directory collector.Directory, nodes []collector.Node, t *target) []string {
	matching := func(match func(collector.Node) bool) []string {
		var names []string
		for _, node := range nodes {
			if match(node) {
				names = append(names, node.Name)
			}
		}
		return names
	}
	switch {
	case s.set[specimens.InstanceIsNodeName]:
		return matching(func(node collector.Node) bool { return node.Name == t.instance })
	case s.set[specimens.UnameIsNodeName]:
		return matching(func(node collector.Node) bool { return slices.Contains(t.names, node.Name) })
	case s.set[specimens.HardCodedAddresses]:
		return hardCoded(nodes, host(t.instance))
	}
	if node, ok := directory.NodeOf(t.instance, t.node, t.names); ok {
		return []string{node}
	}
	return nil
}

// hardCoded is the table that the author of a cluster of three would have written: the first two nodes by name have their
// own address, whoever else there is has the third's.
func hardCoded(nodes []collector.Node, address string) []string {
	var names []string
	for i, node := range nodes {
		if slices.Contains(nodes[min(i, 2)].InternalIPs, address) {
			names = append(names, node.Name)
		}
	}
	return names
}

func host(instance string) string {
	if host, _, err := net.SplitHostPort(instance); err == nil {
		return host
	}
	return instance
}
