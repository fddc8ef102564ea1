package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kube-windtunnel/scheduler/whole/cluster"
)

const (
	// plugin is the plugin's name in configurations and metrics.
	plugin = "network_traffic"
	// profileName is whom the pods ask for.
	profileName = "measured"
	// interval is that between two queries of the plugin.
	interval = 15 * time.Second
)

// configuration is that of an arm. Both get the same limits on requests, so high that none is reached, and Kubernetes's own
// feature gates.
func configuration(arm, url string, equal bool) string {
	text := `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {qps: 10000, burst: 10000, contentType: application/vnd.kubernetes.protobuf}
profiles:
  - schedulerName: ` + profileName + "\n"
	if arm == with {
		text += "    plugins: {multiPoint: {enabled: [{name: " + plugin + ", weight: 1}]}}\n"
	}
	var arguments []string
	if arm == with {
		arguments = append(arguments, fmt.Sprintf("{name: %s, args: {prometheusURL: %q, interval: %s}}", plugin, url, interval))
	}
	if equal {
		arguments = append(arguments, "{name: PodTopologySpread, args: {defaultingType: List, defaultConstraints: []}}")
	}
	return text + "    pluginConfig: [" + strings.Join(arguments, ", ") + "]\n"
}

// profile takes a CPU profile for ten seconds of a run, where one is wanted; the function returned waits for it.
func (b *bench) profile(s *cluster.Scheduler, name string) func() error {
	if b.profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() {
		if err := s.Ready(); err != nil {
			done <- err
			return
		}
		// A scrape may take five seconds at most, which bounds the profile too.
		text, err := s.Get("/debug/pprof/profile?seconds=4")
		if err == nil {
			err = os.WriteFile(filepath.Join(b.profiles, name+".pprof"), []byte(text), 0o644)
		}
		done <- err
	}()
	return func() error { return <-done }
}
