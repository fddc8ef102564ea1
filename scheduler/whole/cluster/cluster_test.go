package cluster

import (
	"strings"
	"testing"
	"time"
)

const plain = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
profiles:
  - schedulerName: plain
`

func TestAControlPlaneBindsAPod(t *testing.T) {
	c, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	binary, err := Binary(Real)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.StartScheduler(SchedulerOptions{Binary: binary, Config: plain, Args: []string{"--v=2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.Ready(); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateNodes(NewNode("a", "10.0.0.1", nil)); err != nil {
		t.Fatal(err)
	}
	if err := c.CreatePods(NewPod("p", "plain", nil)); err != nil {
		t.Fatal(err)
	}
	bound := func(o map[string]Outcome) bool { return o["p"].Node != "" }
	if outcomes, err := c.AwaitOutcomes(30*time.Second, bound); err != nil || outcomes["p"].Node != "a" {
		t.Fatalf("%v %v\n%s", outcomes, err, s.Tail(20))
	}
	metrics, err := s.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := metrics.Sum("scheduler_schedule_attempts_total", "result", "scheduled"); !ok || n != 1 {
		t.Errorf("%v scheduled (there: %v)", n, ok)
	}
	if err := c.Clear(); err != nil {
		t.Error(err)
	}
	if outcomes, err := c.Outcomes(); err != nil || len(outcomes) != 0 {
		t.Errorf("%v %v", outcomes, err)
	}
	s.StopGently()
	if s.Running() || s.CPU() == 0 || !strings.Contains(s.Log(), "Starting Kubernetes Scheduler") {
		t.Errorf("running %v, %s\n%s", s.Running(), s.CPU(), s.Tail(5))
	}
}

func TestAMissingBinaryIsToldWithTheCommandThatBuildsIt(t *testing.T) {
	t.Setenv(FolderVariable, t.TempDir())
	t.Setenv(AssetsVariable, "")
	_, err := Start(Options{})
	if err == nil || !strings.Contains(err.Error(), "go build -trimpath") || !strings.Contains(err.Error(), "go.etcd.io/etcd/server/v3") {
		t.Error(err)
	}
}
