// Package plugin is network_traffic with defects: the published plugin as its description gives it, any part of which can be
// right. Where a set changes nothing but arguments, the plugin's own core works with them; otherwise the source and the
// scores here do, with the plugin's ledger, policies and query as far as they are not what is wrong.
//
// It refuses to know the framework's types, as the plugin's own core does.
package plugin

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"

	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/plugin"
	"kube-windtunnel/scheduler/specimens"
)

// Options are what a plugin is made of.
type Options struct {
	Set specimens.Set
	// Object is what the framework hands over as arguments.
	Object  runtime.Object
	Nodes   collector.Nodes
	Profile string
	Log     klog.Logger
	// Out is where a log of its own is written, Fatal what ends the process.
	Out   io.Writer
	Fatal func(values ...any)
}

// Plugin is one instance with defects.
type Plugin struct {
	set  specimens.Set
	args arguments
	log  *logger
	// core holds what is in flight in any case, and does all else where onlyArguments.
	core          *plugin.Core
	onlyArguments bool
	source        *source
	outage        atomic.Bool
}

// argumentSwitches change nothing but the arguments.
var argumentSwitches = specimens.Of(specimens.SilentArgs, specimens.DecodeByValue, specimens.SnakeCaseTags, specimens.AnyAddress,
	specimens.FatalAddress, specimens.HourWindow, specimens.ReceiveOnly, specimens.Herding, specimens.OneDevice)

// New makes an instance. Run makes it work.
func New(o Options) (*Plugin, error) {
	p := &Plugin{set: o.Set, log: newLogger(o.Set, o.Log, o.Out), onlyArguments: true}
	given, err := decode(o.Set, o.Object)
	if err != nil {
		return nil, err
	}
	p.log.start(given.shown)
	p.args = given.mistaken(o.Set)
	for name := range o.Set {
		p.onlyArguments = p.onlyArguments && argumentSwitches[name]
	}
	if p.core, err = plugin.New(p.args.Args, o.Nodes, o.Profile); err == nil && !p.onlyArguments {
		p.source = &source{set: o.Set, args: p.args, nodes: o.Nodes, log: p.log}
		p.source.asker, err = newAsker(o.Set, p.args.PrometheusURL, p.args.Timeout.Duration)
	}
	if err != nil && o.Set[specimens.FatalAddress] {
		o.Fatal(err)
	}
	return p, err
}

// Run collects until the context ends.
func (p *Plugin) Run(ctx context.Context) {
	if p.onlyArguments {
		p.core.Run(ctx)
		return
	}
	p.source.run(ctx)
}

// Begin starts the cycle of one pod for the nodes of these names. Where none is known, skip is true, unless the set
// makes that an error of Score.
func (p *Plugin) Begin(ctx context.Context, recorder plugin.Recorder, pod *v1.Pod, names []string) (cycle *Cycle, skip bool) {
	if p.onlyArguments {
		own, known := p.core.Prepare(recorder, pod, len(names), func(i int) string { return names[i] })
		return &Cycle{plugin: p, own: &own}, !known
	}
	cycle = p.begin(ctx)
	if perNode(p.set) {
		return cycle, false
	}
	known := slices.ContainsFunc(names, cycle.knows)
	if p.outageBegins(cycle, known) {
		recorder.Eventf(pod, nil, v1.EventTypeWarning, plugin.OutageReason, plugin.OutageAction, plugin.OutageNote)
	}
	return cycle, !known && !p.set.Any(specimens.MissingAborts, specimens.OutageAborts)
}

// outageBegins is true once when Prometheus was asked and not one node of the cluster is known, as the plugin tells it.
func (p *Plugin) outageBegins(cycle *Cycle, known bool) bool {
	known = known || slices.ContainsFunc(p.source.nodes.List(), func(n collector.Node) bool { return cycle.knows(n.Name) })
	if known {
		p.outage.Store(false)
		return false
	}
	asked := cycle.answer.sequence > 0 || perPod(p.set)
	return asked && p.outage.CompareAndSwap(false, true)
}

// Cycle starts the cycle of a pod for which Begin was not called.
func (p *Plugin) Cycle(ctx context.Context) *Cycle {
	if p.onlyArguments {
		own := p.core.Begin(time.Now())
		return &Cycle{plugin: p, own: &own}
	}
	return p.begin(ctx)
}

func (p *Plugin) begin(ctx context.Context) *Cycle {
	c := &Cycle{plugin: p, now: time.Now()}
	switch {
	case perNode(p.set):
	case perPod(p.set):
		c.answer = p.source.altered(ctx, everyone)
	default:
		c.answer = p.source.background()
	}
	return c
}

// Reserve counts a pod's bandwidth on the node, unless the set herds.
func (p *Plugin) Reserve(pod *v1.Pod, node string) { p.core.Reserve(pod, node, time.Now()) }

// Unreserve takes that back.
func (p *Plugin) Unreserve(pod *v1.Pod) { p.core.Unreserve(pod) }

// Sequence identifies the measurements of a cycle that starts now; false where each cycle asks anew.
func (p *Plugin) Sequence() (uint64, bool) {
	if p.onlyArguments {
		return p.core.Begin(time.Now()).Sequence(), true
	}
	return p.source.background().sequence, !perPod(p.set) && !perNode(p.set)
}

// Normalizes tells whether Normalize is to be called.
func (p *Plugin) Normalizes() bool {
	return !p.set[specimens.RawScores] && p.set.Any(specimens.RelativeToMax, specimens.AgentOverTCP, specimens.DumpPerNode)
}
