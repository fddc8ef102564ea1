package specimentest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/plugintest"
	"kube-windtunnel/scheduler/specimens"
)

// Catalogue tests what --list-specimens prints.
func Catalogue(t *testing.T) {
	table, err := plugintest.Self("--list-specimens").Output()
	if err != nil || !strings.Contains(string(table), "argument-order") || !strings.Contains(string(table), "as-published") {
		t.Errorf("%v\n%s", err, table)
	}
	text, err := plugintest.Self("--list-specimens=json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Specimens []specimens.Entry }
	if err := json.Unmarshal(text, &read); err != nil || len(read.Specimens) != len(specimens.Catalogue()) {
		t.Errorf("%v, %d specimens", err, len(read.Specimens))
	}
}

// Refused tests that flags which cannot be meant end the start, without all of kube-scheduler's flags.
func Refused(t *testing.T) {
	for flag, want := range map[string]string{
		"--specimens=herding,argument-ordr": "no specimen is called",
		"--specimens=image-tag":             "is no switch but files",
		"--list-specimens=xml":              "want table or json",
	} {
		said, err := plugintest.Self(flag).CombinedOutput()
		if err == nil || !strings.Contains(string(said), want) || strings.Contains(string(said), "Usage:") {
			t.Errorf("%s: %v\n%.500s", flag, err, said)
		}
	}
}

// nobody is an API server that is asked nothing by a scheduler which only builds its plugins.
const nobody = `
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
users: [{name: none, user: {}}]
`

// Starts tests what each set of switches and configuration makes of the start.
func Starts(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte(nobody), 0o600); err != nil {
		t.Fatal(err)
	}
	const published = "{ip: 'prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}"
	for _, c := range []struct {
		specimens, name, arguments string
		code                       int
		said                       string
	}{
		{"", "NetworkTraffic", published, 1, `no plugin is called "NetworkTraffic"`},
		{"silent-args", "NetworkTraffic", published, 0, "{IP: DeviceName: TimeRange:0}"},
		{"as-published", "NetworkTraffic", published, 0, "NetworkTrafficArgs: {IP: DeviceName: TimeRange:0}"},
		{"as-published", "", published, 1, `initializing plugin "network_traffic": json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)`},
		{"snake-case-tags,any-address", "", published, 0, "{IP:prometheus.kube-system:9090 DeviceName: TimeRange:0}"},
		{"any-address", "", published, 0, "{IP:prometheus.kube-system:9090 DeviceName:eth0 TimeRange:60}"},
		{"any-address", "", "{ip: '10.0.0.4:9090'}", 1, "first path segment in URL cannot contain colon"},
		{"fatal-address", "", "{ip: '10.0.0.4:9090'}", 255, "\nF"},
		{"herding", "", published, 1, `probably meant is "http://prometheus.kube-system:9090"`},
	} {
		text := plugintest.Text{Name: c.name, Arguments: c.arguments, Client: "kubeconfig: '" + kubeconfig + "'"}
		process := plugintest.Self("--config", text.File(t), "--secure-port", "0", "--write-config-to", filepath.Join(t.TempDir(), "effective.yaml"), "--specimens", c.specimens)
		said, _ := process.CombinedOutput()
		if code := process.ProcessState.ExitCode(); code != c.code || !strings.Contains(strings.ReplaceAll("\n"+string(said), `\"`, `"`), c.said) {
			t.Errorf("--specimens=%s, %s under %q: exit code %d\n%.2000s\nwant %d and %s", c.specimens, c.arguments, c.name, code, said, c.code, c.said)
		}
	}
}
