package plugintest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kube-windtunnel/scheduler/args"
)

// Text is a configuration file; what is left out is what most tests need.
type Text struct {
	// Version is that of the configuration's API. Default v1.
	Version string
	// Profile is the schedulerName. Default the published one.
	Profile string
	// Points enables the plugin. Default Everywhere.
	Points string
	// Name is the pluginConfig's. Default the plugin's.
	Name string
	// Arguments are the pluginConfig's, as a YAML flow mapping.
	Arguments string
	// Client is the clientConnection. Default none.
	Client string
}

// How the plugin is enabled: at every extension point that it has, or for scoring alone, as published.
const (
	Everywhere = `      multiPoint: {disabled: [{name: "*"}], enabled: [{name: network_traffic, weight: 3}]}`
	ScoreAlone = `      multiPoint: {disabled: [{name: "*"}]}
      score: {enabled: [{name: network_traffic}]}`
)

// String is the file. Beside the plugin only that is enabled without which there is no framework.
func (x Text) String() string {
	return fmt.Sprintf(`
apiVersion: kubescheduler.config.k8s.io/%s
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {%s}
profiles:
  - schedulerName: %s
    plugins:
%s
      queueSort: {enabled: [{name: PrioritySort}]}
      bind: {enabled: [{name: DefaultBinder}]}
    pluginConfig:
      - name: %s
        args: %s
`, or(x.Version, "v1"), x.Client, or(x.Profile, "networktraffic-scheduler"), or(x.Points, Everywhere), or(x.Name, args.Name), x.Arguments)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// File writes it into a folder of the test's own.
func (x Text) File(t *testing.T) string {
	t.Helper()
	return write(t, "scheduler-config.yaml", x.String())
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
