package detection

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// Results are, for each subject's name, the checks that caught it.
type Results map[string][]string

// The names of the subjects without a defect.
const (
	// RealRow is the real scheduler, with the manifests of the addon.
	RealRow = "(bandwidth-scheduler)"
	// ControlRow is the specimen scheduler without a switch.
	ControlRow = "(specimen-scheduler)"
)

// entrant is a subject with the checks that are for it.
type entrant struct {
	name    string
	subject stage.Subject
	checks  []checks.Check
}

// entrants are all subjects of the matrix, in the order of its rows.
func entrants() ([]entrant, error) {
	binary, err := cluster.Binary(cluster.Real)
	if err != nil {
		return nil, err
	}
	addon, _, err := Addon()
	if err != nil {
		return nil, err
	}
	control, err := Subject("")
	if err != nil {
		return nil, err
	}
	all := []entrant{
		{RealRow, stage.Subject{Binary: binary, Manifests: addon}, append(checks.All(), checks.OfManifests()...)},
		{ControlRow, control, checks.All()},
	}
	for _, defect := range Defects() {
		subject, err := Subject(defect)
		if err != nil {
			return nil, err
		}
		if subject.Manifests != "" {
			all = append(all, entrant{string(defect), subject, checks.OfManifests()})
		} else {
			all = append(all, entrant{string(defect), subject, checks.All()})
		}
	}
	return all, nil
}

// Defects are all that can be caught: what the catalogue has in code and files, and the profiles.
func Defects() []specimens.Switch {
	var out []specimens.Switch
	for _, entry := range specimens.Catalogue() {
		if entry.Kind != specimens.None {
			out = append(out, entry.Name)
		}
	}
	return append(out, slices.Sorted(maps.Keys(profiles()))...)
}

func profiles() map[specimens.Switch]bool {
	out := map[specimens.Switch]bool{}
	for name := range specimens.Profiles() {
		out[specimens.Switch(name)] = true
	}
	return out
}

// Measure runs every check that is for it on every subject. say hears of each that ends.
func Measure(pool *stage.Pool, say func(subject, check, saw string)) (Results, error) {
	all, err := entrants()
	if err != nil {
		return nil, err
	}
	results, mu, wait := Results{}, sync.Mutex{}, sync.WaitGroup{}
	var trouble error
	for _, e := range all {
		results[e.name] = []string{}
		for _, check := range e.checks {
			wait.Go(func() {
				err, log := pool.Perform(e.subject, check.Run)
				mu.Lock()
				defer mu.Unlock()
				saw, caught := stage.AsSymptom(err)
				switch {
				case caught:
					results[e.name] = append(results[e.name], check.Name)
				case err != nil && trouble == nil:
					trouble = fmt.Errorf("%s on %s: %w\n%s", check.Name, e.name, err, log)
				}
				say(e.name, check.Name, saw)
			})
		}
	}
	wait.Wait()
	for _, caught := range results {
		slices.Sort(caught)
	}
	return results, trouble
}

// LoadResults reads what Save wrote.
func LoadResults(path string) (Results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	results := Results{}
	return results, json.Unmarshal(text, &results)
}

// Save writes results, in the order of the names.
func (r Results) Save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
