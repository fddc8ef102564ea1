package plugintest

import (
	"context"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
)

// Scheduler is a real framework with the plugin in it, in a cluster of the nodes a, b and c.
type Scheduler struct {
	Profile
	// Events are the reasons of those that the plugin recorded.
	Events chan string
	// Stop ends it, as the end of a scheduler does.
	Stop func()
}

type recorder chan string

// Eventf implements plugin.Recorder.
func (r recorder) Eventf(_, _ runtime.Object, _, reason, _, _ string, _ ...interface{}) { r <- reason }

// Build makes one of a configuration file; it runs until the test ends.
func Build(t *testing.T, read Read, text Text) (*Scheduler, error) {
	t.Helper()
	configuration, err := read(text.File(t))
	if err != nil {
		return nil, err
	}
	client := fake.NewSimpleClientset()
	reasons := make(recorder, 100)
	cluster := Cluster{Events: reasons}
	for _, name := range []string{"a", "b", "c"} {
		node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := client.Tracker().Add(node); err != nil {
			t.Fatal(err)
		}
		cluster.Nodes = append(cluster.Nodes, node)
	}
	cluster.Informers = informers.NewSharedInformerFactory(client, 0)
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.Background()))
	stop := func() {
		cancel()
		cluster.Informers.Shutdown()
	}
	t.Cleanup(stop)
	profile, err := configuration.Build(ctx, cluster)
	if err != nil {
		return nil, err
	}
	cluster.Informers.Start(ctx.Done())
	return &Scheduler{Profile: profile, Events: reasons, Stop: stop}, nil
}

// Start is Build for arguments that must be right.
func Start(t *testing.T, read Read, text Text) *Scheduler {
	t.Helper()
	s, err := Build(t, read, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Scores are the weighted scores of a pod; none where the plugin skipped.
func (s *Scheduler) Scores(t *testing.T, pod *v1.Pod) map[string]int64 {
	t.Helper()
	scores, err := s.Schedule(context.Background(), pod)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

// WaitForScores waits until nodes a, b and c have these scores.
func (s *Scheduler) WaitForScores(t *testing.T, a, b, c int64) {
	t.Helper()
	WaitFor(t, "scores", func() bool { return equal(s.Scores(t, Pod("p")), a, b, c) })
}

// Pod announces 160 bit/s, 20 bytes per second of a link's 100.
func Pod(name string) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Annotations: map[string]string{"kubernetes.io/ingress-bandwidth": "160"}}}
}

func equal(got map[string]int64, a, b, c int64) bool {
	return len(got) == 3 && got["a"] == a && got["b"] == b && got["c"] == c
}

// WaitFor waits until done, and fails the test when that takes too long for any machine.
func WaitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still not: " + what)
		}
	}
}
