// Command detection writes DETECTION.md: which check catches which defect. With -measure it runs every check on every
// subject first, which takes some ten minutes, and keeps the outcome in detection/matrix.json; without, it takes that
// file as it is. With -check it writes nothing, and fails where DETECTION.md is not what it would write.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/detection"
	"kube-windtunnel/scheduler/whole/stage"
)

func main() {
	measure := flag.Bool("measure", false, "run every check on every subject")
	check := flag.Bool("check", false, "write nothing, only compare")
	planes := flag.Int("planes", runtime.NumCPU()+2, "control planes to run checks on at the same time")
	flag.Parse()
	if err := run(*measure, *check, *planes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(measure, check bool, planes int) error {
	home, err := cluster.Home()
	if err != nil {
		return err
	}
	stored := filepath.Join(home, "whole", "detection", "matrix.json")
	if measure {
		results, err := measured(planes)
		if err != nil {
			return err
		}
		if err := results.Save(stored); err != nil {
			return err
		}
	}
	results, err := detection.LoadResults(stored)
	if err != nil {
		return err
	}
	if problems := results.Problems(); len(problems) > 0 {
		return fmt.Errorf("the table and the results do not agree; measure again:\n%s", problems)
	}
	path, text := filepath.Join(home, "DETECTION.md"), detection.Markdown(results)
	if !check {
		return os.WriteFile(path, []byte(text), 0o644)
	}
	if there, err := os.ReadFile(path); err != nil || string(there) != text {
		return fmt.Errorf("%s is not up to date (%v); run: go run ./cmd/detection", path, err)
	}
	return nil
}

func measured(planes int) (detection.Results, error) {
	pool, err := stage.NewPool(planes)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	return detection.Measure(pool, func(subject, check, saw string) {
		if saw == "" {
			saw = "passes"
		}
		fmt.Printf("%-30s %-28s %.300s\n", subject, check, saw)
	})
}
