// Package plugin is all of network_traffic that does not depend on a generation of the scheduler's framework: it holds the
// collector, the ledger of pods in flight and the policy together, and shows them as metrics.
//
// It owns the order of things in a scheduling cycle. It refuses to know the framework's types: an adapter hands names,
// pods and moments in, and turns the outcome into statuses.
package plugin

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/traffic"
)

// Core is one instance of the plugin, for one profile.
type Core struct {
	profile   string
	args      *args.Args
	policy    traffic.Policy
	nodes     collector.Nodes
	collector *collector.Collector
	ledger    *traffic.Ledger
	unpaired  atomic.Int64
	outage    atomic.Bool
	// boardMu is held by those who change the ledger and the board together.
	boardMu sync.Mutex
	newest  atomic.Pointer[board]
}

// New makes an instance of valid arguments. Run makes it work.
func New(a *args.Args, nodes collector.Nodes, profile string) (*Core, error) {
	client, err := collector.NewClient(a)
	if err != nil {
		return nil, err
	}
	c := &Core{
		profile: profile, args: a, nodes: nodes,
		policy: traffic.Policy{Direction: traffic.Direction(a.Direction), MaxAge: a.MaxAge.Duration, UnknownPoints: a.UnknownScore},
		// A rate rises with the next scrape, and the plugin reads it with the next query: each at most one interval away.
		ledger: traffic.NewLedger(2*a.Interval.Duration, a.Window.Duration),
	}
	c.collector = collector.New(a, client, nodes, c.observe)
	return c, nil
}

// Run collects until the context ends, and shows the instance in the scheduler's metrics for that long.
func (c *Core) Run(ctx context.Context) {
	show(c)
	defer hide(c)
	logger := klog.FromContext(ctx).WithName(args.Name).WithValues("profile", c.profile)
	for _, warning := range args.Warnings(c.args) {
		logger.Info("Deprecated argument", "warning", warning)
	}
	logger.Info("Collecting the nodes' network traffic", "args", c.args)
	logger.V(2).Info("The query", "query", collector.Query(c.args))
	c.collector.Run(klog.NewContext(ctx, logger))
}

func (c *Core) observe(report collector.Report) {
	count(c.profile, report)
	if report.Failed == "" {
		c.unpaired.Store(int64(report.Unpaired))
	}
	c.ledger.Prune(time.Now())
}

// Cycle is what all scores of one pod rest on.
type Cycle struct {
	core  *Core
	board *board
	now   time.Time
}

// Begin starts a cycle. It asks nobody and waits for nothing.
func (c *Core) Begin(now time.Time) Cycle { return Cycle{core: c, board: c.boardAt(now), now: now} }

// Knows tells whether the node's load is known in this cycle.
func (c Cycle) Knows(node string) bool {
	_, reason := c.core.policy.Known(c.board.snapshot, node, c.now)
	return reason == traffic.Known
}

// Score is the node's score, 0 to 100, in-flight pods counted. It never fails; unknown nodes are counted in the metrics.
func (c Cycle) Score(node string) int64 {
	if points, ok := c.board.score(node); ok {
		return points
	}
	points, reason := c.core.policy.Score(c.board.snapshot, node, c.core.InFlight(node, c.now), c.now)
	if reason != traffic.Known {
		countUnknown(c.core.profile, reason)
	}
	return points
}

// Sequence identifies the snapshot; two cycles with the same number read the same measurements.
func (c Cycle) Sequence() uint64 {
	if c.board.snapshot == nil {
		return 0
	}
	return c.board.snapshot.Sequence
}

// Outage tells whether to say that no node's load is known: true once, when a query has ended and not one node is known;
// again only after some node was known in between.
func (c *Core) Outage(cycle Cycle) bool {
	if c.collector.Attempts() == 0 {
		return false
	}
	for _, node := range c.nodes.List() {
		if cycle.Knows(node.Name) {
			c.outage.Store(false)
			return false
		}
	}
	return c.outage.CompareAndSwap(false, true)
}

// Recovered notes that some node's load is known, so that the next outage is told again.
func (c *Core) Recovered() {
	if c.outage.Load() {
		c.outage.Store(false)
	}
}

// Reserve counts a pod's bandwidth on the node until the measurements contain it.
func (c *Core) Reserve(pod *v1.Pod, node string, now time.Time) {
	c.boardMu.Lock()
	defer c.boardMu.Unlock()
	before := c.ledger.Reserve(string(pod.UID), node, demand(pod, c.args.InFlight), now)
	c.rescore(now, before, node)
}

// Unreserve takes it back. It may be called more than once, and without a Reserve.
func (c *Core) Unreserve(pod *v1.Pod) {
	c.boardMu.Lock()
	defer c.boardMu.Unlock()
	c.rescore(time.Now(), c.ledger.Release(string(pod.UID)))
}

// InFlight is what is held for the node at the given moment.
func (c *Core) InFlight(node string, now time.Time) traffic.Load { return c.ledger.InFlight(node, now) }

// What the event of an outage says.
const (
	OutageReason = "NetworkTrafficUnknown"
	OutageAction = "Scheduling"
	OutageNote   = "Prometheus has no usable sample of any node; pods are scheduled without network_traffic until it has"
)
