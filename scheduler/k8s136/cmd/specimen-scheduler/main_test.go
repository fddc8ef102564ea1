package main

import (
	"encoding/json"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/plugintest"
	"kube-windtunnel/scheduler/specimens"
)

func TestMain(m *testing.M) { plugintest.Main(m, main) }

// Without a switch it reads and refuses what bandwidth-scheduler reads and refuses.
func TestBinary(t *testing.T) { plugintest.Binary(t, plugintest.Self) }

func TestTheCatalogueIsListed(t *testing.T) {
	table, err := plugintest.Self("--list-specimens").Output()
	if err != nil || !strings.Contains(string(table), "argument-order") || !strings.Contains(string(table), "as-published") {
		t.Errorf("%v\n%s", err, table)
	}
	text, err := plugintest.Self("--list-specimens=json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Specimens []specimens.Entry }
	if err := json.Unmarshal(text, &read); err != nil || len(read.Specimens) != len(specimens.Catalogue()) {
		t.Errorf("%v, %d specimens", err, len(read.Specimens))
	}
}

func TestWhatCannotBeMeantEndsTheStart(t *testing.T) {
	for flag, want := range map[string]string{
		"--specimens=herding,argument-ordr": "no specimen is called",
		"--specimens=image-tag":             "is no switch but files",
		"--list-specimens=xml":              "want table or json",
	} {
		said, err := plugintest.Self(flag).CombinedOutput()
		if err == nil || !strings.Contains(string(said), want) || strings.Contains(string(said), "Usage:") {
			t.Errorf("%s: %v\n%.500s", flag, err, said)
		}
	}
}
