package detection

import (
	"fmt"
	"slices"
	"strings"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/checks"
)

// Markdown is DETECTION.md: the declared table, what the results say beyond it, and the totals.
func Markdown(results Results) string {
	var out strings.Builder
	out.WriteString(head)
	totals(&out, results)
	defects(&out)
	without(&out)
	listed(&out)
	matrix(&out, results)
	return out.String()
}

const head = `# What catches which defect

Made by ` + "`go run ./cmd/detection`" + ` in ` + "`scheduler/whole`" + ` of the table in ` + "`detection/`" + `; do not edit. The names are those of the
catalogue (` + "`specimen-scheduler --list-specimens`" + `) and of the checks below.

A check is a function that starts etcd, kube-apiserver, a Prometheus and the scheduler, places pods and says what it saw. It runs
the same on the real scheduler, which passes all of them; on the specimen scheduler without a switch, which passes all of
them too; and with each switch, where the checks named here must fail with the words named here. Manifests with a defect run
with the real scheduler. ` + "`npm run scheduler:test -- --only whole`" + ` runs all three.
`

// totals counts rows of the list of 43, variants and profiles.
func totals(out *strings.Builder, results Results) {
	caught := map[specimens.Switch]bool{}
	for _, pair := range Declared() {
		caught[pair.Defect] = true
	}
	rows, reasons, variants := map[int]bool{}, map[int]bool{}, 0
	for _, entry := range specimens.Catalogue() {
		for _, row := range entry.Rows {
			if caught[entry.Name] {
				rows[row] = true
			} else if entry.Reason != "" {
				reasons[row] = true
			}
		}
		if caught[entry.Name] && len(entry.Rows) == 0 {
			variants++
		}
	}
	all := checks.All()
	fmt.Fprintf(out, `
| | |
| --- | --- |
| of the %d rows of the list, caught | %d |
| with a reason instead | %d |
| variants, caught | %d |
| profiles, caught | %d |
| checks of a scheduler, and of manifests | %d, %d |
| declared pairs of defect and check | %d |
| pairs of defect and check that were caught when all were measured | %d |
| caught on the real scheduler, and on the specimen scheduler without a switch | %d, %d |
`, specimens.Rows, len(rows), len(reasons), variants, len(profiles()), len(all), len(checks.OfManifests()), len(Declared()),
		results.pairs(), len(results[RealRow]), len(results[ControlRow]))
}

func (r Results) pairs() int {
	sum := 0
	for _, caught := range r {
		sum += len(caught)
	}
	return sum
}

func defects(out *strings.Builder) {
	out.WriteString("\n## Defects\n\n| rows | defect | caught by | sees | also in |\n| --- | --- | --- | --- | --- |\n")
	for _, pair := range Declared() {
		var shows []string
		for _, text := range pair.Shows {
			shows = append(shows, "`"+cell(text)+"`")
		}
		fmt.Fprintf(out, "| %s | `%s` | %s | %s | %s |\n", rowsOf(pair.Defect), pair.Defect, pair.Check, strings.Join(shows, " "), elsewhere(pair.Defect))
	}
}

// without lists the rows that no check can catch.
func without(out *strings.Builder) {
	out.WriteString("\n## Rows without a specimen\n\n| rows | what | why | tested instead |\n| --- | --- | --- | --- |\n")
	for _, entry := range specimens.Catalogue() {
		if entry.Kind == specimens.None {
			fmt.Fprintf(out, "| %s | %s | %s | %s |\n", rowsOf(entry.Name), cell(entry.What), cell(entry.Reason), elsewhere(entry.Name))
		}
	}
}

// listed shows the checks with the numbers that head the matrix.
func listed(out *strings.Builder) {
	out.WriteString("\n## Checks\n\n| | check | scenario | expects |\n| --- | --- | --- | --- |\n")
	for i, check := range append(checks.All(), checks.OfManifests()...) {
		fmt.Fprintf(out, "| %d | %s | %s | %s |\n", i+1, check.Name, check.Scenario, cell(check.Expects))
	}
}

// matrix marks each pair that was measured and caught: ● where it is declared, ○ where it is not.
func matrix(out *strings.Builder, results Results) {
	numbered := append(checks.All(), checks.OfManifests()...)
	out.WriteString("\n## Matrix\n\n● declared, ○ caught as well. Made with `go run ./cmd/detection -measure`, which runs every check on every subject.\n\n| defect |")
	for i := range numbered {
		fmt.Fprintf(out, " %d |", i+1)
	}
	out.WriteString("\n| --- |" + strings.Repeat(" --- |", len(numbered)) + "\n")
	names := []string{RealRow, ControlRow}
	for _, defect := range Defects() {
		names = append(names, string(defect))
	}
	for _, name := range names {
		fmt.Fprintf(out, "| %s |", name)
		for _, check := range numbered {
			fmt.Fprintf(out, " %s |", mark(results, name, check.Name))
		}
		out.WriteString("\n")
	}
}

func mark(results Results, subject, check string) string {
	if !slices.Contains(results[subject], check) {
		return ""
	}
	if slices.ContainsFunc(Declared(), func(p Pair) bool { return string(p.Defect) == subject && p.Check == check }) {
		return "●"
	}
	return "○"
}

func rowsOf(defect specimens.Switch) string {
	if profiles()[defect] {
		return "profile"
	}
	entry, _ := specimens.Find(defect)
	if len(entry.Rows) == 0 {
		return "variant"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(entry.Rows), " ", ", "), "[]")
}

func elsewhere(defect specimens.Switch) string {
	var out []string
	for _, test := range AtOtherLevels() {
		if test.Defect == defect {
			out = append(out, "`"+test.File+"` "+test.Test)
		}
	}
	return strings.Join(out, "; ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
