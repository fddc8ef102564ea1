package args

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const valid = "prometheusURL: http://prometheus.monitoring:9090\n"

func from(text string) (*Args, error) { return From(&runtime.Unknown{Raw: []byte(text)}) }

func TestDefaultsAreFilledIn(t *testing.T) {
	a, err := from(valid)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(a)
	want := `{"prometheusURL":"http://prometheus.monitoring:9090","auth":{},"device":` + string(quoted(t, DefaultDevice)) +
		`,"window":"2m0s","maxAge":"2m0s","timeout":"5s","interval":"15s","direction":"max","linkCapacity":"auto","inFlight":"annotations"}`
	if string(text) != want || a.String() != want {
		t.Errorf("got  %s, as text %s\nwant %s", text, a, want)
	}
	if len(Warnings(a)) != 0 {
		t.Errorf("warnings: %v", Warnings(a))
	}
}

func TestEveryFieldArrives(t *testing.T) {
	a, err := from(`
apiVersion: kubescheduler.config.k8s.io/v1
kind: network_trafficArgs
prometheusURL: https://prometheus.example:9090/prefix
auth:
  basic: {username: u, passwordFile: /p}
  caFile: /ca
  certFile: /cert
  keyFile: /key
  headers: {X-Scope-OrgID: team-a}
device: ens.*
window: 3m
maxAge: 4m
timeout: 2s
interval: 30s
direction: sum
linkCapacity: {worker-1: 1Gbps, "*": auto}
inFlight: 10Mbps
unknownScore: 50
`)
	if err != nil {
		t.Fatal(err)
	}
	if a.Auth.Basic.Username != "u" || a.Auth.Headers["X-Scope-OrgID"] != "team-a" || a.Device != "ens.*" || a.Window.Duration != 3*time.Minute ||
		a.MaxAge.Duration != 4*time.Minute || a.Timeout.Duration != 2*time.Second || a.Interval.Duration != 30*time.Second ||
		a.Direction != "sum" || a.InFlight != "10Mbps" || a.UnknownScore != 50 {
		t.Errorf("got %+v", a)
	}
	if rate, ok := a.LinkCapacity.Of("worker-1"); !ok || rate != 125e6 {
		t.Errorf("worker-1 = %v %v", rate, ok)
	}
	if _, ok := a.LinkCapacity.Of("worker-2"); ok || !a.LinkCapacity.NeedsSpeed() {
		t.Error("worker-2 should ask the exporter")
	}
	if c := a.DeepCopy(); func() bool { c.LinkCapacity.ByNode["x"] = "y"; c.Auth.Basic.Username = "v"; return true }() {
		if _, shared := a.LinkCapacity.ByNode["x"]; shared || a.Auth.Basic.Username != "u" {
			t.Error("the copy shares with the original")
		}
	}
}

func TestUnknownAndRepeatedFieldsAreRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		valid + "device_name: eth0":                 `unknown field "device_name"`,
		valid + "PrometheusURL: http://x":           `unknown field "PrometheusURL"`,
		valid + "auth: {token: x}":                  `unknown field "auth.token"`,
		valid + "window: 1m\nwindow: 2m":            `"window" already set`,
		valid + "device: 5":                         "device of type string",
		valid + "linkCapacity: 5":                   "linkCapacity: want",
		valid + "linkCapacity: {a: 5}":              "linkCapacity: want",
		valid + "unknownScore: 1.5":                 "unknownScore of type int64",
		valid + "kind: NetworkTrafficArgs":          `kind is "NetworkTrafficArgs", want "network_trafficArgs" or none`,
		"[]":                                        "cannot unmarshal array",
		valid + "\t":                                "found a tab character",
		"":                                          `prometheusURL: Required value: the address of Prometheus, in the pluginConfig named "network_traffic"`,
		valid + "timeRange: many":                   "timeRange of type int64",
		valid + "unknown: 1\nalso_unknown: 2":       `unknown field "unknown"`,
		valid + "also_unknown: 2\nunknown: 1\nx: 3": `unknown field "also_unknown"`,
	} {
		if _, err := from(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	_, err := from(`
prometheusURL: ftp://user@host
auth: {bearerTokenFile: /t, basic: {}, certFile: /c, headers: {Authorization: x, "bad name": "1", Host: z, X-A: "a\nb"}}
device: "eth["
window: soon
maxAge: -1s
timeout: 0.0001ms
interval: 5
direction: both
linkCapacity: {a: 10G, b: 0bps}
inFlight: some
unknownScore: 101
`)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`prometheusURL: Invalid value: "ftp://user@host": must begin with http`, "auth.basic: Forbidden", "auth.basic.username: Required",
		"auth.basic.passwordFile: Required", "auth.keyFile: Required", "auth.headers[Authorization]: Forbidden", "auth.headers[bad name]: Invalid",
		"auth.headers[Host]: Forbidden", "auth.headers[X-A]: Invalid", `device: Invalid value: "eth["`, `window: Invalid value: "soon": want a duration`,
		`maxAge: Invalid value: "-1s"`, `timeout: Invalid value: "100ns"`, `interval: Invalid value: "5"`, `direction: Unsupported value: "both"`,
		`linkCapacity[a]: Invalid value: "10G": want a number with bps`, "linkCapacity[b]: Invalid", "inFlight: Invalid", "unknownScore: Invalid",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in %v", want, err)
		}
	}
}

func TestTimesMustFitTogether(t *testing.T) {
	for text, want := range map[string]string{
		valid + "window: 20s":             "window: Invalid value: \"20s\": must be at least twice the interval",
		valid + "timeout: 16s":            "timeout: Invalid value: \"16s\": must not exceed the interval",
		valid + "maxAge: 10s":             "maxAge: Invalid value: \"10s\": must be at least the interval",
		valid + "window: x":               "window: Invalid",
		valid + "interval: x":             "interval: Invalid",
		valid + `window: ""`:              "window: Invalid",
		valid + "window: 9999999h\nx: 1":  `unknown field "x"`,
		valid + "window: 99999999999999h": "window: Invalid",
	} {
		_, err := from(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		} else if strings.Count(err.Error(), "Invalid value") > 1 {
			t.Errorf("%q: one mistake, several problems: %v", text, err)
		}
	}
	if a, err := from(valid + "interval: 2s"); err != nil || a.Timeout.Duration != 2*time.Second {
		t.Errorf("a short interval shortens the timeout: %v %v", a, err)
	}
}

func TestTheFrameworksKindIsRegisteredUnderItsOwnName(t *testing.T) {
	scheme := runtime.NewScheme()
	version := schema.GroupVersion{Group: "kubescheduler.config.k8s.io", Version: "v1"}
	internal := schema.GroupVersion{Group: version.Group, Version: runtime.APIVersionInternal}
	if err := Register(scheme, version, internal); err != nil {
		t.Fatal(err)
	}
	object, err := scheme.New(version.WithKind("network_traffic" + "Args"))
	if err != nil {
		t.Fatal(err)
	}
	scheme.Default(object)
	if object.(*Args).Direction != "max" {
		t.Errorf("not defaulted: %+v", object)
	}
	if out, err := scheme.ConvertToVersion(object, internal); err != nil || out.(*Args).Direction != "max" {
		t.Errorf("conversion: %v %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"ip":"x"}`), &Misnamed{}); err == nil || !strings.Contains(err.Error(), `"network_traffic" ("network_trafficArgs")`) {
		t.Errorf("misnamed: %v", err)
	}
	if _, err := From(&Misnamed{}); err == nil {
		t.Error("another type was accepted")
	}
}

func quoted(t *testing.T, text string) []byte {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
