// Package adapter adapts the network_traffic plugin to the frameworks of Kubernetes 1.34 and later, as far as these are alike:
// it turns names, pods and outcomes into the framework's types, and nothing more. What plugins are handed and answer with
// lives in a module of its own (k8s.io/kube-scheduler/framework, since 1.34), and Score is handed a NodeInfo (since 1.33).
// It refuses to know the interfaces of plugins and the whole Handle, which moved to that module in 1.35, and the batches of
// equal pods, which came with 1.35: these are each generation's own.
package adapter

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	fwk "k8s.io/kube-scheduler/framework"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/plugin"
)

// Adapter scores nodes by the free share of their links. A generation embeds it and adds what names types that moved in
// 1.35 (ScoreExtensions) or that are new (SignPod).
type Adapter struct {
	core     *plugin.Core
	recorder plugin.Recorder
}

// Handle is what the adapter needs of a framework's Handle. The recorder is of another type in each generation.
type Handle[R plugin.Recorder] interface {
	SharedInformerFactory() informers.SharedInformerFactory
	EventRecorder() R
}

// New builds the plugin for the profile of this name and starts collecting; it stops with the context.
func New[R plugin.Recorder](ctx context.Context, object runtime.Object, handle Handle[R], profile string) (*Adapter, error) {
	a, err := args.From(object)
	if err != nil {
		return nil, err
	}
	core, err := plugin.New(a, plugin.FromInformer(handle.SharedInformerFactory().Core().V1().Nodes()), profile)
	if err != nil {
		return nil, err
	}
	go core.Run(ctx)
	return &Adapter{core: core, recorder: handle.EventRecorder()}, nil
}

// Name is network_traffic.
func (a *Adapter) Name() string { return args.Name }

// stateKey is where PreScore leaves the cycle for Score.
const stateKey fwk.StateKey = args.Name

// cycleState is the cycle as the framework keeps it. It is never changed, so a clone is itself.
type cycleState struct{ plugin.Cycle }

// Clone implements fwk.StateData.
func (s cycleState) Clone() fwk.StateData { return s }

// PreScore fixes the snapshot that all nodes are scored with. Where the load of none of them is known there is nothing to
// tell them apart, and the plugin skips this pod; that no node at all is known is told by an event, once.
func (a *Adapter) PreScore(_ context.Context, state fwk.CycleState, pod *v1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	cycle, known := a.core.Prepare(a.recorder, pod, len(nodes), func(index int) string { return nodes[index].Node().Name })
	if !known {
		return fwk.NewStatus(fwk.Skip)
	}
	state.Write(stateKey, cycleState{cycle})
	return nil
}

// Score is the free share of the node's link, 0 to 100. Where only score is enabled, as the published configuration does,
// no PreScore left a cycle, and the newest snapshot serves.
func (a *Adapter) Score(_ context.Context, state fwk.CycleState, _ *v1.Pod, node fwk.NodeInfo) (int64, *fwk.Status) {
	name := node.Node().Name
	data, err := state.Read(stateKey)
	if err != nil {
		return a.core.Begin(time.Now()).Score(name), nil
	}
	return data.(cycleState).Score(name), nil
}

// Sequence is the number of the measurements that scores stand on now.
func (a *Adapter) Sequence() uint64 { return a.core.Begin(time.Now()).Sequence() }

// Reserve counts the pod's bandwidth on the node at once, so that the next pod of a burst sees it.
func (a *Adapter) Reserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	a.core.Reserve(pod, node, time.Now())
	return nil
}

// Unreserve takes that back.
func (a *Adapter) Unreserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ string) {
	a.core.Unreserve(pod)
}
