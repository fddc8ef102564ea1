package specimens

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestEveryRowOfTheListIsInTheCatalogue(t *testing.T) {
	covered := map[int]bool{}
	names := map[Switch]bool{}
	for _, e := range Catalogue() {
		if names[e.Name] {
			t.Errorf("%s is there twice", e.Name)
		}
		names[e.Name] = true
		for _, row := range e.Rows {
			if row < 1 || row > Rows {
				t.Errorf("%s: no row %d", e.Name, row)
			}
			covered[row] = true
		}
		if e.What == "" || e.Symptom == "" || len(e.Scenarios) == 0 || (e.Kind == None) != (e.Reason != "") {
			t.Errorf("%s says too little: %+v", e.Name, e)
		}
		for _, implied := range e.Implies {
			if other, ok := Find(implied); !ok || other.Kind != Code || e.Kind != Code {
				t.Errorf("%s implies %s", e.Name, implied)
			}
		}
	}
	for row := 1; row <= Rows; row++ {
		if !covered[row] {
			t.Errorf("row %d is nowhere", row)
		}
	}
}

func TestProfilesAreExplicitLists(t *testing.T) {
	if len(Profiles()) != len(profileNames) {
		t.Errorf("%d profiles, %d names", len(Profiles()), len(profileNames))
	}
	for name, profile := range Profiles() {
		if !slices.Contains(profileNames, name) {
			t.Errorf("profile %s is not in the table", name)
		}
		if got := Of(profile...).Names(); len(got) != len(profile) {
			t.Errorf("%s implies more than it lists: %v of %v", name, got, profile)
		}
		for _, one := range profile {
			if e, ok := Find(one); !ok || e.Kind != Code || len(e.Rows) == 0 {
				t.Errorf("%s: %s is no defect in the published code", name, one)
			}
		}
	}
	for _, e := range Catalogue() {
		published := slices.Contains(asPublished, e.Name)
		if e.Kind == Code && published != (len(e.Rows) > 0) {
			t.Errorf("%s has rows %v, in as-published: %v", e.Name, e.Rows, published)
		}
	}
}

func TestTheLayersComeOffOneAfterTheOther(t *testing.T) {
	code, files := Mended(0)
	if code.String() != Of(asPublished...).String() || !slices.Equal(files, ManifestsAsPublished) {
		t.Errorf("nothing mended: %s, %v", code, files)
	}
	for i, layer := range Onion() {
		if layer.Number != i+1 {
			t.Errorf("layer %d is number %d", i+1, layer.Number)
		}
		before, filesBefore := Mended(layer.Number - 1)
		after, filesAfter := Mended(layer.Number)
		if got := len(before) + len(filesBefore) - len(after) - len(filesAfter); got != len(layer.Mends) {
			t.Errorf("layer %d takes %d off, not %v", layer.Number, got, layer.Mends)
		}
	}
	left, _ := Mended(len(Onion()))
	for _, accepted := range []Switch{SilentArgs, AnyAddress, FatalAddress} {
		delete(left, accepted)
	}
	if left.String() != Of(minimallyFixed...).String() {
		t.Errorf("left after all layers: %s", left)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		" herding , receive-only,":         "receive-only,herding",
		"sum-over-time":                    "sum-over-time,no-capacity,relative-to-max",
		"herding,minimally-fixed":          Of(minimallyFixed...).String(),
		"as-published":                     Of(asPublished...).String(),
		"fatal-address":                    "any-address,fatal-address",
		"raw-scores,minus-a-fraction":      "no-capacity,relative-to-max,raw-scores,minus-a-fraction",
		"decodes-right-divides-by-zero":    Of(decodesRight...).String(),
		"divide-by-zero,relative-to-max,,": "relative-to-max,divide-by-zero",
	} {
		if set, err := Parse(text); err != nil || set.String() != want {
			t.Errorf("%q = %q, %v, want %q", text, set, err, want)
		}
	}
	for text, want := range map[string]string{
		"argument-ordr":        `no specimen is called "argument-ordr"; probably meant is "argument-order"`,
		"herding,nan-is-worst": `probably meant is "nan-is-best"`,
		"as_published":         `probably meant is "as-published"`,
		"image-tag":            `is no switch but files: specimens/manifests/image-tag`,
		"config-name":          `specimens/manifests/config-name`,
		"ties":                 `cannot be switched on: lies in tests`,
	} {
		if set, err := Parse(text); err == nil || set != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", text, set, err, want)
		}
	}
	if !Of(ArgumentOrder).PublishedQuery() || Of(UnfilteredOperand, UnameIsNodeName).PublishedQuery() {
		t.Error("argument-order needs the published query, and few others do")
	}
}

func TestTheListsShowEverything(t *testing.T) {
	var table, markdown, text bytes.Buffer
	for _, err := range []error{Table(&table), Markdown(&markdown), JSON(&text)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range Catalogue() {
		if !strings.Contains(table.String(), "\n"+string(e.Name)+" ") || !strings.Contains(markdown.String(), "| `"+string(e.Name)+"` |") {
			t.Errorf("%s is not in the lists", e.Name)
		}
	}
	var read struct {
		Specimens []Entry
		Profiles  map[string][]Switch
		Onion     []Layer
	}
	if err := json.Unmarshal(text.Bytes(), &read); err != nil || len(read.Specimens) != len(Catalogue()) || len(read.Profiles) != 3 || len(read.Onion) != 9 {
		t.Errorf("%v: %d specimens", err, len(read.Specimens))
	}
}
