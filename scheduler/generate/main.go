// Command generate writes the go.mod of every generation: one module per Kubernetes version that the plugin is built for.
//
//	go run ./generate            # from scheduler/: writes the go.mod files, then runs go mod tidy in each
//	go run ./generate --check    # tells which differ, and fails
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"kube-windtunnel/scheduler/generate/generations"
)

func main() {
	check := flag.Bool("check", false, "compare, write nothing")
	flag.Parse()
	if err := runAll(*check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runAll(check bool) error {
	compiler, err := compilerOf("go.mod")
	if err != nil {
		return err
	}
	written := map[string]bool{}
	for _, g := range generations.All {
		if written[g.Folder], err = run(g, compiler, check); err != nil {
			return err
		}
	}
	// Oldest first: tidying reads the go.mod of the older generation that another uses.
	for i := len(generations.All) - 1; i >= 0; i-- {
		if g := generations.All[i]; written[g.Folder] || written[g.Onward] {
			if err := tidy(g.Folder); err != nil {
				return err
			}
		}
	}
	return nil
}

// run writes one go.mod, or compares it; it tells whether it wrote.
func run(g generations.Generation, compiler string, check bool) (written bool, err error) {
	path := filepath.Join(g.Folder, "go.mod")
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return false, err
	}
	after, err := g.GoMod(before, compiler)
	if err != nil || string(before) == string(after) {
		return false, err
	}
	if check {
		return false, fmt.Errorf("%s is not what k8s.io/kubernetes v%s asks for: go run ./generate", path, g.Version)
	}
	if err := os.MkdirAll(g.Folder, 0o755); err != nil {
		return false, err
	}
	return true, os.WriteFile(path, after, 0o644)
}

func tidy(folder string) error {
	command := exec.Command("go", "mod", "tidy")
	command.Dir, command.Stdout, command.Stderr = folder, os.Stdout, os.Stderr
	return command.Run()
}

// compilerOf is the go line of a go.mod.
func compilerOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	file, err := modfile.ParseLax(path, text, nil)
	if err != nil {
		return "", err
	}
	if file.Go == nil {
		return "", fmt.Errorf("%s has no go line", path)
	}
	return file.Go.Version, nil
}
