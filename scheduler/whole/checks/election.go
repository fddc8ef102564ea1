package checks

import (
	"fmt"
	"time"

	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

var election = []Check{
	{"two-replicas", "R04", "of two replicas one schedules, each pod once, and the other takes over", replicas},
}

// elected is a configuration with leader election that is quick to notice a leader's end.
func elected() string {
	return `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: true, resourceNamespace: kube-system, resourceName: two-replicas, leaseDuration: 6s, renewDeadline: 4s, retryPeriod: 1s}
profiles:
  - schedulerName: ` + stage.SchedulerName + `
    plugins: {multiPoint: {enabled: [{name: network_traffic, weight: 1}]}}
    pluginConfig: [{name: network_traffic, args: {prometheusURL: PROMETHEUS}}]
`
}

func replicas(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: someWorld(), Config: elected()})
	if err != nil {
		return err
	}
	defer run.End()
	second, err := run.Replica()
	if err != nil {
		return err
	}
	defer second.Stop()
	both := []*cluster.Scheduler{run.Scheduler, second}
	if err := leads(both, 1); err != nil {
		return err
	}
	run.Measured()
	if _, err := run.Bound(stage.Pod("p1", "one"), stage.Pod("p2", "two"), stage.Pod("p3", "one")); err != nil {
		return err
	}
	attempts, err := attemptsOf(both...)
	if err != nil {
		return err
	}
	if attempts != 3 {
		return stage.Saw("two replicas made %v attempts for 3 pods", attempts)
	}
	run.Scheduler.StopGently()
	if err := leads(both[1:], 1); err != nil {
		return err
	}
	run.Scheduler = second
	_, err = run.Bound(stage.Pod("p4", "one"))
	return err
}

// leads waits until so many of the schedulers hold the lease.
func leads(schedulers []*cluster.Scheduler, want float64) error {
	leaders := 0.0
	for deadline := time.Now().Add(6 * patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		leaders = 0
		for _, scheduler := range schedulers {
			metrics, err := scheduler.Metrics()
			if err != nil {
				continue
			}
			leading, _ := metrics.Sum("leader_election_master_status")
			leaders += leading
		}
		if leaders == want {
			return nil
		}
	}
	return stage.Saw("%v of %d replicas lead, want %v", leaders, len(schedulers), want)
}

func attemptsOf(schedulers ...*cluster.Scheduler) (float64, error) {
	sum := 0.0
	for _, scheduler := range schedulers {
		metrics, err := scheduler.Metrics()
		if err != nil {
			return 0, fmt.Errorf("metrics of a replica: %w", err)
		}
		attempts, _ := metrics.Sum("scheduler_schedule_attempts_total")
		sum += attempts
	}
	return sum, nil
}
