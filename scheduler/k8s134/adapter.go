// Package k8s134 adapts the network_traffic plugin to the scheduler's framework of Kubernetes 1.34: it turns names, pods
// and outcomes into the framework's types, and nothing more. Of this generation's framework one part, what plugins are
// handed and answer with, lives in a module of its own (k8s.io/kube-scheduler/framework, since 1.34); the interfaces of
// plugins and the Handle are still in the Kubernetes tree (until 1.34). It hands a NodeInfo to Score (since 1.33), and
// knows nothing of batches.
package k8s134

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/plugin"
)

// NetworkTraffic scores nodes by the free share of their links. It implements PreScore, Score and Reserve.
type NetworkTraffic struct {
	core   *plugin.Core
	handle framework.Handle
}

var (
	_ framework.PreScorePlugin = (*NetworkTraffic)(nil)
	_ framework.ScorePlugin    = (*NetworkTraffic)(nil)
	_ framework.ReservePlugin  = (*NetworkTraffic)(nil)
)

// New builds the plugin for one profile and starts collecting; it stops with the context.
func New(ctx context.Context, object runtime.Object, handle framework.Handle) (framework.Plugin, error) {
	a, err := args.From(object)
	if err != nil {
		return nil, err
	}
	core, err := plugin.New(a, plugin.FromInformer(handle.SharedInformerFactory().Core().V1().Nodes()), plugin.ProfileOf(handle))
	if err != nil {
		return nil, err
	}
	go core.Run(ctx)
	return &NetworkTraffic{core: core, handle: handle}, nil
}

// Name is network_traffic.
func (p *NetworkTraffic) Name() string { return args.Name }

// stateKey is where PreScore leaves the cycle for Score.
const stateKey fwk.StateKey = args.Name

// cycleState is the cycle as the framework keeps it. It is never changed, so a clone is itself.
type cycleState struct{ plugin.Cycle }

// Clone implements fwk.StateData.
func (s cycleState) Clone() fwk.StateData { return s }

// PreScore fixes the snapshot that all nodes are scored with. Where the load of none of them is known there is nothing to
// tell them apart, and the plugin skips this pod; that no node at all is known is told by an event, once.
func (p *NetworkTraffic) PreScore(_ context.Context, state fwk.CycleState, pod *v1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	cycle, known := p.core.Prepare(p.handle.EventRecorder(), pod, len(nodes), func(index int) string { return nodes[index].Node().Name })
	if !known {
		return fwk.NewStatus(fwk.Skip)
	}
	state.Write(stateKey, cycleState{cycle})
	return nil
}

// Score is the free share of the node's link, 0 to 100. Where only score is enabled, as the published configuration does,
// no PreScore left a cycle, and the newest snapshot serves.
func (p *NetworkTraffic) Score(_ context.Context, state fwk.CycleState, _ *v1.Pod, node fwk.NodeInfo) (int64, *fwk.Status) {
	name := node.Node().Name
	data, err := state.Read(stateKey)
	if err != nil {
		return p.core.Begin(time.Now()).Score(name), nil
	}
	return data.(cycleState).Score(name), nil
}

// ScoreExtensions is nil: scores are absolute, and normalising would make noise a difference.
func (p *NetworkTraffic) ScoreExtensions() framework.ScoreExtensions { return nil }

// Reserve counts the pod's bandwidth on the node at once, so that the next pod of a burst sees it.
func (p *NetworkTraffic) Reserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	p.core.Reserve(pod, node, time.Now())
	return nil
}

// Unreserve takes that back.
func (p *NetworkTraffic) Unreserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ string) {
	p.core.Unreserve(pod)
}
