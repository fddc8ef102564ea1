//go:build method1 && go1.23

package method1

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"kube-windtunnel/scheduler/generate/generations"
	"kube-windtunnel/scheduler/plugintest"
)

const (
	// article is where the published article puts the plugin, spelt so.
	article = "pkg/scheduler/framework/plugins/networtraffic/plugin"
	core    = "kube-windtunnel/scheduler"
)

func TestKubeSchedulerBuildsWithThePluginInItsTree(t *testing.T) {
	generation := generations.All[0]
	tree := filepath.Join(t.TempDir(), "kubernetes")
	if err := os.CopyFS(tree, os.DirFS(source(t, generation))); err != nil {
		t.Fatal(err)
	}
	place(t, generation, tree)
	register(t, tree)
	pointAtPublished(t, generation, tree)
	binary := build(t, tree)
	plugintest.Binary(t, func(arguments ...string) *exec.Cmd { return exec.Command(binary, arguments...) })
}

// source is the folder of Kubernetes in the module cache, fetched if need be.
func source(t *testing.T, generation generations.Generation) string {
	t.Helper()
	command := exec.Command("go", "mod", "download", "-json", generations.Kubernetes+"@v"+generation.Version)
	command.Dir = t.TempDir()
	out, err := command.Output()
	var module struct{ Dir, Error string }
	if decodeErr := json.Unmarshal(out, &module); err != nil || decodeErr != nil || module.Dir == "" {
		t.Fatalf("%v: %v %v %s", command, err, decodeErr, module.Error)
	}
	return module.Dir
}

// place copies the adapter to the article's path and what it stands on below, with imports that fit.
func place(t *testing.T, generation generations.Generation, tree string) {
	t.Helper()
	onward := generation.Onward + "/onward/adapter"
	for from, to := range map[string]string{generation.Folder: "", onward: onward, "args": "args", "collector": "collector", "plugin": "plugin", "traffic": "traffic"} {
		folder := filepath.Join(tree, article, to)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join("..", from, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no package in %s: %v", from, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			edit(t, file, filepath.Join(folder, filepath.Base(file)), func(text string) string {
				text = strings.ReplaceAll(text, `"`+core+`/`, `"`+generations.Kubernetes+"/"+article+"/")
				return strings.Replace(text, "package "+generation.Folder+"\n", "package plugin\n", 1)
			})
		}
	}
}

// register adds the plugin to the main of kube-scheduler.
func register(t *testing.T, tree string) {
	t.Helper()
	const imports = "import (\n"
	path := generations.Kubernetes + "/" + article
	main := filepath.Join(tree, "cmd/kube-scheduler/scheduler.go")
	edit(t, main, main, func(text string) string {
		text = strings.Replace(text, "app.NewSchedulerCommand()", "app.NewSchedulerCommand(app.WithPlugin(args.Name, plugin.New))", 1)
		return strings.Replace(text, imports, imports+"\t\""+path+"\"\n\t\""+path+"/args\"\n", 1)
	})
}

// pointAtPublished replaces the folders of the tree, which its published module lacks, with the published modules. Their
// checksums are those that the generation's own module is built with.
func pointAtPublished(t *testing.T, generation generations.Generation, tree string) {
	t.Helper()
	path := filepath.Join(tree, "go.mod")
	edit(t, path, path, func(text string) string {
		file, err := modfile.Parse(path, []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range generations.Staging(file) {
			if err := file.AddReplace(module, "", module, generation.Tag()); err != nil {
				t.Fatal(err)
			}
		}
		out, err := file.Format()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	})
	sums, err := os.ReadFile(filepath.Join("..", generation.Folder, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(tree, "go.sum"), filepath.Join(tree, "go.sum"), func(text string) string { return text + string(sums) })
}

// build compiles the tree's kube-scheduler with the flags of the other builds, so that their packages serve again.
func build(t *testing.T, tree string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kube-scheduler")
	command := exec.Command("go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/kube-scheduler")
	command.Dir = tree
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	plugintest.Tie(command)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return binary
}

// edit writes to another file, or the same, what change makes of a file; that nothing changes fails the test, unless the
// file is only copied.
func edit(t *testing.T, from, to string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(string(text))
	if from == to && changed == string(text) {
		t.Fatalf("%s is not what was expected:\n%s", from, text)
	}
	if err := os.WriteFile(to, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}
