package collector

import (
	"net"
	"time"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

// Node is what pairing needs to know of a node object.
type Node struct {
	Name string
	// InternalIPs are the addresses of type InternalIP in its status.
	InternalIPs []string
	// ExternalIPs are those of type ExternalIP: a Prometheus outside the cluster scrapes there.
	ExternalIPs []string
}

// Directory finds nodes by what an exporter may say of itself.
type Directory struct {
	names     map[string]bool
	addresses map[string]string
}

// NewDirectory makes the directory of these nodes.
func NewDirectory(nodes []Node) Directory {
	d := Directory{names: make(map[string]bool, len(nodes)), addresses: make(map[string]string, len(nodes))}
	for _, node := range nodes {
		d.names[node.Name] = true
		for _, addresses := range [][]string{node.ExternalIPs, node.InternalIPs} {
			for _, address := range addresses {
				if ip := net.ParseIP(address); ip != nil {
					d.addresses[ip.String()] = node.Name
				}
			}
		}
	}
	return d
}

// NodeOf pairs an exporter with a node. First the node label, where scraping sets one; then the host's own name, where
// exactly one is a node's name (an overridden hostname or a name in the cloud is none, and neither is a pod's, which is
// what an exporter outside the host's network says); last the host part of instance, as an address or as a name.
// An exporter that shows a pod's network and no node's is nobody's, whatever its label says.
func (d Directory) NodeOf(instance, label string, names []string) (node string, ok bool) {
	host, _, err := net.SplitHostPort(instance)
	if err != nil {
		host = instance
	}
	ip := net.ParseIP(host)
	atAddress, isNode := d.addresses[ip.String()]
	named := d.named(names)
	// The name of a pod at the address of a pod: its eth0 is not the node's.
	foreign := named == "" && len(names) > 0 && ip != nil && !isNode
	switch {
	case d.names[label]:
		return label, !foreign
	case named != "":
		return named, true
	case ip != nil:
		return atAddress, isNode
	}
	return host, d.names[host]
}

// named is the node that has one of these names; empty where none or several have.
func (d Directory) named(names []string) string {
	match := ""
	for _, name := range names {
		if d.names[name] && name != match {
			if match != "" {
				return ""
			}
			match = name
		}
	}
	return match
}

// join makes one reading for each node that an exporter could be paired with, and counts the exporters that could not.
func join(exporters []*exporter, nodes []Node, a *args.Args, asked time.Time) (map[string]traffic.Reading, int) {
	directory := NewDirectory(nodes)
	direction := traffic.Direction(a.Direction)
	readings := make(map[string]traffic.Reading, len(nodes))
	unpaired := 0
	for _, e := range exporters {
		node, ok := directory.NodeOf(e.instance, e.node, e.names)
		if !ok {
			unpaired++
			continue
		}
		capacity := func(speed float64) float64 { return speed }
		if fixed, ok := a.LinkCapacity.Of(node); ok {
			capacity = func(float64) float64 { return fixed }
		}
		reading := e.reading(direction, capacity, asked)
		if before, ok := readings[node]; !ok || better(reading, before, direction) {
			readings[node] = reading
		}
	}
	return readings, unpaired
}

// better decides between two exporters of one node: a known reading over an unknown one, then the newer sample
// (the other may belong to a dead exporter), then the busier link.
func better(one, other traffic.Reading, direction traffic.Direction) bool {
	if (one.Reason == traffic.Known) != (other.Reason == traffic.Known) {
		return one.Reason == traffic.Known
	}
	if one.Reason != traffic.Known {
		return false
	}
	if !one.SampledAt.Equal(other.SampledAt) {
		return one.SampledAt.After(other.SampledAt)
	}
	return direction.Used(one.Link) > direction.Used(other.Link)
}
