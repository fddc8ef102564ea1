// Command throughput measures what the plugin costs: pods per second with it over without it, with a real scheduler, API
// server and etcd.
//
// The two arms are the same binary with the same configuration, but for the plugin, and take turns, so that both see the
// machine equally busy. Each run gets a control plane of its own, in which all nodes and pods are there before the scheduler
// starts: creating them is no part of what is measured. A run's rate is taken from the first bind to the last, as a watch
// shows them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"kube-windtunnel/scheduler/whole/cluster"
)

func main() {
	// Children die with this process; what they wrote goes with it only where it ends in order.
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	finished := make(chan error, 1)
	b := options()
	go func() { finished <- b.measure() }()
	select {
	case err := <-finished:
		if err == nil {
			return
		}
		fmt.Fprintln(os.Stderr, err)
	case <-interrupted:
		b.clean()
		fmt.Fprintln(os.Stderr, "interrupted")
	}
	os.Exit(1)
}

func options() *bench {
	b := &bench{}
	asJSON := false
	flag.IntVar(&b.size.nodes, "nodes", 5000, "nodes of the cluster")
	flag.IntVar(&b.size.pods, "pods", 10000, "pods to place")
	flag.IntVar(&b.runs, "runs", 3, "runs of each arm")
	flag.BoolVar(&b.size.equal, "batched", false, "pods that Kubernetes can batch: one fills a node, and no default topology spread")
	flag.StringVar(&b.profiles, "profiles", "", "folder for a CPU profile of the scheduler in each run")
	flag.BoolVar(&asJSON, "json", false, "one JSON document on standard output")
	flag.Parse()
	b.report = printText
	if asJSON {
		b.report = printJSON
	}
	return b
}

// measure runs the arms in turn and reports.
func (b *bench) measure() error {
	binary, err := cluster.Binary(cluster.Real)
	if err != nil {
		return err
	}
	b.binary = binary
	var result result
	for i := 0; i < b.runs; i++ {
		for _, arm := range []string{without, with} {
			run, err := b.run(arm, i+1)
			if err != nil {
				return fmt.Errorf("run %d %s the plugin: %w", i+1, arm, err)
			}
			fmt.Fprintln(os.Stderr, run)
			result.Runs = append(result.Runs, run)
		}
	}
	result.sum(b.size.pods)
	return b.report(result)
}

func printText(r result) error {
	for _, f := range r.Figures {
		fmt.Printf("%-28s %.4g %s\n", f.Name, f.Value, f.Unit)
	}
	return nil
}

func printJSON(r result) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
