package plugin

import (
	"sync"
	"time"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/traffic"
)

// All metrics stand in the scheduler's own registry, which its /metrics serves, with the profile as a label.
var (
	queries = metrics.NewCounterVec(&metrics.CounterOpts{
		Name: args.Name + "_queries_total", Help: "Queries sent to Prometheus.", StabilityLevel: metrics.ALPHA,
	}, []string{"profile"})
	queryErrors = metrics.NewCounterVec(&metrics.CounterOpts{
		Name: args.Name + "_query_errors_total", Help: "Queries without a usable answer, by kind: timeout, transport, status, answer.", StabilityLevel: metrics.ALPHA,
	}, []string{"profile", "kind"})
	queryDuration = metrics.NewHistogramVec(&metrics.HistogramOpts{
		Name: args.Name + "_query_duration_seconds", Help: "Time from sending a query to a new snapshot or an error.",
		Buckets: metrics.ExponentialBuckets(0.005, 2, 12), StabilityLevel: metrics.ALPHA,
	}, []string{"profile"})
	unknownScores = metrics.NewCounterVec(&metrics.CounterOpts{
		Name: args.Name + "_unknown_scores_total", Help: "Scores given to nodes whose load was unknown, by reason.", StabilityLevel: metrics.ALPHA,
	}, []string{"profile", "reason"})

	unknownNodes = metrics.NewDesc(args.Name+"_unknown_nodes", "Nodes whose load is unknown now, by reason: missing, invalid, capacity, stale.",
		[]string{"profile", "reason"}, nil, metrics.ALPHA, "")
	snapshotAge = metrics.NewDesc(args.Name+"_snapshot_age_seconds", "Time since the query that the scores rest on; absent before the first answer.",
		[]string{"profile"}, nil, metrics.ALPHA, "")
	unpairedExporters = metrics.NewDesc(args.Name+"_unpaired_exporters", "Exporters in the last answer that belong to no node.",
		[]string{"profile"}, nil, metrics.ALPHA, "")
	inFlight = metrics.NewDesc(args.Name+"_in_flight_bytes_per_second", "Bandwidth of pods just placed that still counts beside the measurements.",
		[]string{"profile", "direction"}, nil, metrics.ALPHA, "")
)

// gauges reads the instances when the metrics are scraped, so that an age is an age and not that of the last refresh.
type gauges struct {
	metrics.BaseStableCollector

	once sync.Once
	mu   sync.Mutex
	live map[string]*Core
}

var shown = &gauges{live: map[string]*Core{}}

func show(c *Core) {
	shown.once.Do(func() {
		legacyregistry.MustRegister(queries, queryErrors, queryDuration, unknownScores)
		legacyregistry.CustomMustRegister(shown)
	})
	for _, kind := range collector.FailureKinds {
		queryErrors.WithLabelValues(c.profile, kind).Add(0)
	}
	queries.WithLabelValues(c.profile).Add(0)
	shown.mu.Lock()
	defer shown.mu.Unlock()
	shown.live[c.profile] = c
}

func hide(c *Core) {
	shown.mu.Lock()
	defer shown.mu.Unlock()
	if shown.live[c.profile] == c {
		delete(shown.live, c.profile)
	}
}

func count(profile string, report collector.Report) {
	queries.WithLabelValues(profile).Inc()
	queryDuration.WithLabelValues(profile).Observe(report.Took.Seconds())
	if report.Failed != "" {
		queryErrors.WithLabelValues(profile, report.Failed).Inc()
	}
}

func countUnknown(profile string, reason traffic.Reason) {
	unknownScores.WithLabelValues(profile, string(reason)).Inc()
}

// DescribeWithStability implements metrics.StableCollector.
func (g *gauges) DescribeWithStability(descriptions chan<- *metrics.Desc) {
	for _, d := range []*metrics.Desc{unknownNodes, snapshotAge, unpairedExporters, inFlight} {
		descriptions <- d
	}
}

// CollectWithStability implements metrics.StableCollector.
func (g *gauges) CollectWithStability(out chan<- metrics.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for _, c := range g.live {
		c.collect(out, now)
	}
}

func (c *Core) collect(out chan<- metrics.Metric, now time.Time) {
	gauge := func(d *metrics.Desc, value float64, labels ...string) {
		out <- metrics.NewLazyConstMetric(d, metrics.GaugeValue, value, append([]string{c.profile}, labels...)...)
	}
	snapshot := c.collector.Snapshot()
	counts := map[traffic.Reason]int{}
	for _, node := range c.nodes.List() {
		if _, reason := c.policy.Known(snapshot, node.Name, now); reason != traffic.Known {
			counts[reason]++
		}
	}
	for _, reason := range traffic.Reasons {
		gauge(unknownNodes, float64(counts[reason]), string(reason))
	}
	if snapshot != nil {
		gauge(snapshotAge, now.Sub(snapshot.TakenAt).Seconds())
	}
	gauge(unpairedExporters, float64(c.unpaired.Load()))
	held := c.ledger.Prune(now)
	gauge(inFlight, held.Receive, string(traffic.Receive))
	gauge(inFlight, held.Transmit, string(traffic.Transmit))
}
