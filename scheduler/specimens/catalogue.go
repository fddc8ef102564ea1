// Package specimens is the catalogue of the published plugin's defects: a name for each, what it shows, and which of them
// stand together.
//
// It owns names, profiles and the order in which defects hide one another. It refuses to know how a defect works: the
// code is in query, scoring and plugin below this folder, the files in manifests. The plugin itself imports none of these.
package specimens

import "slices"

// Kind says what a defect lies in.
type Kind string

const (
	// Code is a switch of the specimen scheduler.
	Code Kind = "code"
	// Manifest is a folder of manifests/ with objects that are wrong.
	Manifest Kind = "manifest"
	// Config is a folder of manifests/ whose scheduler configuration is wrong.
	Config Kind = "config"
	// None is neither; Reason says why.
	None Kind = "none"
)

// Entry is one defect of the catalogue.
type Entry struct {
	// Name is the switch of --specimens for Code, the folder for Manifest and Config, a handle for None.
	Name Switch `json:"name"`
	Kind Kind   `json:"kind"`
	// Rows are the defect's numbers in the list of 43; none for what only a variant of the plugin has.
	Rows []int `json:"rows,omitempty"`
	// Scenarios catch the defect: R numbers, or unit, lint, docs, matrix.
	Scenarios []string `json:"scenarios"`
	// What is the mistake, Symptom what a user sees of it when nothing else is wrong.
	What    string `json:"what"`
	Symptom string `json:"symptom"`
	// Implies are the switches without which this one would show nothing.
	Implies []Switch `json:"implies,omitempty"`
	// Reason tells why a None is neither code nor a file.
	Reason string `json:"reason,omitempty"`
}

// Rows is how many defects the list has.
const Rows = 43

// Catalogue lists every defect, by row; variants last.
func Catalogue() []Entry {
	return slices.Concat(deployment, arguments, queries, scores, failures, nodes, logs, variants, neither)
}

// Find returns the entry of that name.
func Find(name Switch) (Entry, bool) {
	for _, entry := range Catalogue() {
		if entry.Name == name {
			return entry, true
		}
	}
	return Entry{}, false
}
