package main

import (
	"fmt"
	"slices"
)

// The two arms.
const (
	without = "without"
	with    = "with"
)

// run is what one run of one arm did.
type run struct {
	Arm  string `json:"arm"`
	Turn int    `json:"turn"`
	// PodsPerSecond is binds per second from the first to the last.
	PodsPerSecond float64 `json:"podsPerSecond"`
	// SchedulerCPUSeconds is the scheduler's processor time over its whole life: it knows no waiting for others.
	SchedulerCPUSeconds float64 `json:"schedulerCPUSeconds"`
	// Queries came to Prometheus over the scheduler's whole life; Refreshes is how many one per interval makes.
	Queries   int `json:"queries"`
	Refreshes int `json:"refreshes"`
	// NodesScoredPerPod is how often the plugin's Score was called.
	NodesScoredPerPod float64 `json:"nodesScoredPerPod"`
	// Hinted is how many pods went to a node without being scored, because Kubernetes batched them.
	Hinted float64 `json:"hinted"`
}

// String is a line of progress.
func (r run) String() string {
	line := fmt.Sprintf("run %d %-7s the plugin: %.1f pods/s, scheduler %.1f s CPU, %.0f pods batched", r.Turn, r.Arm, r.PodsPerSecond, r.SchedulerCPUSeconds, r.Hinted)
	if r.Arm == with {
		line += fmt.Sprintf(", %.0f nodes scored per pod, %d queries of which %d in the background", r.NodesScoredPerPod, r.Queries, min(r.Queries, r.Refreshes))
	}
	return line
}

type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// result is what the command prints.
type result struct {
	Figures []figure `json:"figures"`
	Runs    []run    `json:"runs"`
}

// sum makes the figures of the runs: of each arm the median, and queries per pod over all runs together. A query counts as
// one of a pod where more came to Prometheus than one at the start and one after each interval.
func (r *result) sum(pods int) {
	median := func(arm string, value func(run) float64) float64 {
		var values []float64
		for _, run := range r.Runs {
			if run.Arm == arm {
				values = append(values, value(run))
			}
		}
		slices.Sort(values)
		return values[(len(values)-1)/2]
	}
	rate := func(r run) float64 { return r.PodsPerSecond }
	cpu := func(r run) float64 { return r.SchedulerCPUSeconds }
	excess, placed := 0, 0
	for _, run := range r.Runs {
		if run.Arm == with {
			excess += max(0, run.Queries-run.Refreshes)
			placed += pods
		}
	}
	r.Figures = []figure{
		{"plugin_throughput_ratio", median(with, rate) / median(without, rate), "ratio"},
		{"plugin_queries_per_pod", float64(excess) / float64(placed), "queries"},
		{"throughput_with", median(with, rate), "pods/s"},
		{"throughput_without", median(without, rate), "pods/s"},
		{"scheduler_cpu_ratio", median(with, cpu) / median(without, cpu), "ratio"},
	}
}
