package stage

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"

	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/cluster"
)

// World is what the scheduler finds: nodes, and what Prometheus has stored of them.
type World struct {
	Nodes  []*v1.Node
	Series []string
	// At is Prometheus's clock, after the first sample; 10 minutes where it is 0.
	At time.Duration
	// Roles tells for each node what it is in this world.
	Roles map[string]string
}

func (w World) at() time.Duration {
	if w.At == 0 {
		return 10 * time.Minute
	}
	return w.At
}

// Role is what a node does in a world, so that the same can be tried with names and addresses changed round.
type Role struct {
	Name string
	// Load is the exporter; its instance and nodename are the node's where they are empty.
	Load promserver.Exporter
	// Series are the exporter's where this is nil.
	Series func(promserver.Exporter) []string
	// Change changes the node object.
	Change func(*v1.Node)
}

// Group is the label by which a pod is held to some of the nodes.
const Group = "windtunnel.example/group"

// Pairs is a world of two pairs of nodes with the roles changed round: one-a is better and one-b worse, two-a worse and
// two-b better. A scheduler that goes by names, addresses or order is right in one pair and wrong in the other.
func Pairs(better, worse Role) World {
	w := World{Roles: map[string]string{}}
	w.Add("one", better, worse)
	w.Add("two", worse, better)
	return w
}

// Add adds a group of nodes, called by the group's name and the letters of the alphabet.
func (w *World) Add(group string, roles ...Role) {
	if w.Roles == nil {
		w.Roles = map[string]string{}
	}
	for i, role := range roles {
		name := fmt.Sprintf("%s-%c", group, 'a'+i)
		address := fmt.Sprintf("10.0.1.%d", len(w.Nodes)+1)
		node := cluster.NewNode(name, address, map[string]string{Group: group})
		if role.Change != nil {
			role.Change(node)
		}
		w.Nodes = append(w.Nodes, node)
		w.Roles[name] = role.Name
		load := role.Load
		if load.Instance == "" {
			load.Instance = address + ":9100"
		}
		if load.Nodename == "" {
			load.Nodename = name
		}
		if role.Series == nil {
			w.Series = append(w.Series, load.Series()...)
		} else {
			w.Series = append(w.Series, role.Series(load)...)
		}
	}
}

// Pod is a pending pod for the nodes of a group.
func Pod(name, group string) *v1.Pod {
	return cluster.NewPod(name, SchedulerName, map[string]string{Group: group})
}
