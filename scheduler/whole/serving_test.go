package whole

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// What only the real scheduler serves; specimens keep no such books.

// onReal runs a test of the real scheduler alone.
func onReal(t *testing.T, run func(t *testing.T, s *stage.Stage)) {
	t.Helper()
	t.Parallel()
	_, log := pool.Perform(stage.Subject{Binary: binary(t, cluster.Real)}, func(s *stage.Stage) error { run(t, s); return nil })
	if t.Failed() {
		t.Log(log)
	}
}

// begin starts the real scheduler in a world of four nodes; n-d has no exporter. The run must end before the stage is
// given to the next test, and so not in a Cleanup.
func begin(t *testing.T, s *stage.Stage, fault promserver.Fault) *stage.Run {
	t.Helper()
	world := stage.World{}
	some := stage.Role{Name: "some", Load: promserver.Exporter{Receive: 12.5e6}}
	world.Add("n", some, some, some, stage.Role{Name: "silent", Series: func(promserver.Exporter) []string { return nil }})
	run, err := s.Begin(stage.Setup{World: world, Fault: fault, Arguments: "interval: 500ms\ntimeout: 500ms\nwindow: 2m"})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func place(t *testing.T, run *stage.Run, count int) {
	t.Helper()
	var pods []*v1.Pod
	for i := range count {
		pod := stage.Pod(fmt.Sprint("p", i), "n")
		pod.Annotations = map[string]string{"kubernetes.io/egress-bandwidth": "80M"}
		pods = append(pods, pod)
	}
	if _, err := run.Bound(pods...); err != nil {
		t.Fatal(err)
	}
}

func TestMetrics(t *testing.T) {
	onReal(t, func(t *testing.T, s *stage.Stage) {
		run := begin(t, s, promserver.Healthy)
		defer run.End()
		run.Measured()
		place(t, run, 2)
		metrics, err := run.Scheduler.Metrics()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []struct {
			name      string
			labels    []string
			low, high float64
		}{
			{"network_traffic_unknown_nodes", []string{"reason", "missing"}, 1, 1},
			{"network_traffic_unknown_nodes", []string{"reason", "stale"}, 0, 0},
			{"network_traffic_unknown_scores_total", []string{"reason", "missing"}, 1, 2},
			{"network_traffic_snapshot_age_seconds", []string{"profile", stage.SchedulerName}, 0, 60},
			{"network_traffic_queries_total", nil, 1, 1000},
			{"network_traffic_query_errors_total", nil, 0, 0},
			{"network_traffic_query_duration_seconds", nil, 1, 1000},
			{"network_traffic_unpaired_exporters", nil, 0, 0},
			// Two pods of 80 Mb/s, just placed.
			{"network_traffic_in_flight_bytes_per_second", []string{"direction", "transmit"}, 20e6, 20e6},
			{"network_traffic_in_flight_bytes_per_second", []string{"direction", "receive"}, 0, 0},
			{"scheduler_plugin_evaluation_total", []string{"plugin", stage.Plugin, "extension_point", "Score"}, 4, 8},
		} {
			if got, ok := metrics.Sum(want.name, want.labels...); !ok || got < want.low || got > want.high {
				t.Errorf("%s%v = %v (there: %v), want %v to %v", want.name, want.labels, got, ok, want.low, want.high)
			}
		}
	})
}

func TestFailedQueriesAreCountedByKind(t *testing.T) {
	for fault, kind := range map[promserver.Fault]string{
		promserver.Refuse: "transport", promserver.Hang: "timeout", promserver.BadRequest: "status", promserver.Failing: "status",
		promserver.Half: "transport", promserver.Scalar: "answer",
	} {
		t.Run(string(fault), func(t *testing.T) {
			onReal(t, func(t *testing.T, s *stage.Stage) {
				run := begin(t, s, fault)
				defer run.End()
				run.Queried(1)
				metrics, err := run.Scheduler.Metrics()
				if err != nil {
					t.Fatal(err)
				}
				all, _ := metrics.Sum("network_traffic_query_errors_total")
				if ours, ok := metrics.Sum("network_traffic_query_errors_total", "kind", kind); !ok || ours == 0 || ours != all {
					t.Errorf("%v of %v errors are of kind %s", ours, all, kind)
				}
			})
		})
	}
}

func TestAnOutageIsToldByOneEvent(t *testing.T) {
	onReal(t, func(t *testing.T, s *stage.Stage) {
		run := begin(t, s, promserver.Refuse)
		defer run.End()
		run.Queried(1)
		place(t, run, 4)
		told := 0
		_, err := s.Cluster.AwaitOutcomes(30*time.Second, func(map[string]cluster.Outcome) bool {
			events, err := s.Cluster.Client.EventsV1().Events(cluster.Namespace).List(context.Background(), metav1.ListOptions{})
			if err != nil {
				return false
			}
			told = 0
			scheduled := 0
			for i := range events.Items {
				switch events.Items[i].Reason {
				case "NetworkTrafficUnknown":
					told++
				case "Scheduled":
					scheduled++
				}
			}
			return told > 0 && scheduled == 4
		})
		if err != nil || told != 1 {
			t.Errorf("%d events tell of the outage: %v", told, err)
		}
	})
}

// A kubelet restarts a container whose liveness probe fails; the probe asks /healthz.
func TestAFrozenSchedulerFailsItsProbe(t *testing.T) {
	onReal(t, func(t *testing.T, s *stage.Stage) {
		run := begin(t, s, promserver.Healthy)
		defer run.End()
		if _, err := run.Scheduler.Get("/healthz"); err != nil {
			t.Fatal(err)
		}
		run.Scheduler.Signal(syscall.SIGSTOP)
		if _, err := run.Scheduler.Get("/healthz"); err == nil {
			t.Error("a stopped process answers")
		}
		run.Scheduler.Signal(syscall.SIGCONT)
		if _, err := run.Scheduler.Get("/healthz"); err != nil {
			t.Error(err)
		}
	})
}
