package plugintest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kubeconfig names an API server that nobody is: a scheduler that only reads its configuration asks none.
const kubeconfig = `
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
users: [{name: none, user: {}}]
`

// Binary tests that a kube-scheduler holds the plugin: it writes out the effective configuration, and refuses what Refused
// lists. command makes a process of it with more arguments.
func Binary(t *testing.T, command func(arguments ...string) *exec.Cmd) {
	client := "kubeconfig: '" + write(t, "kubeconfig", kubeconfig) + "'"
	run := func(text Text) (written, said string, err error) {
		text.Client = client
		file := filepath.Join(t.TempDir(), "effective.yaml")
		process := command("--config", text.File(t), "--secure-port", "0", "--write-config-to", file)
		Tie(process)
		out, err := process.CombinedOutput()
		if err != nil {
			return "", string(out), err
		}
		content, err := os.ReadFile(file)
		return string(content), string(out), err
	}
	t.Run("accepts the plugin's arguments", func(t *testing.T) {
		written, said, err := run(Text{Arguments: "{prometheusURL: 'http://prometheus:9090', window: 3m}"})
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		for _, want := range []string{"kind: network_trafficArgs", "prometheusURL: http://prometheus:9090", "window: 3m0s", "maxAge: 3m0s"} {
			if !strings.Contains(written, want) {
				t.Errorf("no %q in\n%s", want, written)
			}
		}
	})
	t.Run("refuses what cannot be meant", func(t *testing.T) {
		for _, c := range append(Refused[:1:1], Refused[4]) {
			if _, said, err := run(c.Text); err == nil || !strings.Contains(unquote(said), c.Want) {
				t.Errorf("%s %s: %v\n%s\nwant %s", c.Text.Name, c.Text.Arguments, err, said, c.Want)
			}
		}
	})
	t.Run("refuses arguments that the plugin refuses", func(t *testing.T) {
		_, said, err := run(Text{Arguments: "{ip: 'prometheus:9090'}"})
		if want := `probably meant is "http://prometheus:9090"`; err == nil || !strings.Contains(unquote(said), want) {
			t.Errorf("%v\n%s\nwant %s", err, said, want)
		}
	})
}

// unquote undoes what a log does to quotation marks.
func unquote(log string) string { return strings.ReplaceAll(log, `\"`, `"`) }
