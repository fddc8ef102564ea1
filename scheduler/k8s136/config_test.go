package k8s136

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/klog/v2"
	configv1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	conversionv1 "k8s.io/kubernetes/pkg/scheduler/apis/config/v1"

	"kube-windtunnel/scheduler/args"
)

// configuration is the published shape: the plugin is enabled for score alone, the arguments stand under a name.
func configuration(name, arguments string) string {
	return `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
profiles:
  - schedulerName: networktraffic-scheduler
    plugins:
      score:
        enabled: [{name: network_traffic}]
    pluginConfig:
      - name: ` + name + `
        args: ` + arguments + "\n"
}

// read takes a configuration through kube-scheduler's own reader.
func read(t *testing.T, text string) (*config.KubeSchedulerConfiguration, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scheduler-config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return options.LoadConfigFromFile(klog.FromContext(context.Background()), path)
}

// arguments picks the plugin's arguments out of a configuration as the framework would.
func arguments(t *testing.T, c *config.KubeSchedulerConfiguration) *args.Args {
	t.Helper()
	for _, entry := range c.Profiles[0].PluginConfig {
		if entry.Name == args.Name {
			a, ok := entry.Args.(*args.Args)
			if !ok {
				t.Fatalf("arguments are %T", entry.Args)
			}
			return a
		}
	}
	t.Fatal("no arguments")
	return nil
}

func TestArgumentsArriveWithAndWithoutAKind(t *testing.T) {
	for _, kind := range []string{"", "kind: network_trafficArgs, apiVersion: kubescheduler.config.k8s.io/v1, "} {
		c, err := read(t, configuration("network_traffic", "{"+kind+"prometheusURL: http://prometheus:9090, window: 3m}"))
		if err != nil {
			t.Fatal(err)
		}
		if a := arguments(t, c); a.PrometheusURL != "http://prometheus:9090" || a.Window.Minutes() != 3 || a.Direction != "max" {
			t.Errorf("%q: %+v", kind, a)
		}
	}
}

func TestPublishedArgumentsArriveTranslated(t *testing.T) {
	c, err := read(t, configuration("network_traffic", "{ip: 'http://prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}"))
	if err != nil {
		t.Fatal(err)
	}
	if a := arguments(t, c); a.PrometheusURL != "http://prometheus.kube-system:9090" || a.Device != "eth0" || a.Window.Hours() != 1 || len(args.Warnings(a)) != 3 {
		t.Errorf("%+v", a)
	}
}

func TestWhatCannotBeMeantIsRefusedWhenTheConfigurationIsRead(t *testing.T) {
	for _, c := range []struct{ name, arguments, want string }{
		{"network_traffic", "{prometheusURL: 'http://p', device_name: eth0}", `unknown field "device_name"`},
		{"network_traffic", "{prometheusURL: 'http://p', auth: {token: x}}", `unknown field "auth.token"`},
		{"network_traffic", "{prometheusURL: 5}", "prometheusURL"},
		{"network_traffic", "{kind: NetworkTrafficArgs, apiVersion: kubescheduler.config.k8s.io/v1, ip: x}", `write the pluginConfig's name (and kind, if any) as "network_traffic" ("network_trafficArgs")`},
		{"NetworkTraffic", "{ip: 'prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}", `no plugin is called "NetworkTraffic"; write the pluginConfig's name`},
		{"NetworkTraffic", "{}", `no plugin is called "NetworkTraffic"`},
	} {
		if _, err := read(t, configuration(c.name, c.arguments)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %s", c.name, c.arguments, err, c.want)
		}
	}
}

// kube-scheduler shows on /configz what this conversion makes.
func TestTheEffectiveArgumentsAreShown(t *testing.T) {
	c, err := read(t, configuration("network_traffic", "{ip: 'http://prometheus:9090', timeRange: 4, linkCapacity: {a: 1Gbps}}"))
	if err != nil {
		t.Fatal(err)
	}
	external := &configv1.KubeSchedulerConfiguration{}
	if err := conversionv1.Convert_config_KubeSchedulerConfiguration_To_v1_KubeSchedulerConfiguration(c, external, nil); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(external)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"prometheusURL":"http://prometheus:9090"`, `"window":"4m0s"`, `"maxAge":"4m0s"`, `"timeout":"5s"`, `"direction":"max"`, `"linkCapacity":{"a":"1Gbps"}`, `"inFlight":"annotations"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
