// Package manifests makes the manifests with one defect each: the mended published ones, and what is wrong in them.
//
// It owns the differences as text, so that a folder differs from the right manifests in its defect alone. What is published
// as a whole is written by hand, in as-published.
package manifests

import (
	"fmt"
	"strings"

	"kube-windtunnel/scheduler/specimens"
)

// Right is the file that is made wrong, from the repository's root.
const Right = "clusters/addons/bandwidth-scheduler/examples/scheduler.yaml"

// Main is the file of a folder that is Right with a defect.
const Main = "scheduler.yaml"

// Build is the file of a folder that tells how its image is made.
const Build = "build.sh"

// change replaces old, which must be there once, by now.
type change struct{ old, now string }

// rewrite is how a defect gets into the manifests.
type rewrite struct {
	// remove are documents to leave out, by a line that only they have.
	remove  []string
	changes []change
	// files are further ones.
	files map[string]string
}

// Files are the files of a defect's folder, by name, made of the right manifests.
func Files(name specimens.Switch, right string) (map[string]string, error) {
	r, ok := rewrites[name]
	if !ok {
		return nil, fmt.Errorf("%s has no manifests", name)
	}
	entry, _ := specimens.Find(name)
	_, documents, found := strings.Cut(right, "apiVersion: v1\nkind: ServiceAccount")
	if !found {
		return nil, fmt.Errorf("%s does not begin with the ServiceAccount", Right)
	}
	documents = "apiVersion: v1\nkind: ServiceAccount" + documents
	for _, line := range r.remove {
		shorter, err := without(documents, line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		documents = shorter
	}
	for _, c := range r.changes {
		if count := strings.Count(documents, c.old); count != 1 {
			return nil, fmt.Errorf("%s: %d times in the right manifests, not once: %s", name, count, c.old)
		}
		documents = strings.Replace(documents, c.old, c.now, 1)
	}
	head := fmt.Sprintf("# Wrong on purpose: %s. Symptom: %s.\n# Made by specimens/write of %s.\n", entry.What, entry.Symptom, Right)
	files := map[string]string{Main: head + documents}
	for file, text := range r.files {
		files[file] = text
	}
	return files, nil
}

// without leaves out the one document that has a line.
func without(documents, line string) (string, error) {
	var kept []string
	removed := 0
	for _, document := range strings.Split(documents, "\n---\n") {
		if strings.Contains(document, line) {
			removed++
			continue
		}
		kept = append(kept, document)
	}
	if removed != 1 {
		return "", fmt.Errorf("%d documents have %s", removed, line)
	}
	return strings.Join(kept, "\n---\n"), nil
}
