// Command write makes what is derived from the catalogue: the table in specimens/README.md and the manifests with one defect
// each. Run it in scheduler/ after a change; with --check it only tells what differs, and fails.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/manifests"
)

// The lines in README.md between which the table stands.
const (
	begin = "<!-- table: go run ./specimens/write -->\n"
	end   = "<!-- end of table -->\n"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail where something would change")
	flag.Parse()
	changed, err := run(".", *check)
	if err == nil && *check && len(changed) > 0 {
		err = fmt.Errorf("not what the catalogue says: %s; go run ./specimens/write", strings.Join(changed, ", "))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes every file under scheduler, and returns those that changed, or would.
func run(scheduler string, check bool) (changed []string, err error) {
	files, err := made(scheduler)
	if err != nil {
		return nil, err
	}
	for path, text := range files {
		before, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if err == nil && string(before) == text {
			continue
		}
		changed = append(changed, path)
		if check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// made are the files by path.
func made(scheduler string) (map[string]string, error) {
	right, err := os.ReadFile(filepath.Join(scheduler, "..", manifests.Right))
	if err != nil {
		return nil, err
	}
	readme := filepath.Join(scheduler, "specimens", "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		return nil, err
	}
	table, err := withTable(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", readme, err)
	}
	files := map[string]string{readme: table}
	for _, entry := range specimens.Catalogue() {
		if entry.Kind != specimens.Manifest && entry.Kind != specimens.Config {
			continue
		}
		folder, err := manifests.Files(entry.Name, string(right))
		if err != nil {
			return nil, err
		}
		for name, content := range folder {
			files[filepath.Join(scheduler, "specimens", "manifests", string(entry.Name), name)] = content
		}
	}
	return files, nil
}

func withTable(readme string) (string, error) {
	before, rest, found := strings.Cut(readme, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("no place for the table: want %s and %s", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	var table strings.Builder
	if err := specimens.Markdown(&table); err != nil {
		return "", err
	}
	return before + begin + table.String() + end + after, nil
}
