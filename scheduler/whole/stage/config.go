package stage

import "strings"

// Plugin is the plugin's name in configurations and metrics.
const Plugin = "network_traffic"

// config is the configuration that the scheduler starts with.
func (s Setup) config(prometheus string, without bool) string {
	if without {
		return bare
	}
	if s.Config != "" {
		return strings.ReplaceAll(s.Config, "PROMETHEUS", prometheus)
	}
	arguments := s.Arguments
	if !strings.Contains(arguments, "prometheusURL:") && !strings.Contains(arguments, "ip:") {
		arguments = "prometheusURL: " + prometheus + "\n" + arguments
	}
	return Configuration(Plugin, strings.ReplaceAll(arguments, "PROMETHEUS", prometheus))
}

// bare is a configuration without the plugin.
const bare = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
profiles:
  - schedulerName: ` + SchedulerName + `
`

// Configuration is a KubeSchedulerConfiguration with the plugin at weight 1, and arguments under the name given; without a
// name there are none.
func Configuration(name, arguments string) string {
	text := bare + `    plugins:
      multiPoint:
        enabled: [{name: ` + Plugin + `, weight: 1}]
`
	if name == "" {
		return text
	}
	return text + `    pluginConfig:
      - name: ` + name + `
        args:
          ` + strings.ReplaceAll(strings.TrimSpace(arguments), "\n", "\n          ") + "\n"
}
