// Package specimen completes the plugin with defects for the framework of Kubernetes 1.36, whose interfaces of plugins are
// in a module of their own (since 1.35), and which batches equal pods.
package specimen

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/k8s134/onward/specimen"
	"kube-windtunnel/scheduler/specimens"
)

// NetworkTraffic is the plugin with a set of defects.
type NetworkTraffic struct{ *specimen.Adapter }

var (
	_ fwk.PreScorePlugin  = NetworkTraffic{}
	_ fwk.ScorePlugin     = NetworkTraffic{}
	_ fwk.ScoreExtensions = NetworkTraffic{}
	_ fwk.ReservePlugin   = NetworkTraffic{}
	_ fwk.SignPlugin      = NetworkTraffic{}
)

// Factory builds plugins with the defects that are in the set when they are built.
func Factory(set *specimens.Set) frameworkruntime.PluginFactory {
	return func(ctx context.Context, object runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		adapter, err := specimen.New(ctx, *set, object, handle)
		if err != nil {
			return nil, err
		}
		return NetworkTraffic{adapter}, nil
	}
}

// ScoreExtensions is nil where scores are final.
func (n NetworkTraffic) ScoreExtensions() fwk.ScoreExtensions {
	if n.Normalizes() {
		return n
	}
	return nil
}

// NormalizeScore makes points of raw numbers.
func (n NetworkTraffic) NormalizeScore(ctx context.Context, state fwk.CycleState, _ *v1.Pod, list fwk.NodeScoreList) *fwk.Status {
	names, scores := make([]string, len(list)), make([]int64, len(list))
	for i, node := range list {
		names[i], scores[i] = node.Name, node.Score
	}
	for i, score := range n.Normalized(ctx, state, names, scores) {
		list[i].Score = score
	}
	return nil
}

// SignPod lets equal pods be batched while the measurements are the same, and never where each pod asks anew.
func (n NetworkTraffic) SignPod(context.Context, *v1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	sequence, same := n.Sequence()
	if !same {
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	return []fwk.SignFragment{{Key: args.Name + ".Snapshot()", Value: sequence}}, nil
}
