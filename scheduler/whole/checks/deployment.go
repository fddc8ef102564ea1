package checks

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/manifests"
	"kube-windtunnel/scheduler/whole/stage"
)

// deployed are checks of the subject's manifests that start the scheduler as they say. Subjects without manifests are not
// for them.
var deployed = []Check{
	{"configuration-is-accepted", "R06,R09", "the scheduler starts with the ConfigMap as it stands", acceptsConfig},
	{"runs-as-its-account", "R02,R03,R04", "with the rights that come with it, the scheduler places a pod, is scraped, and is refused nothing", runsAsAccount},
	{"rights-for-preemption", "R02", "the rights suffice to preempt", preempts},
	{"rights-for-volumes", "R02", "the rights suffice to bind a volume", bindsVolume},
	{"weights", "R30", "an idle node outweighs a busy one that has the image", outweighs},
}

// profile is what the subject's manifests say.
type profile struct {
	set        manifests.Set
	deployment *appsv1.Deployment
	config     schedulerConfig
}

func profileOf(s *stage.Stage) (profile, error) {
	set, err := manifests.Load(s.Subject.Manifests)
	if err != nil {
		return profile{}, err
	}
	p := profile{set: set}
	if p.deployment, err = set.Deployment(); err != nil {
		return profile{}, err
	}
	text, err := set.SchedulerConfig()
	if err != nil {
		return profile{}, err
	}
	p.config, err = readSchedulerConfig(text)
	return p, err
}

func (p profile) pod(name, group string) *v1.Pod {
	pod := stage.Pod(name, group)
	pod.Spec.SchedulerName = p.config.schedulerName()
	return pod
}

func acceptsConfig(s *stage.Stage) error {
	p, err := profileOf(s)
	if err != nil {
		return err
	}
	run, err := s.Begin(stage.Setup{World: someWorld(), Config: p.config.text, Args: manifests.Flags(p.deployment)})
	if err != nil {
		return err
	}
	run.End()
	return nil
}

const (
	// slow is how long a scheduler with its rights may take to place a pod. It takes two seconds on an idle machine.
	slow = time.Minute
	// refused is after how long a scheduler that was refused something is not waited for any more.
	refused = 5 * time.Second
)

func runsAsAccount(s *stage.Stage) error {
	return asAccount(s, func(p profile, run *stage.Run, reader string) error { return p.works(s, run, reader) })
}

// asAccount applies the manifests and launches the scheduler as the ServiceAccount of its Deployment, with the
// Deployment's arguments and the ConfigMap's configuration. reader is the monitor's token.
func asAccount(s *stage.Stage, judge func(p profile, run *stage.Run, reader string) error) error {
	p, err := profileOf(s)
	if err != nil {
		return err
	}
	applier, err := manifests.NewApplier(s.Cluster.Config)
	if err != nil {
		return err
	}
	undo, err := applier.Apply(p.set)
	defer undo()
	if err != nil {
		return stage.Saw("the API server refuses a manifest: %v", err)
	}
	reader, undoMonitor, err := newMonitor(s.Cluster)
	defer undoMonitor()
	if err != nil {
		return err
	}
	account := p.deployment.Spec.Template.Spec.ServiceAccountName
	token, err := s.Cluster.TokenOf(p.deployment.Namespace, account)
	if err != nil {
		return stage.Saw("no token for %s of the Deployment: %v", account, err)
	}
	run, err := s.Launch(stage.Setup{World: someWorld(), Config: p.config.reachable(), Args: manifests.Flags(p.deployment), Token: token})
	if err != nil {
		return err
	}
	defer run.End()
	return judge(p, run, reader)
}

