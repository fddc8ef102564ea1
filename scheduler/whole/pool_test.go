package whole

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"

	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// pool is what the tests take turns on. Checks wait more than they work, so there is one control plane more than
// processors.
var pool *stage.Pool

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if pool, err = stage.NewPool(runtime.NumCPU() + 1); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := flag.Set("test.parallel", fmt.Sprint(pool.Size())); err != nil {
		panic("the testing package has that flag: " + err.Error())
	}
	code := m.Run()
	pool.Close()
	os.Exit(code)
}

// passes runs a check for a subject that is right.
func passes(t *testing.T, check checks.Check, subject stage.Subject) {
	t.Helper()
	if err, log := pool.Perform(subject, check.Run); err != nil {
		t.Errorf("%s: %s\n%v\n%s", check.Scenario, check.Expects, err, log)
	}
}

// binary is the path of a binary; that it is missing fails the test, with the command that builds it.
func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := cluster.Binary(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
