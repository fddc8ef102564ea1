// Package frame is the real framework of Kubernetes 1.34 and later for tests: configurations as kube-scheduler reads them,
// and profiles built of them with a plugin that the test brings.
package frame

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	configv1 "k8s.io/kube-scheduler/config/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	conversionv1 "k8s.io/kubernetes/pkg/scheduler/apis/config/v1"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	schedulermetrics "k8s.io/kubernetes/pkg/scheduler/metrics"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/plugin"
	"kube-windtunnel/scheduler/plugintest"
)

// Reading reads with kube-scheduler's own reader, for a plugin that the factory makes.
func Reading(factory frameworkruntime.PluginFactory) plugintest.Read {
	return func(file string) (plugintest.Configuration, error) {
		c, err := options.LoadConfigFromFile(klog.Background(), file)
		return configuration{c, factory}, err
	}
}

// configuration is what the generation's kube-scheduler read.
type configuration struct {
	*config.KubeSchedulerConfiguration
	factory frameworkruntime.PluginFactory
}

// Shown implements plugintest.Configuration with the conversion that serves /configz.
func (c configuration) Shown() (any, error) {
	external := &configv1.KubeSchedulerConfiguration{}
	return external, conversionv1.Convert_config_KubeSchedulerConfiguration_To_v1_KubeSchedulerConfiguration(c.KubeSchedulerConfiguration, external, nil)
}

// Build implements plugintest.Configuration.
func (c configuration) Build(ctx context.Context, cluster plugintest.Cluster) (plugintest.Profile, error) {
	schedulermetrics.Register()
	registry := plugins.NewInTreeRegistry()
	if err := registry.Register(args.Name, c.factory); err != nil {
		return nil, err
	}
	built, err := frameworkruntime.NewFramework(ctx, registry, &c.Profiles[0],
		frameworkruntime.WithInformerFactory(cluster.Informers), frameworkruntime.WithEventRecorder(recorder{cluster.Events}))
	p := Profile{Framework: built, informers: cluster.Informers}
	for _, node := range cluster.Nodes {
		info := framework.NewNodeInfo()
		info.SetNode(node)
		p.nodes = append(p.nodes, info)
	}
	return p, err
}

// recorder is what later frameworks ask of one beyond Eventf; that of 1.34 does not.
type recorder struct{ plugin.Recorder }

// WithLogger implements events.EventRecorderLogger.
func (r recorder) WithLogger(klog.Logger) events.EventRecorderLogger { return r }

// Profile is the generation's framework.
type Profile struct {
	framework.Framework
	nodes     []fwk.NodeInfo
	informers informers.SharedInformerFactory
}

// Schedule implements plugintest.Profile. As in a scheduler, no pod is scheduled before the caches are full.
func (p Profile) Schedule(ctx context.Context, pod *v1.Pod) (map[string]int64, error) {
	p.informers.WaitForCacheSync(ctx.Done())
	state := framework.NewCycleState()
	if status := p.RunPreScorePlugins(ctx, state, pod, p.nodes); !status.IsSuccess() {
		return nil, status.AsError()
	}
	nodes, status := p.RunScorePlugins(ctx, state, pod, p.nodes)
	if !status.IsSuccess() {
		return nil, status.AsError()
	}
	scores := map[string]int64{}
	for _, node := range nodes {
		for _, score := range node.Scores {
			scores[node.Name] = score.Score
		}
	}
	return scores, nil
}

// Reserve implements plugintest.Profile.
func (p Profile) Reserve(ctx context.Context, pod *v1.Pod, node string) error {
	return p.RunReservePluginsReserve(ctx, framework.NewCycleState(), pod, node).AsError()
}

// Unreserve implements plugintest.Profile.
func (p Profile) Unreserve(ctx context.Context, pod *v1.Pod, node string) {
	p.RunReservePluginsUnreserve(ctx, framework.NewCycleState(), pod, node)
}
