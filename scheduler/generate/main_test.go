package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/modfile"
)

func TestEveryGenerationReplacesEveryStagingRepository(t *testing.T) {
	for _, g := range generations {
		text, err := os.ReadFile(filepath.Join("..", g.folder, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := g.goMod(text)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != string(want) {
			t.Errorf("%s/go.mod is not what generate makes: go run ./generate", g.folder)
		}
		file, err := modfile.Parse("go.mod", text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(file.Replace) < 20 {
			t.Errorf("%s: only %d replacements", g.folder, len(file.Replace))
		}
	}
}

func TestWhatIsMissingOrTooMuchIsMended(t *testing.T) {
	g := generations[0]
	text, err := os.ReadFile(filepath.Join("..", g.folder, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	file.DropReplace("k8s.io/api", "")
	file.AddReplace("k8s.io/apimachinery", "", "k8s.io/apimachinery", "v0.1.0")
	file.AddReplace("k8s.io/gone", "", "k8s.io/gone", "v0.1.0")
	file.Cleanup()
	broken, err := file.Format()
	if err != nil {
		t.Fatal(err)
	}
	mended, err := g.goMod(broken)
	if err != nil {
		t.Fatal(err)
	}
	if string(broken) == string(text) || string(mended) != string(text) {
		t.Errorf("mended:\n%s\nwant\n%s", mended, text)
	}
}
