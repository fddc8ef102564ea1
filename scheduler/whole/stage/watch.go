package stage

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"kube-windtunnel/scheduler/whole/cluster"
)

const (
	// settle is how long a scheduler without a collector is given before pods come.
	settle = time.Second
	// verdictWithin is how long the pods may wait for a decision. A decision takes milliseconds; this is the time
	// after which a scheduler counts as stuck.
	verdictWithin = 30 * time.Second
)

// Measured waits until the plugin has a snapshot, or for settle: a plugin that asks when it scores never has one.
func (r *Run) Measured() { r.awaitMetric("network_traffic_snapshot_age_seconds", 0) }

// Queried waits until that many queries have ended, well or not, or for settle.
func (r *Run) Queried(count float64) { r.awaitMetric("network_traffic_queries_total", count) }

func (r *Run) awaitMetric(name string, least float64) {
	for deadline := time.Now().Add(settle); time.Now().Before(deadline) && r.Scheduler.Running(); time.Sleep(50 * time.Millisecond) {
		metrics, err := r.Scheduler.Metrics()
		if err != nil {
			continue
		}
		if value, ok := metrics.Sum(name); ok && value >= least {
			return
		}
	}
}

// Place creates pods and waits until each is bound or refused. A scheduler that dies or says nothing is a Symptom.
func (r *Run) Place(pods ...*v1.Pod) (map[string]cluster.Outcome, error) {
	if err := r.stage.Cluster.CreatePods(pods...); err != nil {
		return nil, err
	}
	decided := func(outcomes map[string]cluster.Outcome) int {
		count := 0
		for _, pod := range pods {
			if outcomes[pod.Name].Decided() {
				count++
			}
		}
		return count
	}
	outcomes, err := r.stage.Cluster.AwaitOutcomes(verdictWithin, func(o map[string]cluster.Outcome) bool {
		return decided(o) == len(pods) || !r.Scheduler.Running()
	})
	switch {
	case err != nil:
		return nil, err
	case !r.Scheduler.Running():
		return nil, Saw("the scheduler died: %s", r.LastWords())
	case decided(outcomes) < len(pods):
		return nil, Saw("the scheduler is stuck: %d of %d pods without a decision after %s", len(pods)-decided(outcomes), len(pods), verdictWithin)
	}
	return outcomes, nil
}

// Bound is Place, where a pod that is refused is a Symptom with the scheduler's reason. It returns the nodes.
func (r *Run) Bound(pods ...*v1.Pod) (map[string]string, error) {
	outcomes, err := r.Place(pods...)
	if err != nil {
		return nil, err
	}
	nodes := map[string]string{}
	for _, pod := range pods {
		outcome := outcomes[pod.Name]
		if outcome.Node == "" {
			return nil, Saw("pod %s is refused: %s: %s", pod.Name, outcome.Reason, clip(outcome.Message))
		}
		nodes[pod.Name] = outcome.Node
	}
	return nodes, nil
}

// Scores are a pod's points by node, of the plugin or of another.
type Scores map[string]int64

// String shows the scores in the order of the nodes' names.
func (s Scores) String() string {
	var out []string
	for node, points := range s {
		out = append(out, fmt.Sprintf("%s %d", node, points))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

// scored is the line that kube-scheduler itself writes at verbosity 10 (pkg/scheduler/schedule_one.go).
var scored = regexp.MustCompile(`"Plugin scored node for pod" pod="[^/"]*/([^"]*)" plugin="([^"]*)" node="([^"]*)" score=(-?\d+)`)

// Scores are the points that the plugin gave each pod's nodes, times its weight, as the scheduler itself writes them to
// its log.
func (r *Run) Scores() map[string]Scores { return r.ScoresOf(Plugin) }

// ScoresOf are the points that any plugin gave, times its weight.
func (r *Run) ScoresOf(name string) map[string]Scores {
	out := map[string]Scores{}
	for _, match := range scored.FindAllStringSubmatch(r.Scheduler.Log(), -1) {
		pod, plugin, node := match[1], match[2], match[3]
		points, err := strconv.ParseInt(match[4], 10, 64)
		if plugin != name || err != nil {
			continue
		}
		if out[pod] == nil {
			out[pod] = Scores{}
		}
		out[pod][node] = points
	}
	return out
}

// Evaluations is how often the scheduler called the plugin at an extension point, such as Score.
func (r *Run) Evaluations(point string) (float64, error) {
	metrics, err := r.Scheduler.Metrics()
	if err != nil {
		return 0, Saw("the scheduler's metrics cannot be read: %v", err)
	}
	count, _ := metrics.Sum("scheduler_plugin_evaluation_total", "plugin", Plugin, "extension_point", point)
	return count, nil
}
