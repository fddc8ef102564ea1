// Package k8s136 completes the plugin network_traffic for the framework of Kubernetes 1.36, whose interfaces of plugins and
// Handle are in a module of their own (k8s.io/kube-scheduler/framework, since 1.35), and which batches equal pods (since
// 1.35). It owns what names types of this generation alone; what the plugin answers is that of k8s134/onward/adapter.
package k8s136

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	fwk "k8s.io/kube-scheduler/framework"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/k8s134/onward/adapter"
)

// NetworkTraffic scores nodes by the free share of their links. It implements PreScore, Score, Reserve and Sign.
type NetworkTraffic struct{ *adapter.Adapter }

var (
	_ fwk.PreScorePlugin = NetworkTraffic{}
	_ fwk.ScorePlugin    = NetworkTraffic{}
	_ fwk.ReservePlugin  = NetworkTraffic{}
	_ fwk.SignPlugin     = NetworkTraffic{}
)

// init lets kube-scheduler read the plugin's arguments.
func init() { utilruntime.Must(adapter.Register()) }

// New builds the plugin for one profile and starts collecting; it stops with the context.
func New(ctx context.Context, object runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
	a, err := adapter.New(ctx, object, handle, handle.ProfileName())
	if err != nil {
		return nil, err
	}
	return NetworkTraffic{a}, nil
}

// ScoreExtensions is nil: scores are absolute, and normalising would make noise a difference.
func (n NetworkTraffic) ScoreExtensions() fwk.ScoreExtensions { return nil }

// snapshotSigner names the fragment below: it is no field of the pod, but all that Score depends on.
const snapshotSigner = args.Name + ".Snapshot()"

// SignPod lets the framework reuse the sorted nodes of an equal pod for as long as the measurements are the same. The score
// does not depend on the pod; bandwidth in flight moves only on the node that was just filled, which the framework
// takes out of a reused list.
func (n NetworkTraffic) SignPod(context.Context, *v1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	return []fwk.SignFragment{{Key: snapshotSigner, Value: n.Sequence()}}, nil
}
