package k8s136

import (
	"context"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
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

func TestConfigurations(t *testing.T) { plugintest.Configurations(t, read) }

func TestFrameworks(t *testing.T) { plugintest.Frameworks(t, read) }

func TestEqualPodsAreSignedAlikeUntilTheMeasurementsChange(t *testing.T) {
	server := plugintest.StartPrometheus(t)
	s := plugintest.Start(t, read, plugintest.Text{Arguments: "{prometheusURL: '" + server.URL + "', interval: 400ms, window: 1s}"})
	sign := func() string {
		return string(s.Profile.(profile).SignPod(context.Background(), plugintest.Pod("p")))
	}
	s.WaitForScores(t, 150, 270, 0)
	before := sign()
	if !strings.Contains(before, snapshotSigner) {
		t.Fatalf("signature %q", before)
	}
	plugintest.WaitFor(t, "another signature", func() bool { return sign() != before })
}

// configuration is what kube-scheduler of this generation read.
type configuration struct {
	*config.KubeSchedulerConfiguration
}

func read(file string) (plugintest.Configuration, error) {
	c, err := options.LoadConfigFromFile(klog.Background(), file)
	return configuration{c}, err
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
	if err := registry.Register(args.Name, New); err != nil {
		return nil, err
	}
	built, err := frameworkruntime.NewFramework(ctx, registry, &c.Profiles[0],
		frameworkruntime.WithInformerFactory(cluster.Informers), frameworkruntime.WithEventRecorder(recorder{cluster.Events}))
	p := profile{Framework: built}
	for _, node := range cluster.Nodes {
		info := framework.NewNodeInfo()
		info.SetNode(node)
		p.nodes = append(p.nodes, info)
	}
	return p, err
}

// recorder is what this generation's framework asks of one beyond Eventf.
type recorder struct{ plugin.Recorder }

// WithLogger implements events.EventRecorderLogger.
func (r recorder) WithLogger(klog.Logger) events.EventRecorderLogger { return r }

// profile is a framework of this generation.
type profile struct {
	framework.Framework
	nodes []fwk.NodeInfo
}

// Schedule implements plugintest.Profile.
func (p profile) Schedule(ctx context.Context, pod *v1.Pod) (map[string]int64, error) {
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
func (p profile) Reserve(ctx context.Context, pod *v1.Pod, node string) error {
	return p.RunReservePluginsReserve(ctx, framework.NewCycleState(), pod, node).AsError()
}

// Unreserve implements plugintest.Profile.
func (p profile) Unreserve(ctx context.Context, pod *v1.Pod, node string) {
	p.RunReservePluginsUnreserve(ctx, framework.NewCycleState(), pod, node)
}
