// Package specimen completes the plugin with defects for the framework of Kubernetes 1.34, whose interfaces of plugins are
// in the Kubernetes tree.
package specimen

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"kube-windtunnel/scheduler/k8s134/onward/specimen"
	"kube-windtunnel/scheduler/specimens"
)

// NetworkTraffic is the plugin with a set of defects.
type NetworkTraffic struct{ *specimen.Adapter }

var (
	_ framework.PreScorePlugin  = NetworkTraffic{}
	_ framework.ScorePlugin     = NetworkTraffic{}
	_ framework.ScoreExtensions = NetworkTraffic{}
	_ framework.ReservePlugin   = NetworkTraffic{}
)

// Factory builds plugins with the defects that are in the set when they are built.
func Factory(set *specimens.Set) frameworkruntime.PluginFactory {
	return func(ctx context.Context, object runtime.Object, handle framework.Handle) (framework.Plugin, error) {
		adapter, err := specimen.New(ctx, *set, object, handle)
		if err != nil {
			return nil, err
		}
		return NetworkTraffic{adapter}, nil
	}
}

// ScoreExtensions is nil where scores are final.
func (n NetworkTraffic) ScoreExtensions() framework.ScoreExtensions {
	if n.Normalizes() {
		return n
	}
	return nil
}

// NormalizeScore makes points of raw numbers.
func (n NetworkTraffic) NormalizeScore(ctx context.Context, state fwk.CycleState, _ *v1.Pod, list framework.NodeScoreList) *fwk.Status {
	names, scores := make([]string, len(list)), make([]int64, len(list))
	for i, node := range list {
		names[i], scores[i] = node.Name, node.Score
	}
	for i, score := range n.Normalized(ctx, state, names, scores) {
		list[i].Score = score
	}
	return nil
}
