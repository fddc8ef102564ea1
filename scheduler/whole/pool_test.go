package whole

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// pool holds the control planes that tests take turns on: one for each that may run at the same time.
var pool chan *cluster.Cluster

// planes is how many control planes there are. Checks wait more than they work.
var planes = runtime.NumCPU() + 1

func TestMain(m *testing.M) {
	pool = make(chan *cluster.Cluster, planes)
	var started []*cluster.Cluster
	code := 1
	for range planes {
		c, err := cluster.Start(cluster.Options{})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			break
		}
		started = append(started, c)
		pool <- c
	}
	if len(started) == planes {
		code = m.Run()
	}
	for _, c := range started {
		c.Stop()
	}
	os.Exit(code)
}

// perform runs a check for a subject, with a control plane for itself.
func perform(t *testing.T, check checks.Check, subject stage.Subject) (error, string) {
	t.Helper()
	c := <-pool
	defer func() { pool <- c }()
	s := &stage.Stage{Cluster: c, Subject: subject}
	err := check.Run(s)
	return err, s.Log
}

func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := cluster.Binary(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
