package checks

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// schedulerConfig is a KubeSchedulerConfiguration of one profile, as far as checks need to know it.
type schedulerConfig struct {
	text string
	tree map[string]any
}

func readSchedulerConfig(text string) (schedulerConfig, error) {
	c := schedulerConfig{text: text}
	if err := yaml.Unmarshal([]byte(text), &c.tree); err != nil {
		return c, err
	}
	if c.schedulerName() == "" {
		return c, fmt.Errorf("a configuration without a profile:\n%s", text)
	}
	return c, nil
}

func (c schedulerConfig) profile() map[string]any {
	profiles, _ := c.tree["profiles"].([]any)
	if len(profiles) == 0 {
		return nil
	}
	first, _ := profiles[0].(map[string]any)
	return first
}

func (c schedulerConfig) schedulerName() string {
	name, _ := c.profile()["schedulerName"].(string)
	return name
}

// arguments are those of every pluginConfig, whatever its name.
func (c schedulerConfig) arguments() []map[string]any {
	var out []map[string]any
	entries, _ := c.profile()["pluginConfig"].([]any)
	for _, entry := range entries {
		fields, _ := entry.(map[string]any)
		if arguments, ok := fields["args"].(map[string]any); ok {
			out = append(out, arguments)
		}
	}
	return out
}

// addressFields are the arguments that hold the address of Prometheus.
var addressFields = []string{"prometheusURL", "ip"}

// addresses are those of Prometheus.
func (c schedulerConfig) addresses() []string {
	var out []string
	for _, arguments := range c.arguments() {
		for _, field := range addressFields {
			if address, ok := arguments[field].(string); ok {
				out = append(out, address)
			}
		}
	}
	return out
}

// reachable is the configuration with the tests' Prometheus instead of its own, and nothing else changed.
func (c schedulerConfig) reachable() string {
	copied, err := readSchedulerConfig(c.text)
	if err != nil {
		panic("what was read can be read again: " + err.Error())
	}
	for _, arguments := range copied.arguments() {
		for _, field := range addressFields {
			if _, ok := arguments[field]; ok {
				arguments[field] = "PROMETHEUS"
			}
		}
	}
	text, err := yaml.Marshal(copied.tree)
	if err != nil {
		panic("what was read can be written: " + err.Error())
	}
	return string(text)
}
