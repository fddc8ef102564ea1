// Package specimen adapts plugins with defects to the framework of Kubernetes 1.36. It is as thin as the adapter beside it,
// and apart from it, so that that one's scheduler contains nothing of this.
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
	core "kube-windtunnel/scheduler/plugin"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/plugin"
)

// NetworkTraffic is the plugin with a set of defects.
type NetworkTraffic struct {
	plugin *plugin.Plugin
	handle fwk.Handle
	// starting keeps two nodes from starting the same pod's cycle.
	starting sync.Mutex
}

var (
	_ fwk.PreScorePlugin  = (*NetworkTraffic)(nil)
	_ fwk.ScorePlugin     = (*NetworkTraffic)(nil)
	_ fwk.ScoreExtensions = (*NetworkTraffic)(nil)
	_ fwk.ReservePlugin   = (*NetworkTraffic)(nil)
	_ fwk.SignPlugin      = (*NetworkTraffic)(nil)
)

// Factory builds plugins with the defects that are in the set when they are built.
func Factory(set *specimens.Set) func(context.Context, runtime.Object, fwk.Handle) (fwk.Plugin, error) {
	return func(ctx context.Context, object runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		p, err := plugin.New(plugin.Options{
			Set: *set, Object: object, Profile: handle.ProfileName(),
			Nodes: core.FromInformer(handle.SharedInformerFactory().Core().V1().Nodes()),
			Log:   klog.FromContext(ctx), Out: os.Stderr, Fatal: klog.Fatal,
		})
		if err != nil {
			return nil, err
		}
		go p.Run(ctx)
		return &NetworkTraffic{plugin: p, handle: handle}, nil
	}
}

// Name is network_traffic.
func (n *NetworkTraffic) Name() string { return args.Name }

const stateKey fwk.StateKey = args.Name

// cycleState is the cycle as the framework keeps it.
type cycleState struct{ *plugin.Cycle }

// Clone implements fwk.StateData.
func (s cycleState) Clone() fwk.StateData { return s }

// cycle is the pod's cycle; without PreScore (the published plugin has none) it starts with the first node.
func (n *NetworkTraffic) cycle(ctx context.Context, state fwk.CycleState) *plugin.Cycle {
	n.starting.Lock()
	defer n.starting.Unlock()
	if data, err := state.Read(stateKey); err == nil {
		return data.(cycleState).Cycle
	}
	cycle := n.plugin.Cycle(ctx)
	state.Write(stateKey, cycleState{cycle})
	return cycle
}

// PreScore starts the pod's cycle.
func (n *NetworkTraffic) PreScore(ctx context.Context, state fwk.CycleState, pod *v1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	names := make([]string, len(nodes))
	for i, node := range nodes {
		names[i] = node.Node().Name
	}
	cycle, skip := n.plugin.Begin(ctx, n.handle.EventRecorder(), pod, names)
	if skip {
		return fwk.NewStatus(fwk.Skip)
	}
	state.Write(stateKey, cycleState{cycle})
	return nil
}

// Score is points, or a raw number for NormalizeScore.
func (n *NetworkTraffic) Score(ctx context.Context, state fwk.CycleState, _ *v1.Pod, node fwk.NodeInfo) (int64, *fwk.Status) {
	score, err := n.cycle(ctx, state).Score(ctx, node.Node().Name)
	return score, fwk.AsStatus(err)
}

// ScoreExtensions is nil where scores are final.
func (n *NetworkTraffic) ScoreExtensions() fwk.ScoreExtensions {
	if n.plugin.Normalizes() {
		return n
	}
	return nil
}

// NormalizeScore makes points of raw numbers.
func (n *NetworkTraffic) NormalizeScore(ctx context.Context, state fwk.CycleState, _ *v1.Pod, list fwk.NodeScoreList) *fwk.Status {
	names, scores := make([]string, len(list)), make([]int64, len(list))
	for i, node := range list {
		names[i], scores[i] = node.Name, node.Score
	}
	for i, score := range n.cycle(ctx, state).Normalize(names, scores) {
		list[i].Score = score
	}
	return nil
}

// Reserve counts the pod's bandwidth on the node.
func (n *NetworkTraffic) Reserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	n.plugin.Reserve(pod, node)
	return nil
}

// Unreserve takes that back.
func (n *NetworkTraffic) Unreserve(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ string) {
	n.plugin.Unreserve(pod)
}

// SignPod lets equal pods be batched while the measurements are the same, and never where each pod asks anew.
func (n *NetworkTraffic) SignPod(context.Context, *v1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	sequence, same := n.plugin.Sequence()
	if !same {
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	return []fwk.SignFragment{{Key: args.Name + ".Snapshot()", Value: sequence}}, nil
}
