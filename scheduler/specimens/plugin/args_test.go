package plugin

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/specimens"
)

const publishedArguments = `{"ip":"prometheus.kube-system:9090","deviceName":"eth0","timeRange":60}`

func set(t *testing.T, text string) specimens.Set {
	t.Helper()
	parsed, err := specimens.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestHowArgumentsArrive(t *testing.T) {
	for _, c := range []struct {
		switches string
		object   runtime.Object
		shown    string
		failed   string
	}{
		{"silent-args", nil, "{IP: DeviceName: TimeRange:0}", ""},
		{"as-published", nil, "{IP: DeviceName: TimeRange:0}", ""},
		{"decode-by-value", yaml(publishedArguments), "", "json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)"},
		{"as-published", yaml(publishedArguments), "", "json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)"},
		{"snake-case-tags,any-address", yaml(publishedArguments), "{IP:prometheus.kube-system:9090 DeviceName: TimeRange:0}", ""},
		{"snake-case-tags", yaml(`{"ip":"http://p","device_name":"eth0","time_range":5,"color":"red"}`), "{IP:http://p DeviceName:eth0 TimeRange:5}", ""},
		{"any-address", yaml(publishedArguments), "{IP:prometheus.kube-system:9090 DeviceName:eth0 TimeRange:60}", ""},
		{"any-address", &args.Args{IP: "10.0.0.4:9090"}, "{IP:10.0.0.4:9090 DeviceName: TimeRange:0}", ""},
		// What is not switched on is right.
		{"herding", yaml(publishedArguments), "", `probably meant is "http://prometheus.kube-system:9090"`},
		{"snake-case-tags", yaml(publishedArguments), "", `has no scheme; probably meant is "http://prometheus.kube-system:9090"`},
		{"silent-args", yaml(`{"ip":"http://p","color":"red"}`), "", `unknown field "color"`},
		{"any-address", yaml(`{"ip":"p:9090","window":"1s"}`), "", "window: Invalid"},
		{"any-address", yaml(`{"color":"red"}`), "", `unknown field "color"`},
		{"any-address", nil, "", "prometheusURL: Required"},
		{"decode-by-value", nil, "", "prometheusURL: Required"},
		{"snake-case-tags", yaml("{}"), "", "prometheusURL: Required"},
		{"snake-case-tags", &args.Args{}, "", "want args of type runtime.Unknown, got *args.Args"},
	} {
		got, err := decode(set(t, c.switches), c.object)
		if c.failed != "" {
			if err == nil || !strings.Contains(err.Error(), c.failed) {
				t.Errorf("%s of %v: %v, want %s", c.switches, c.object, err, c.failed)
			}
			continue
		}
		if err != nil || got.shown != c.shown {
			t.Errorf("%s of %v: %q, %v, want %s", c.switches, c.object, got.shown, err, c.shown)
		}
	}
}

func TestOnlyPublishedDecodingGoesWithoutAScheme(t *testing.T) {
	for _, entry := range specimens.Catalogue() {
		if entry.Kind != specimens.Code {
			continue
		}
		raw := entry.Name == specimens.SilentArgs || entry.Name == specimens.DecodeByValue || entry.Name == specimens.SnakeCaseTags
		if Typed(specimens.Of(entry.Name)) == raw {
			t.Errorf("%s: typed %v", entry.Name, !raw)
		}
	}
}

func TestMistakesThatAreNothingButOtherArguments(t *testing.T) {
	for switches, want := range map[string]string{
		"hour-window":  `"window":"1h0m0s"`,
		"receive-only": `"direction":"receive"`,
		"herding":      `"inFlight":"none"`,
		"no-capacity":  `"linkCapacity":"1Gbps"`,
		"one-device":   `"device":"eth0"`,
	} {
		given, err := decode(set(t, switches), yaml(`{"prometheusURL":"http://p","window":"90s"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := given.mistaken(set(t, switches)).String(); !strings.Contains(got, want) || strings.Contains(given.String(), want) {
			t.Errorf("%s: %s", switches, got)
		}
	}
	given, err := decode(set(t, "one-device"), yaml(`{"prometheusURL":"http://p","deviceName":"ens3"}`))
	if err != nil || given.mistaken(set(t, "one-device")).Device != "ens3" {
		t.Errorf("deviceName: %v, %v", given, err)
	}
}

func TestAddressesThatAreNoURL(t *testing.T) {
	for switches, fatal := range map[string]bool{"any-address": false, "any-address,dump-per-node": false, "fatal-address": true, "fatal-address,dump-per-node": true} {
		o, err := try(t, switches, nil, yaml(`{"ip":"10.0.0.4:9090"}`))
		if err == nil || !strings.Contains(err.Error(), "first path segment in URL cannot contain colon") || strings.Contains(o.log.String(), "FATAL") != fatal {
			t.Errorf("%s: %v, %s", switches, err, o.log)
		}
	}
}
