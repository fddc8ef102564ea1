// Package k8s134 completes the plugin network_traffic for the framework of Kubernetes 1.34, whose interfaces of plugins and
// Handle are still in the Kubernetes tree (until 1.34), and which knows nothing of batches. It owns what names types of this
// generation alone; what the plugin answers is onward/adapter's.
package k8s134

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"kube-windtunnel/scheduler/k8s134/onward/adapter"
	"kube-windtunnel/scheduler/plugin"
)

// NetworkTraffic scores nodes by the free share of their links. It implements PreScore, Score and Reserve.
type NetworkTraffic struct{ *adapter.Adapter }

var (
	_ framework.PreScorePlugin = NetworkTraffic{}
	_ framework.ScorePlugin    = NetworkTraffic{}
	_ framework.ReservePlugin  = NetworkTraffic{}
)

// init lets kube-scheduler read the plugin's arguments.
func init() { utilruntime.Must(adapter.Register()) }

// New builds the plugin for one profile and starts collecting; it stops with the context.
func New(ctx context.Context, object runtime.Object, handle framework.Handle) (framework.Plugin, error) {
	a, err := adapter.New(ctx, object, handle, plugin.ProfileOf(handle))
	if err != nil {
		return nil, err
	}
	return NetworkTraffic{a}, nil
}

// ScoreExtensions is nil: scores are absolute, and normalising would make noise a difference.
func (n NetworkTraffic) ScoreExtensions() framework.ScoreExtensions { return nil }
