// Package generations lists the Kubernetes versions that the plugin is built for, and makes the go.mod of each. It writes
// no file: the command beside it does.
//
// k8s.io/kubernetes cannot be required as it stands: its go.mod points each staging repository at a folder of its own
// tree. So each of these is replaced by the published module of the same release (v1.36.3 goes with v0.36.3). This is
// what the published article's second method does by hand.
package generations

import (
	"encoding/json"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
)

// Generation is a folder, and the Kubernetes version that its module is built with.
type Generation struct {
	Folder, Version string
	// Onward is an older generation's folder whose packages in onward/ this one uses; empty where there is none.
	Onward string
}

// All are all generations, newest first: the newest minor, that of the suite's real clusters, one between, and that of the
// published go.mod. The patch of 1.34 is that of those clusters' node image. Any other is the newest for which the module
// proxy serves each staging repository too (for 1.31.14 it does not).
var All = []Generation{
	{Folder: "k8s136", Version: "1.36.3", Onward: "k8s134"},
	{Folder: "k8s134", Version: "1.34.2"},
	{Folder: "k8s131", Version: "1.31.0"},
	{Folder: "k8s128", Version: "1.28.0"},
}

const (
	// Kubernetes is the module that all the others belong to.
	Kubernetes = "k8s.io/kubernetes"
	core       = "kube-windtunnel/scheduler"
)

// Tag is the version of the generation's staging repositories.
func (g Generation) Tag() string { return "v0." + strings.TrimPrefix(g.Version, "1.") }

// GoMod is the generation's go.mod: of what is there the requirements and tools stay, everything else comes from the
// go.mod of Kubernetes. The go line is Kubernetes' own, or the core's (compiler) where that is higher.
func (g Generation) GoMod(before []byte, compiler string) ([]byte, error) {
	upstream, err := Upstream(g.Version)
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse("go.mod", before, nil)
	if err != nil {
		return nil, err
	}
	file.Cleanup()
	if err := file.AddModuleStmt(core + "/" + g.Folder); err != nil {
		return nil, err
	}
	if version.Compare("go"+upstream.Go.Version, "go"+compiler) > 0 {
		compiler = upstream.Go.Version
	}
	if err := file.AddGoStmt(compiler); err != nil {
		return nil, err
	}
	for _, replace := range append([]*modfile.Replace(nil), file.Replace...) {
		if err := file.DropReplace(replace.Old.Path, replace.Old.Version); err != nil {
			return nil, err
		}
	}
	if err := file.AddRequire(Kubernetes, "v"+g.Version); err != nil {
		return nil, err
	}
	for _, module := range g.neighbours() {
		if err := file.AddRequire(module.path, "v0.0.0"); err != nil {
			return nil, err
		}
	}
	file.Cleanup()
	text, err := file.Format()
	if err != nil {
		return nil, err
	}
	return append(text, g.replaces(Staging(upstream))...), nil
}

// neighbour is a module of this repository, and where it lies from a generation's folder.
type neighbour struct{ path, folder string }

// neighbours are what the generation is built with.
func (g Generation) neighbours() []neighbour {
	if g.Onward == "" {
		return []neighbour{{core, "../"}}
	}
	return []neighbour{{core, "../"}, {core + "/" + g.Onward, "../" + g.Onward}}
}

// replaces is the list as a block: each staging repository at the release's own tag, and what lies next door.
func (g Generation) replaces(staging []string) string {
	var block strings.Builder
	block.WriteString("\nreplace (\n")
	for _, path := range staging {
		fmt.Fprintf(&block, "\t%s => %s %s\n", path, path, g.Tag())
	}
	for _, module := range g.neighbours() {
		fmt.Fprintf(&block, "\t%s => %s\n", module.path, module.folder)
	}
	block.WriteString(")\n")
	return block.String()
}

// Staging are the modules that Kubernetes takes from folders of its own tree, sorted.
func Staging(upstream *modfile.File) []string {
	var paths []string
	for _, replace := range upstream.Replace {
		if strings.HasPrefix(replace.New.Path, "./staging/") {
			paths = append(paths, replace.Old.Path)
		}
	}
	sort.Strings(paths)
	return paths
}

// Upstream asks the go command for the go.mod of a Kubernetes release; the module itself is not fetched.
func Upstream(release string) (*modfile.File, error) {
	command := exec.Command("go", "list", "-m", "-mod=mod", "-json", Kubernetes+"@v"+release)
	command.Dir = os.TempDir()
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m %s@v%s: %w", Kubernetes, release, err)
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
