// Package specimen adapts plugins with defects to the frameworks of Kubernetes 1.34 and later, as far as these are alike. It
// is as thin as the adapter of the plugin itself, and apart from it, so that that one's scheduler contains nothing of this.
// From that one it takes what a handle is, and how the arguments become a kind of the configuration.
package specimen

import (
	"context"
	"os"
	"sync"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/k8s134/onward/adapter"
	core "kube-windtunnel/scheduler/plugin"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/plugin"
)

// Adapter is the plugin with a set of defects. A generation embeds it and adds what names types that moved in 1.35
// (ScoreExtensions, NormalizeScore) or that are new (SignPod).
type Adapter struct {
	plugin   *plugin.Plugin
	recorder core.Recorder
	// starting keeps two nodes from starting the same pod's cycle.
	starting sync.Mutex
}

// New builds a plugin with the defects that are in the set now.
func New[R core.Recorder](ctx context.Context, set specimens.Set, object runtime.Object, handle adapter.Handle[R]) (*Adapter, error) {
	p, err := plugin.New(plugin.Options{
		Set: set, Object: object, Profile: core.ProfileOf(handle),
		Nodes: core.FromInformer(handle.SharedInformerFactory().Core().V1().Nodes()),
		Log:   klog.FromContext(ctx), Out: os.Stderr, Fatal: klog.Fatal,
	})
	if err != nil {
		return nil, err
	}
	go p.Run(ctx)
	return &Adapter{plugin: p, recorder: handle.EventRecorder()}, nil
}

// Name is network_traffic.
func (a *Adapter) Name() string { return args.Name }

const stateKey fwk.StateKey = args.Name

// cycleState is the cycle as the framework keeps it.
type cycleState struct{ *plugin.Cycle }

// Clone implements fwk.StateData.
func (s cycleState) Clone() fwk.StateData { return s }

// cycle is the pod's cycle; without PreScore (the published plugin has none) it starts with the first node.
func (a *Adapter) cycle(ctx context.Context, state fwk.CycleState) *plugin.Cycle {
	a.starting.Lock()
	defer a.starting.Unlock()
	if data, err := state.Read(stateKey); err == nil {
		return data.(cycleState).Cycle
	}
	cycle := a.plugin.Cycle(ctx)
	state.Write(stateKey, cycleState{cycle})
	return cycle
}

// PreScore starts the pod's cycle.
func (a *Adapter) PreScore(ctx context.Context, state fwk.CycleState, pod *v1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	names := make([]string, len(nodes))
	for i, node := range nodes {
		names[i] = node.Node().Name
	}
	cycle, skip := a.plugin.Begin(ctx, a.recorder, pod, names)
	if skip {
		return fwk.NewStatus(fwk.Skip)
	}
	state.Write(stateKey, cycleState{cycle})
	return nil
}

// Score is points, or a raw number for NormalizeScore.
func (a *Adapter) Score(ctx context.Context, state fwk.CycleState, _ *v1.Pod, node fwk.NodeInfo) (int64, *fwk.Status) {
	score, err := a.cycle(ctx, state).Score(ctx, node.Node().Name)
	return score, fwk.AsStatus(err)
}

// Normalizes tells whether scores are raw numbers, which Normalized makes points of.
func (a *Adapter) Normalizes() bool { return a.plugin.Normalizes() }

// Normalized are the points of nodes that have these raw numbers.
func (a *Adapter) Normalized(ctx context.Context, state fwk.CycleState, names []string, scores []int64) []int64 {
	return a.cycle(ctx, state).Normalize(names, scores)
}

// Sequence is the number of the measurements that scores stand on; same is false where each pod asks anew.
func (a *Adapter) Sequence() (sequence uint64, same bool) { return a.plugin.Sequence() }

// Reserve counts the pod's bandwidth on the node.
func (a *Adapter) Reserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	a.plugin.Reserve(pod, node)
	return nil
}

// Unreserve takes that back.
func (a *Adapter) Unreserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ string) {
	a.plugin.Unreserve(pod)
}
