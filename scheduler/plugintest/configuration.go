package plugintest

import (
	"encoding/json"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/args"
)

// Configurations tests how arguments get from a file to the plugin.
func Configurations(t *testing.T, read Read) {
	t.Run("arguments arrive, with and without a kind", func(t *testing.T) {
		for _, kind := range []string{"", "kind: network_trafficArgs, apiVersion: kubescheduler.config.k8s.io/v1, "} {
			Arrive(t, read, Text{Arguments: "{" + kind + "prometheusURL: http://prometheus:9090, window: 3m}"})
		}
	})
	t.Run("published arguments arrive translated", func(t *testing.T) {
		a := arguments(t, read, Text{Arguments: "{ip: 'http://prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}"})
		if a.PrometheusURL != "http://prometheus.kube-system:9090" || a.Device != "eth0" || a.Window.Hours() != 1 || len(args.Warnings(a)) != 3 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what cannot be meant is refused", func(t *testing.T) {
		for _, c := range Refused {
			if _, err := read(c.Text.File(t)); err == nil || !strings.Contains(err.Error(), c.Want) {
				t.Errorf("%s %s: %v, want %s", c.Text.Name, c.Text.Arguments, err, c.Want)
			}
		}
	})
	t.Run("the effective arguments are shown", func(t *testing.T) {
		text := shown(t, read, Text{Arguments: "{ip: 'http://prometheus:9090', timeRange: 4, linkCapacity: {a: 1Gbps}}"})
		for _, want := range []string{`"prometheusURL":"http://prometheus:9090"`, `"window":"4m0s"`, `"maxAge":"4m0s"`, `"timeout":"5s"`, `"direction":"max"`, `"linkCapacity":{"a":"1Gbps"}`, `"inFlight":"annotations"`} {
			if !strings.Contains(string(text), want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
	})
}

// Refused are configurations that no kube-scheduler may read, each with what its error has to say.
var Refused = []struct {
	Text Text
	Want string
}{
	{Text{Arguments: "{prometheusURL: 'http://p', device_name: eth0}"}, `unknown field "device_name"`},
	{Text{Arguments: "{prometheusURL: 'http://p', auth: {token: x}}"}, `unknown field "auth.token"`},
	{Text{Arguments: "{prometheusURL: 5}"}, "prometheusURL"},
	{Text{Arguments: "{kind: NetworkTrafficArgs, apiVersion: kubescheduler.config.k8s.io/v1, ip: x}"},
		`write the pluginConfig's name (and kind, if any) as "network_traffic" ("network_trafficArgs")`},
	{Text{Name: args.PublishedName, Arguments: "{ip: 'prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}"},
		`no plugin is called "NetworkTraffic"; write the pluginConfig's name`},
	{Text{Name: args.PublishedName, Arguments: "{}"}, `no plugin is called "NetworkTraffic"`},
}

// Arrive tests that prometheusURL http://prometheus:9090 and window 3m of a file reach the plugin, with defaults.
func Arrive(t *testing.T, read Read, text Text) {
	t.Helper()
	if a := arguments(t, read, text); a.PrometheusURL != "http://prometheus:9090" || a.Window.Minutes() != 3 || a.Direction != "max" {
		t.Errorf("%s: %+v", text.Arguments, a)
	}
}

// shown is what /configz would answer with.
func shown(t *testing.T, read Read, text Text) []byte {
	t.Helper()
	configuration, err := read(text.File(t))
	if err != nil {
		t.Fatal(err)
	}
	external, err := configuration.Shown()
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(external)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// arguments picks the plugin's out of that, defaults filled in or not.
func arguments(t *testing.T, read Read, text Text) *args.Args {
	t.Helper()
	var configuration struct {
		Profiles []struct {
			PluginConfig []struct {
				Name string
				Args json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(shown(t, read, text), &configuration); err != nil {
		t.Fatal(err)
	}
	for _, entry := range configuration.Profiles[0].PluginConfig {
		if entry.Name == args.Name {
			a, err := args.Decode(entry.Args)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
	}
	t.Fatal("no arguments")
	return nil
}
