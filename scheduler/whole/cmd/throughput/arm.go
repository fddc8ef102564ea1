package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"kube-windtunnel/scheduler/whole/cluster"
)

// size is what the scheduler has to do.
type size struct {
	nodes, pods int
	// equal makes pods of which one fills a node.
	equal bool
}

// bench is the whole measurement.
type bench struct {
	size     size
	runs     int
	binary   string
	profiles string
	report   func(result) error

	mu      sync.Mutex
	cluster *cluster.Cluster
}

// clean stops what a run has started.
func (b *bench) clean() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cluster != nil {
		b.cluster.Stop()
		b.cluster = nil
	}
}

// The API server sorts and holds back nobody: with one client that matters, that would only be noise. Its cache keeps every
// pod's last changes.
var serverArgs = []string{"--watch-cache-sizes=pods#50000", "--enable-priority-and-fairness=false", "--max-requests-inflight=3000", "--max-mutating-requests-inflight=1500"}

// run starts a control plane with everything in it, lets the scheduler place the pods, and looks at what it did.
func (b *bench) run(arm string, turn int) (run, error) {
	c, err := cluster.Start(cluster.Options{APIServerArgs: serverArgs})
	if err != nil {
		return run{}, err
	}
	b.mu.Lock()
	b.cluster = c
	b.mu.Unlock()
	defer b.clean()
	p, err := answering(b.size.nodes)
	if err != nil {
		return run{}, err
	}
	defer p.Close()
	if err := b.fill(c); err != nil {
		return run{}, err
	}
	binds, err := watchBinds(c)
	if err != nil {
		return run{}, err
	}
	defer binds.watch.Stop()
	started := time.Now()
	s, err := c.StartScheduler(cluster.SchedulerOptions{Binary: b.binary, Config: configuration(arm, p.URL, b.size.equal)})
	if err != nil {
		return run{}, err
	}
	defer s.Stop()
	r := run{Arm: arm, Turn: turn}
	stopProfile := b.profile(s, fmt.Sprintf("%s-%d", arm, turn))
	if r.PodsPerSecond, err = binds.rate(b.size.pods); err != nil {
		return run{}, fmt.Errorf("%w\n%s", err, s.Tail(20))
	}
	if err := stopProfile(); err != nil {
		return run{}, err
	}
	if err := r.look(s, b.size.pods); err != nil {
		return run{}, err
	}
	s.Stop()
	r.Refreshes = 0
	if arm == with {
		r.Refreshes = 1 + int(time.Since(started)/interval)
	}
	r.Queries, r.SchedulerCPUSeconds = int(p.queries.Load()), s.CPU().Seconds()
	return r, nil
}

// look reads the scheduler's metrics. An arm that did not do what it is there for is an error: it measures nothing.
func (r *run) look(s *cluster.Scheduler, pods int) error {
	metrics, err := s.Metrics()
	if err != nil {
		return err
	}
	calls, _ := metrics.Sum("scheduler_plugin_evaluation_total", "plugin", plugin, "extension_point", "Score")
	r.NodesScoredPerPod = calls / float64(pods)
	r.Hinted, _ = metrics.Sum("scheduler_batch_attempts_total", "result", "hint_used")
	if (calls > 0) != (r.Arm == with) {
		return fmt.Errorf("the plugin was asked for %.0f scores", calls)
	}
	return nil
}

// fill creates the nodes and the pods, several at a time.
func (b *bench) fill(c *cluster.Cluster) error {
	if err := each(b.size.nodes, func(i int) error { return c.CreateNodes(cluster.NewNode(nodeName(i), address(i), nil)) }); err != nil {
		return fmt.Errorf("creating nodes: %w", err)
	}
	if err := each(b.size.pods, func(i int) error { return c.CreatePods(b.pod(i)) }); err != nil {
		return fmt.Errorf("creating pods: %w", err)
	}
	return nil
}

// pod is one with 10 Mbit/s in each direction, so that every placement leaves bandwidth in flight.
func (b *bench) pod(i int) *v1.Pod {
	pod := cluster.NewPod(fmt.Sprintf("pod-%05d", i), profileName, nil)
	pod.Annotations = map[string]string{"kubernetes.io/ingress-bandwidth": "10M", "kubernetes.io/egress-bandwidth": "10M"}
	if b.size.equal {
		pod.Labels = nil
		pod.Spec.Containers[0].Resources.Requests[v1.ResourceCPU] = resource.MustParse("20")
	}
	return pod
}

// each does something for 0 to count-1, sixteen at a time, and returns the first error.
func each(count int, do func(i int) error) error {
	ctx, fail := context.WithCancelCause(context.Background())
	defer fail(nil)
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for i := range numbers {
				if err := do(i); err != nil {
					fail(err)
				}
			}
		})
	}
	for i := 0; i < count && ctx.Err() == nil; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	return context.Cause(ctx)
}
