// Package plugintest owns the tests that the adapter of every generation has to pass: what a configuration may say, what
// the real framework makes of the plugin, and what the binary accepts. It refuses to know a generation's types: a
// generation's own tests hand in a Read, and so say how its kube-scheduler is spoken to.
package plugintest

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"

	"kube-windtunnel/scheduler/plugin"
)

// Read reads a configuration file with the generation's own kube-scheduler.
type Read func(file string) (Configuration, error)

// Configuration is what was read.
type Configuration interface {
	// Shown is what /configz answers with: the configuration as kubescheduler.config.k8s.io/v1.
	Shown() (any, error)
	// Build makes the framework of the first profile, with the plugin in its registry. All that runs ends with the context.
	Build(ctx context.Context, cluster Cluster) (Profile, error)
}

// Cluster is what a framework sees.
type Cluster struct {
	Nodes     []*v1.Node
	Informers informers.SharedInformerFactory
	Events    plugin.Recorder
}

// Profile is a framework.
type Profile interface {
	// Schedule runs PreScore and Score, and returns each node's weighted score; nothing where the plugin skipped.
	Schedule(ctx context.Context, pod *v1.Pod) (map[string]int64, error)
	Reserve(ctx context.Context, pod *v1.Pod, node string) error
	Unreserve(ctx context.Context, pod *v1.Pod, node string)
}
