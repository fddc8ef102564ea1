package collector

import (
	"context"
	"sync/atomic"
	"time"

	"k8s.io/klog/v2"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

// Asker sends the query; Client is the one that does.
type Asker interface {
	// Ask returns the body of an answer of Prometheus's instant query, for Decode.
	Ask(ctx context.Context) ([]byte, error)
}

// Nodes tells which nodes exist.
type Nodes interface {
	// Synced tells whether List can be trusted; before, no query is sent.
	Synced() bool
	List() []Node
}

// Report is what one refresh did, for metrics.
type Report struct {
	Took time.Duration
	// Failed is one of FailureKinds, empty on success; the counts below are then absent.
	Failed string
	// Unknown counts nodes by reason.
	Unknown map[traffic.Reason]int
	// Unpaired counts exporters that belong to no node.
	Unpaired int
}

// Collector refreshes a snapshot in the background. Reading it never waits.
type Collector struct {
	args    *args.Args
	asker   Asker
	nodes   Nodes
	observe func(Report)

	newest   atomic.Pointer[traffic.Snapshot]
	attempts atomic.Uint64
}

// New makes a collector; Run makes it work. observe hears of each refresh, one at a time.
func New(a *args.Args, asker Asker, nodes Nodes, observe func(Report)) *Collector {
	return &Collector{args: a, asker: asker, nodes: nodes, observe: observe}
}

// Snapshot is the newest one, nil before the first answer. A failed query leaves it as it is: its samples grow old, and
// each node becomes unknown by itself once its sample is older than maxAge.
func (c *Collector) Snapshot() *traffic.Snapshot { return c.newest.Load() }

// Attempts counts queries that have ended, well or not.
func (c *Collector) Attempts() uint64 { return c.attempts.Load() }

// pollSynced is the pause between two questions whether the nodes are known yet.
const pollSynced = 50 * time.Millisecond

// Run refreshes at once and then every interval, until the context ends.
func (c *Collector) Run(ctx context.Context) {
	if !c.waitForNodes(ctx) {
		return
	}
	ticker := time.NewTicker(c.args.Interval.Duration)
	defer ticker.Stop()
	failing := false
	for {
		failing = c.attempt(ctx, failing)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// attempt refreshes once and logs: the first failure of a row as an error, the others only when asked for details.
func (c *Collector) attempt(ctx context.Context, failing bool) bool {
	logger := klog.FromContext(ctx)
	err := c.Refresh(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil && !failing:
		logger.Error(err, "Prometheus did not answer, scores rest on the last answer until it is too old", "url", c.args.PrometheusURL, "maxAge", c.args.MaxAge.Duration)
	case err != nil:
		logger.V(4).Info("Prometheus still does not answer", "url", c.args.PrometheusURL, "err", err)
	case failing:
		logger.Info("Prometheus answers again", "url", c.args.PrometheusURL)
	}
	return err != nil
}

// Refresh asks once and publishes a new snapshot, or returns why not.
func (c *Collector) Refresh(ctx context.Context) error {
	asked := time.Now()
	snapshot, report, err := c.ask(ctx, asked)
	if ctx.Err() != nil && err != nil {
		return err
	}
	report.Took = time.Since(asked)
	if err != nil {
		report.Failed = FailureKind(err)
	} else {
		c.newest.Store(snapshot)
	}
	c.attempts.Add(1)
	c.observe(report)
	return err
}

func (c *Collector) ask(ctx context.Context, asked time.Time) (*traffic.Snapshot, Report, error) {
	body, err := c.asker.Ask(ctx)
	if err != nil {
		return nil, Report{}, err
	}
	exporters, warnings, err := Decode(body)
	if err != nil {
		return nil, Report{}, err
	}
	logger := klog.FromContext(ctx)
	if len(warnings) > 0 {
		logger.V(2).Info("Prometheus answered with warnings", "warnings", warnings)
	}
	nodes := c.nodes.List()
	readings, unpaired := join(exporters, nodes, c.args, asked)
	sequence := uint64(1)
	if before := c.newest.Load(); before != nil {
		sequence += before.Sequence
	}
	snapshot := &traffic.Snapshot{Sequence: sequence, TakenAt: asked, Readings: readings}
	report := Report{Unknown: countUnknown(snapshot, nodes, c.args.MaxAge.Duration, asked), Unpaired: unpaired}
	logger.V(4).Info("Read the nodes' links", "nodes", len(nodes), "exporters", len(exporters), "unpaired", unpaired, "unknown", report.Unknown, "took", time.Since(asked))
	return snapshot, report, nil
}

func countUnknown(snapshot *traffic.Snapshot, nodes []Node, maxAge time.Duration, now time.Time) map[traffic.Reason]int {
	counts := make(map[traffic.Reason]int, len(traffic.Reasons))
	policy := traffic.Policy{MaxAge: maxAge}
	for _, node := range nodes {
		if _, reason := policy.Known(snapshot, node.Name, now); reason != traffic.Known {
			counts[reason]++
		}
	}
	return counts
}

func (c *Collector) waitForNodes(ctx context.Context) bool {
	ticker := time.NewTicker(pollSynced)
	defer ticker.Stop()
	for !c.nodes.Synced() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}
