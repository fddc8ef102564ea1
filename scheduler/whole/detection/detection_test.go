package detection

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/checks"
)

func TestDetectionMDIsWhatTheTableSays(t *testing.T) {
	results, err := LoadResults("matrix.json")
	if err != nil {
		t.Fatal(err)
	}
	if problems := results.Problems(); problems != "" {
		t.Error(problems)
	}
	there, err := os.ReadFile(filepath.Join("..", "..", "DETECTION.md"))
	if err != nil || string(there) != Markdown(results) {
		t.Errorf("DETECTION.md is not up to date (%v); run in scheduler/whole: go run ./cmd/detection", err)
	}
}

func TestContradictionsAreTold(t *testing.T) {
	results := Results{RealRow: {"burst"}, "gone": {"no-check"}}
	problems := results.Problems()
	for _, want := range []string{
		"(bandwidth-scheduler) was measured: true, and caught by [burst]", "(specimen-scheduler) was measured: false",
		"gone is no defect any more", "no-check is no check any more", "herding was not measured", "herding was not caught by burst",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("no %q in:\n%s", want, problems)
		}
	}
}

func TestEveryRowIsCaughtOrHasItsReason(t *testing.T) {
	answered := map[int]bool{}
	for _, entry := range specimens.Catalogue() {
		caught := false
		for _, pair := range Declared() {
			caught = caught || pair.Defect == entry.Name
		}
		if caught == (entry.Reason != "") {
			t.Errorf("%s: caught %v, reason %q", entry.Name, caught, entry.Reason)
		}
		for _, row := range entry.Rows {
			answered[row] = true
		}
	}
	for row := 1; row <= specimens.Rows; row++ {
		if !answered[row] {
			t.Errorf("row %d is nobody's", row)
		}
	}
}

func TestNamesAreUniqueAndNamedTestsExist(t *testing.T) {
	names := map[string]bool{}
	for _, check := range append(checks.All(), checks.OfManifests()...) {
		if names[check.Name] || check.Scenario == "" || check.Expects == "" {
			t.Errorf("%+v", check)
		}
		names[check.Name] = true
	}
	for _, pair := range Declared() {
		if !names[pair.Check] || len(pair.Shows) == 0 {
			t.Errorf("%+v", pair)
		}
	}
	for _, test := range AtOtherLevels() {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(test.File)))
		if err != nil || !strings.Contains(string(text), "func "+test.Test+"(") {
			t.Errorf("%s: no %s in %s (%v)", test.Defect, test.Test, test.File, err)
		}
	}
}
