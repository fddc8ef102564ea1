package manifests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoadFindsWhatRunsAScheduler(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(folder); err == nil {
		t.Error("loaded an empty folder")
	}
	write("a.yaml", "# only a comment\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\ndata: {scheduler-config.yaml: 'x: 1'}\n---\n")
	write("b.yaml", `
kind: Deployment
apiVersion: apps/v1
metadata: {name: test}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: scheduler}
spec: {template: {spec: {serviceAccountName: s, containers: [{name: c, args: [--config=/x, --v=3, --secure-port=10259, --leader-elect=false]}]}}}
`)
	write("build.sh", "not YAML: [")
	set, err := Load(folder)
	if err != nil || len(set) != 3 {
		t.Fatalf("%d objects, %v", len(set), err)
	}
	deployment, err := set.Deployment()
	if err != nil || deployment.Name != "scheduler" {
		t.Fatalf("%v %v", deployment, err)
	}
	if flags := Flags(deployment); !slices.Equal(flags, []string{"--v=3", "--leader-elect=false"}) {
		t.Errorf("%v", flags)
	}
	if config, err := set.SchedulerConfig(); err != nil || config != "x: 1" {
		t.Errorf("%q %v", config, err)
	}
	write("b.yaml", "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: x}\nspec: {replica: 1}\n")
	if set, err = Load(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Deployment(); err == nil || !strings.Contains(err.Error(), "replica") {
		t.Errorf("an unknown field: %v", err)
	}
}
