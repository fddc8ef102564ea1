package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsThereIsWhatTheCatalogueSays(t *testing.T) {
	changed, err := run(filepath.Join("..", ".."), true)
	if err != nil || len(changed) > 0 {
		t.Errorf("%v; not what the catalogue says: %v; go run ./specimens/write", err, changed)
	}
}

func TestWhatIsMissingIsWritten(t *testing.T) {
	root := t.TempDir()
	right := filepath.Join("clusters", "addons", "bandwidth-scheduler", "examples", "scheduler.yaml")
	for _, path := range []string{right, filepath.Join("scheduler", "specimens", "README.md")} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", path))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(strings.Replace(string(text), "`herding`", "`hurting`", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	scheduler := filepath.Join(root, "scheduler")
	for _, want := range []bool{true, true, false} {
		changed, err := run(scheduler, want)
		if err != nil || len(changed) < 12 {
			t.Errorf("check %v: %v, %v", want, changed, err)
		}
	}
	if changed, err := run(scheduler, true); err != nil || len(changed) > 0 {
		t.Errorf("after writing: %v, %v", changed, err)
	}
	if _, err := withTable("no marks"); err == nil {
		t.Error("a README without a place for the table")
	}
}