// works expects two pods on the idle nodes, a scrape by the monitor, and no word of a right that is missing.
func (p profile) works(s *stage.Stage, run *stage.Run, reader string) error {
	begun := time.Now()
	hopeless := func() bool {
		return !run.Scheduler.Running() || time.Since(begun) > refused && len(misread(run.Scheduler.Log())) > 0
	}
	for !hopeless() && time.Since(begun) < slow && run.Scheduler.ReadyWithin(time.Second) != nil {
		continue
	}
	run.Measured()
	if err := s.Cluster.CreatePods(p.pod("one", "one"), p.pod("two", "two")); err != nil {
		return err
	}
	outcomes, err := s.Cluster.AwaitOutcomes(slow, func(o map[string]cluster.Outcome) bool {
		return o["one"].Decided() && o["two"].Decided() || hopeless()
	})
	if err != nil {
		return err
	}
	if err := p.recorded(s, outcomes, hopeless); err != nil {
		return err
	}
	if lines := misread(run.Scheduler.Log()); len(lines) > 0 {
		return stage.Saw("pods are bound to %q and %q, %s; the log: %.400s", outcomes["one"].Node, outcomes["two"].Node, scraped(run, reader), lines[0])
	}
	for pod, node := range map[string]string{"one": "one-a", "two": "two-b"} {
		if outcomes[pod].Node != node {
			return stage.Saw("pod %s: %+v, want %s; the log ends with: %s", pod, outcomes[pod], node, run.LastWords())
		}
	}
	if said := scraped(run, reader); said != scrapes {
		return stage.Saw("%s", said)
	}
	return nil
}

// recorded waits until the events of bound pods are there: they are written after the binding, and may be refused.
func (p profile) recorded(s *stage.Stage, outcomes map[string]cluster.Outcome, hopeless func() bool) error {
	if outcomes["one"].Node == "" || outcomes["two"].Node == "" {
		return nil
	}
	count := 0
	told := func(map[string]cluster.Outcome) bool {
		events, err := s.Cluster.Client.EventsV1().Events(cluster.Namespace).List(context.Background(), metav1.ListOptions{})
		if err != nil {
			return false
		}
		count = 0
		for i := range events.Items {
			if events.Items[i].Reason == "Scheduled" {
				count++
			}
		}
		return count >= 2 || hopeless()
	}
	if _, err := s.Cluster.AwaitOutcomes(slow, told); err != nil || count >= 2 || hopeless() {
		return err
	}
	return stage.Saw("%d events tell of two pods that are bound", count)
}

const scrapes = "/metrics is there for a token and for a certificate"

// scraped tells whether /metrics is there for the monitor's token, and for whoever comes with a certificate.
func scraped(run *stage.Run, token string) string {
	if _, err := run.Scheduler.GetAs("/metrics", token); err != nil {
		return fmt.Sprintf("the monitor with its token: %v", err)
	}
	if _, err := run.Scheduler.GetByCertificate("/metrics"); err != nil {
		return fmt.Sprintf("the admin with a certificate: %v", err)
	}
	return scrapes
}

// misread are the lines of a log that speak of a right that is missing.
func misread(log string) []string {
	var lines []string
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(strings.ToLower(line), "forbidden") || strings.Contains(line, "without authentication configuration") {
			lines = append(lines, line)
		}
	}
	return lines
}

// outweighs gives the busy nodes the pod's image, 4 GB of it, which ImageLocality gives 100 points for.
func outweighs(s *stage.Stage) error {
	p, err := profileOf(s)
	if err != nil {
		return err
	}
	holder := busy
	holder.Name = "busy-with-image"
	holder.Change = func(node *v1.Node) {
		node.Status.Images = []v1.ContainerImage{{Names: []string{"registry.example/none:1"}, SizeBytes: 4 << 30}}
	}
	run, err := s.Begin(stage.Setup{World: stage.Pairs(idle, holder), Config: p.config.reachable()})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	nodes, err := run.Bound(p.pod("one", "one"), p.pod("two", "two"))
	if err != nil {
		return err
	}
	for pod, node := range nodes {
		if run.World.Roles[node] != idle.Name {
			return stage.Saw("pod %s went to %s (%s); network_traffic's share of its points: %s; image's: %s", pod, node, run.World.Roles[node],
				shown(run, run.Scores()[pod]), shown(run, run.ScoresOf("ImageLocality")[pod]))
		}
	}
	return scoreRan(run)
}
