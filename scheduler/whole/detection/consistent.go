package detection

import (
	"fmt"
	"slices"
	"strings"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/checks"
)

// Problems are where results and the declared table contradict each other, or do not speak of the same things. One to a
// line.
func (r Results) Problems() string {
	var problems []string
	tell := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	for _, pair := range Declared() {
		if !slices.Contains(r[string(pair.Defect)], pair.Check) {
			tell("%s was not caught by %s", pair.Defect, pair.Check)
		}
	}
	for _, name := range []string{RealRow, ControlRow} {
		caught, measured := r[name]
		if !measured || len(caught) > 0 {
			tell("%s was measured: %v, and caught by %v", name, measured, caught)
		}
	}
	defects := Defects()
	for subject, caught := range r {
		if subject != RealRow && subject != ControlRow && !slices.Contains(defects, specimens.Switch(subject)) {
			tell("%s is no defect any more", subject)
		}
		for _, name := range caught {
			if _, ok := checks.ByName(name); !ok {
				tell("%s is no check any more", name)
			}
		}
	}
	for _, defect := range defects {
		if _, measured := r[string(defect)]; !measured {
			tell("%s was not measured", defect)
		}
		if !slices.ContainsFunc(Declared(), func(p Pair) bool { return p.Defect == defect }) {
			tell("%s is caught by no declared check", defect)
		}
	}
	slices.Sort(problems)
	return strings.Join(problems, "\n")
}
