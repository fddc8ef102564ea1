package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"kube-windtunnel/scheduler/generate/generations"
)

// mended reads a generation's go.mod and what generate makes of it, after change.
func mended(t *testing.T, g generations.Generation, change func(*modfile.File)) (before, after string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", g.Folder, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(file)
	file.Cleanup()
	changed, err := file.Format()
	if err != nil {
		t.Fatal(err)
	}
	compiler, err := compilerOf("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	out, err := g.GoMod(changed, compiler)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), string(out)
}

func TestEveryGenerationReplacesEveryStagingRepository(t *testing.T) {
	for _, g := range generations.All {
		before, after := mended(t, g, func(*modfile.File) {})
		if before != after {
			t.Errorf("%s/go.mod is not what generate makes: go run ./generate", g.Folder)
		}
		upstream, err := generations.Upstream(g.Version)
		if err != nil {
			t.Fatal(err)
		}
		staging := generations.Staging(upstream)
		if len(staging) < 20 {
			t.Errorf("%s: Kubernetes %s has only %d staging repositories", g.Folder, g.Version, len(staging))
		}
		for _, path := range staging {
			if line := fmt.Sprintf("\t%s => %s %s\n", path, path, g.Tag()); !strings.Contains(before, line) {
				t.Errorf("%s/go.mod lacks %q", g.Folder, line)
			}
		}
	}
}

func TestWhatIsMissingOrTooMuchIsMended(t *testing.T) {
	for _, g := range generations.All {
		before, after := mended(t, g, func(file *modfile.File) {
			file.DropReplace("k8s.io/api", "")
			file.AddReplace("k8s.io/apimachinery", "", "k8s.io/apimachinery", "v0.1.0")
			file.AddReplace("k8s.io/gone", "", "k8s.io/gone", "v0.1.0")
			file.AddRequire(generations.Kubernetes, "v1.2.3")
			file.AddGoStmt("1.19")
		})
		if before != after {
			t.Errorf("%s mended:\n%s\nwant\n%s", g.Folder, after, before)
		}
	}
}

func TestToolsSurvive(t *testing.T) {
	const tool = "example.org/tool"
	_, after := mended(t, generations.All[0], func(file *modfile.File) {
		if err := file.AddTool(tool); err != nil {
			t.Fatal(err)
		}
	})
	if !strings.Contains(after, tool) || !strings.Contains(after, "k8s.io/kubernetes/cmd/kube-apiserver\n") {
		t.Errorf("tools are gone:\n%s", after)
	}
}

func TestTheGoLineIsTheHigherOne(t *testing.T) {
	for _, c := range []struct {
		folder, core, want string
	}{
		{"k8s128", "1.22.0", "1.22.0"}, // Kubernetes says 1.20
		{"k8s128", "1.9", "1.20"},
		{"k8s131", "1.23.1", "1.23.1"}, // Kubernetes says 1.22.0
		{"k8s134", "1.22.0", "1.24.0"}, // Kubernetes says 1.24.0
		{"k8s136", "1.22.0", "1.26.0"}, // Kubernetes says 1.26.0
	} {
		for _, g := range generations.All {
			if g.Folder != c.folder {
				continue
			}
			text, err := g.GoMod([]byte("module m\n"), c.core)
			if err != nil || !strings.Contains(string(text), "\ngo "+c.want+"\n") {
				t.Errorf("%s with a core of %s: %v\n%.200s", c.folder, c.core, err, text)
			}
		}
	}
}
