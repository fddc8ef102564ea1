package plugin

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/query"
	"kube-windtunnel/scheduler/traffic"
)

// answer is one answer of Prometheus, or why there is none.
type answer struct {
	sequence uint64
	readings map[string]reading
	err      error
}

// source asks Prometheus: in the background, unless the set asks within a pod's cycle.
type source struct {
	set   specimens.Set
	args  arguments
	asker *asker
	nodes collector.Nodes
	log   *logger

	mu     sync.Mutex
	newest answer
}

// perPod tells whether each pod asks, perNode whether each node of each pod does.
func perPod(set specimens.Set) bool  { return set[specimens.NoTimeout] && !perNode(set) }
func perNode(set specimens.Set) bool { return set[specimens.QueryPerNode] }

// run asks in the background until the context ends. A failed query leaves the readings as they are, to grow old.
func (s *source) run(ctx context.Context) {
	if perPod(s.set) || perNode(s.set) {
		return
	}
	for !s.nodes.Synced() {
		if !pause(ctx, 50*time.Millisecond) {
			return
		}
	}
	for {
		next := s.altered(ctx, everyone)
		if next.err != nil && ctx.Err() == nil {
			s.log.failed(next.err)
		}
		s.mu.Lock()
		next.sequence = s.newest.sequence + 1
		if next.err != nil {
			next.readings = s.newest.readings
		}
		s.newest = next
		s.mu.Unlock()
		if !pause(ctx, s.args.Interval.Duration) {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (s *source) background() answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// everyone is what restricts a query to no exporter in particular.
const everyone = ""

// altered asks the plugin's own query, with mistakes, for the exporters whose instance matches only.
func (s *source) altered(ctx context.Context, only string) answer {
	asked := time.Now()
	rows, err := s.asker.ask(ctx, query.Altered(s.set, s.args.Args, only))
	if s.set[specimens.InstanceIsNodeName] {
		// Before the error is looked at: without an answer there is no first row.
		s.log.debug("first row", rows[0].Value)
	}
	if err != nil {
		return answer{err: err}
	}
	return answer{readings: s.readings(targets(rows), asked)}
}

// one asks for one node.
func (s *source) one(ctx context.Context, node string) answer {
	if s.set.PublishedQuery() {
		return s.published(ctx, node)
	}
	only := everyone
	if !s.set[specimens.UnfilteredOperand] {
		nodes := s.nodes.List()
		if i := slices.IndexFunc(nodes, func(n collector.Node) bool { return n.Name == node }); i >= 0 {
			only = query.InstancesOf(nodes[i])
		}
	}
	return s.altered(ctx, only)
}

// published asks the published query, which must have one row.
func (s *source) published(ctx context.Context, node string) answer {
	sent, said := query.Published(s.set, s.args.device, s.args.Window.Duration, node)
	s.log.query(said)
	rows, err := s.asker.ask(ctx, sent)
	if err != nil {
		return answer{err: err}
	}
	if len(rows) != 1 {
		return answer{}
	}
	value := float64(rows[0].Value)
	link := traffic.Link{Load: traffic.Load{Receive: value}, Capacity: 1}
	out := reading{Reading: traffic.Reading{Link: link, SampledAt: time.Now()}, number: value}
	if math.IsNaN(traffic.Receive.Of(link.Load)) {
		out.Reason = traffic.Invalid
	}
	return answer{readings: map[string]reading{node: out}}
}

// missing is the error of a node without a sample.
func missing(node string, reason traffic.Reason) error {
	return fmt.Errorf("want one sample of node %q: %s", node, reason)
}
