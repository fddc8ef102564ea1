package whole

import (
	"strings"
	"testing"

	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/detection"
	"kube-windtunnel/scheduler/whole/stage"
)

// The specimen scheduler without a switch passes every check: what is caught below is due to a switch.
func TestControl(t *testing.T) {
	subject, err := detection.Subject("")
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range checks.All() {
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			passes(t, check, subject)
		})
	}
}

// Every defect is caught by the checks that say so, and by what they say.
func TestDefects(t *testing.T) {
	for _, pair := range detection.Declared() {
		subject, err := detection.Subject(pair.Defect)
		if err != nil {
			t.Fatal(err)
		}
		check, ok := checks.ByName(pair.Check)
		if !ok {
			t.Fatalf("no check is called %s", pair.Check)
		}
		t.Run(string(pair.Defect)+"/"+pair.Check, func(t *testing.T) {
			t.Parallel()
			err, log := pool.Perform(subject, check.Run)
			saw, caught := stage.AsSymptom(err)
			if !caught {
				t.Fatalf("not caught: %v\n%s", err, log)
			}
			for _, text := range pair.Shows {
				if !strings.Contains(saw, text) {
					t.Errorf("caught without %q, but: %s", text, saw)
				}
			}
		})
	}
}
