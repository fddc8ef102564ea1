// Package whole tests whole schedulers; see the packages below it.
package whole

import (
	"strings"
	"testing"

	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/detection"
	"kube-windtunnel/scheduler/whole/stage"
)

// The real scheduler passes every check.
func TestReal(t *testing.T) {
	subject := stage.Subject{Binary: binary(t, cluster.Real)}
	for _, check := range checks.All() {
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			passes(t, check, subject)
		})
	}
}

// The manifests of the second scheduler, and the published ones as mended, work with the real scheduler.
func TestManifests(t *testing.T) {
	addon, examples, err := detection.Addon()
	if err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"addon": addon, "examples": examples} {
		subject := stage.Subject{Binary: binary(t, cluster.Real), Manifests: folder}
		for _, check := range checks.OfManifests() {
			t.Run(name+"/"+check.Name, func(t *testing.T) {
				t.Parallel()
				passes(t, check, subject)
			})
		}
	}
}

// What is seen of scores and placements is the plugin's doing: without it the same checks fail.
func TestWithoutThePlugin(t *testing.T) {
	subject := stage.Subject{Binary: binary(t, cluster.Real), Without: true}
	for name, want := range map[string]string{
		"idle-over-busy": "scores of pod", "noise-is-no-difference": "never asked the plugin for a score",
		"no-query-per-pod": "never asked the plugin for a score", "burst": "pods by node",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check, _ := checks.ByName(name)
			err, log := pool.Perform(subject, check.Run)
			if saw, _ := stage.AsSymptom(err); !strings.Contains(saw, want) {
				t.Errorf("want %q, got %v\n%s", want, err, log)
			}
		})
	}
}
