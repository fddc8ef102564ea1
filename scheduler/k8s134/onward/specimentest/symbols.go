package specimentest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "kube-windtunnel/scheduler/"

// packages are those of this project whose functions a binary names. Go keeps the names of all functions for stack traces,
// also in a binary that is stripped of its symbols.
func packages(t *testing.T, binary string) []string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, match := range regexp.MustCompile(regexp.QuoteMeta(module)+`([a-z0-9/-]+)\.[(A-Za-z]`).FindAllSubmatch(content, -1) {
		if name := string(match[1]); !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// build makes a command as it is released.
func build(t *testing.T, command string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), command)
	compile := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "../"+command)
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func isSpecimen(name string) bool { return strings.Contains(name, "specimen") }

// Held tests by the functions in the binaries of a generation, named by its folder, that the real scheduler holds no
// specimen. It runs in the folder of a command.
func Held(t *testing.T, generation string) {
	ours := packages(t, build(t, "bandwidth-scheduler"))
	if slices.ContainsFunc(ours, isSpecimen) || !slices.Contains(ours, "plugin") || !slices.Contains(ours, generation) {
		t.Errorf("bandwidth-scheduler holds %v", ours)
	}
	other := packages(t, build(t, "specimen-scheduler"))
	adapters := []string{"k8s134/onward/specimen", generation + "/specimen"}
	for _, name := range append(adapters, "plugin", "specimens", "specimens/plugin", "specimens/query", "specimens/scoring") {
		if !slices.Contains(other, name) {
			t.Errorf("specimen-scheduler holds %v, and not %s: this test would not find it elsewhere either", other, name)
		}
	}
}

// Imported tests the same by what the commands import.
func Imported(t *testing.T) {
	for command, want := range map[string]bool{"bandwidth-scheduler": false, "specimen-scheduler": true} {
		out, err := exec.Command("go", "list", "-deps", "../"+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(out), module+"specimens"); got != want {
			t.Errorf("%s imports specimens: %v", command, got)
		}
	}
}
