// Package whole tests whole schedulers; see the packages below it.
package whole

import (
	"path/filepath"
	"testing"

	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/cluster"
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
	for name, path := range map[string]string{"addon": "", "examples": "examples"} {
		subject := stage.Subject{Binary: binary(t, cluster.Real), Manifests: filepath.Join("..", "..", "clusters", "addons", "bandwidth-scheduler", path)}
		for _, check := range checks.OfManifests() {
			t.Run(name+"/"+check.Name, func(t *testing.T) {
				t.Parallel()
				passes(t, check, subject)
			})
		}
	}
}
