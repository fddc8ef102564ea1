// Package checks is what a scheduler with the plugin network_traffic must do, each as a function that runs one against a
// real control plane and returns what it saw of a defect.
//
// It owns the worlds, and what is right in them. It refuses to know which defects exist: the same checks run on the real
// scheduler, on the specimen scheduler without a switch, and with switches (package detection).
package checks

import (
	"sort"

	"kube-windtunnel/scheduler/whole/stage"
)

// Check is one named expectation.
type Check struct {
	// Name is how tests and tables call it.
	Name string
	// Scenario is its number in the research (R12); several are parted by commas.
	Scenario string
	// Expects is what a right scheduler does, in one line.
	Expects string
	// Run returns nil, a stage.Symptom, or trouble of the harness.
	Run func(*stage.Stage) error
}

// All are the checks in the order of their scenarios.
func All() []Check {
	var all []Check
	for _, group := range [][]Check{configuration, preferences, spreads, identity, failures, cost, logging, election} {
		all = append(all, group...)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Scenario < all[j].Scenario })
	return all
}

// OfManifests are the checks of manifests, for subjects that have them.
func OfManifests() []Check { return append(append([]Check(nil), deployed...), linted...) }

// ByName finds a check of any sort; false where there is none.
func ByName(name string) (Check, bool) {
	for _, check := range append(All(), OfManifests()...) {
		if check.Name == name {
			return check, true
		}
	}
	return Check{}, false
}
