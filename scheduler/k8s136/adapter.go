// Package k8s136 adapts the network_traffic plugin to the scheduler's framework of Kubernetes 1.36: it turns names, pods
// and outcomes into the framework's types, and nothing more. The framework of this generation lives in a module of its
// own (k8s.io/kube-scheduler/framework, in part since 1.34 and with the interfaces of plugins since 1.35), hands a NodeInfo
// to Score (since 1.33), and batches equal pods (since 1.35).
package k8s136

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/plugin"
)

// NetworkTraffic scores nodes by the free share of their links. It implements PreScore, Score, Reserve and Sign.
type NetworkTraffic struct {
	core   *plugin.Core
	handle fwk.Handle
}

var (
	_ fwk.PreScorePlugin = (*NetworkTraffic)(nil)
	_ fwk.ScorePlugin    = (*NetworkTraffic)(nil)
	_ fwk.ReservePlugin  = (*NetworkTraffic)(nil)
	_ fwk.SignPlugin     = (*NetworkTraffic)(nil)
)

// New builds the plugin for one profile and starts collecting; it stops with the context.
func New(ctx context.Context, object runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
	a, err := args.From(object)
	if err != nil {
		return nil, err
	}
	core, err := plugin.New(a, plugin.FromInformer(handle.SharedInformerFactory().Core().V1().Nodes()), handle.ProfileName())
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
func (p *NetworkTraffic) ScoreExtensions() fwk.ScoreExtensions { return nil }

// Reserve counts the pod's bandwidth on the node at once, so that the next pod of a burst sees it.
func (p *NetworkTraffic) Reserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	p.core.Reserve(pod, node, time.Now())
	return nil
}

// Unreserve takes that back.
func (p *NetworkTraffic) Unreserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ string) {
	p.core.Unreserve(pod)
}

// snapshotSigner names the fragment below: it is no field of the pod, but all that Score depends on.
const snapshotSigner = args.Name + ".Snapshot()"

// SignPod lets the framework reuse the sorted nodes of an equal pod for as long as the measurements are the same. The score
// does not depend on the pod; bandwidth in flight moves only on the node that was just filled, which the framework
// takes out of a reused list.
func (p *NetworkTraffic) SignPod(context.Context, *v1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	return []fwk.SignFragment{{Key: snapshotSigner, Value: p.core.Begin(time.Now()).Sequence()}}, nil
}
