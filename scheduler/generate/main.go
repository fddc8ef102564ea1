// Command generate writes the go.mod of every generation: one module per Kubernetes version that the plugin is built for.
//
// k8s.io/kubernetes cannot be required as it stands: its go.mod points each staging repository at a folder of its own
// tree. So each of these is replaced by the published module of the same release (v1.36.3 goes with v0.36.3). This is
// what the published article's second method does by hand.
//
//	go run ./generate            # from scheduler/: writes the go.mod files, then runs go mod tidy in each
//	go run ./generate --check    # tells which differ, and fails
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
)

// generation is a folder, and the Kubernetes version that its module is built with.
type generation struct {
	folder, version string
}

// generations lists them, newest first.
var generations = []generation{
	{"k8s136", "1.36.3"},
}

const (
	kubernetes = "k8s.io/kubernetes"
	core       = "kube-windtunnel/scheduler"
)

func main() {
	check := flag.Bool("check", false, "compare, write nothing")
	flag.Parse()
	for _, g := range generations {
		if err := run(g, *check); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func run(g generation, check bool) error {
	path := filepath.Join(g.folder, "go.mod")
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	after, err := g.goMod(before)
	if err != nil {
		return err
	}
	if string(before) == string(after) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not what k8s.io/kubernetes v%s asks for: go run ./generate", path, g.version)
	}
	if err := os.MkdirAll(g.folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, after, 0o644); err != nil {
		return err
	}
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir, tidy.Stdout, tidy.Stderr = g.folder, os.Stdout, os.Stderr
	return tidy.Run()
}

// goMod is the generation's go.mod: of what is there the requirements stay, everything else comes from the go.mod of
// Kubernetes.
func (g generation) goMod(before []byte) ([]byte, error) {
	upstream, err := upstreamGoMod(g.version)
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse("go.mod", before, nil)
	if err != nil {
		return nil, err
	}
	file.Cleanup()
	if err := file.AddModuleStmt(core + "/" + g.folder); err != nil {
		return nil, err
	}
	if file.Go == nil || file.Go.Version != upstream.Go.Version {
		if err := file.AddGoStmt(upstream.Go.Version); err != nil {
			return nil, err
		}
	}
	for _, replace := range append([]*modfile.Replace(nil), file.Replace...) {
		if err := file.DropReplace(replace.Old.Path, replace.Old.Version); err != nil {
			return nil, err
		}
	}
	if err := file.AddRequire(kubernetes, "v"+g.version); err != nil {
		return nil, err
	}
	if err := file.AddRequire(core, "v0.0.0"); err != nil {
		return nil, err
	}
	file.Cleanup()
	text, err := file.Format()
	if err != nil {
		return nil, err
	}
	return append(text, g.replaces(stagingOf(upstream))...), nil
}

// replaces is the list as a block: each staging repository at the release's own tag, and the core next door.
func (g generation) replaces(staging []string) string {
	var block strings.Builder
	block.WriteString("\nreplace (\n")
	for _, path := range staging {
		fmt.Fprintf(&block, "\t%s => %s v0.%s\n", path, path, strings.TrimPrefix(g.version, "1."))
	}
	fmt.Fprintf(&block, "\t%s => ../\n)\n", core)
	return block.String()
}

// stagingOf are the modules that Kubernetes takes from folders of its own tree, sorted.
func stagingOf(upstream *modfile.File) []string {
	var paths []string
	for _, replace := range upstream.Replace {
		if strings.HasPrefix(replace.New.Path, "./staging/") {
			paths = append(paths, replace.Old.Path)
		}
	}
	sort.Strings(paths)
	return paths
}

// upstreamGoMod asks the go command for the go.mod of a Kubernetes release; the module itself is not fetched.
func upstreamGoMod(version string) (*modfile.File, error) {
	command := exec.Command("go", "list", "-m", "-mod=mod", "-json", kubernetes+"@v"+version)
	command.Dir = os.TempDir()
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m %s@v%s: %w", kubernetes, version, err)
	}
	var module struct{ GoMod string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(module.GoMod)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(module.GoMod, text, nil)
}
