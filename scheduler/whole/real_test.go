// Package whole tests whole schedulers; see the packages below it.
package whole

import (
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
			if err, log := perform(t, check, subject); err != nil {
				t.Errorf("%s: %s\n%v\n%s", check.Scenario, check.Expects, err, log)
			}
		})
	}
}
