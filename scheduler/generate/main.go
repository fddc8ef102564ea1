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
	for _, g := range generations.All {
		if err := run(g, compiler, check); err != nil {
			return err
		}
	}
	return nil
}

func run(g generations.Generation, compiler string, check bool) error {
	path := filepath.Join(g.Folder, "go.mod")
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	after, err := g.GoMod(before, compiler)
	if err != nil {
		return err
	}
	if string(before) == string(after) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not what k8s.io/kubernetes v%s asks for: go run ./generate", path, g.Version)
	}
	if err := os.MkdirAll(g.Folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, after, 0o644); err != nil {
		return err
	}
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir, tidy.Stdout, tidy.Stderr = g.Folder, os.Stdout, os.Stderr
	return tidy.Run()
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
