// Package stage puts a scheduler to the test in a small world: nodes as API objects, the series that their exporters would
// have left in Prometheus, and pods to place.
//
// It owns how such a run begins, is watched and ends, and how a finding is told. It refuses to know which findings are
// right: that is what the checks are for.
package stage

import (
	"fmt"
	"slices"
	"time"

	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/cluster"
)

// Subject is the scheduler under test.
type Subject struct {
	// Binary is its path.
	Binary string
	// Switches are the defects that are switched on; only the specimen binary has any.
	Switches string
	// Manifests is the file or folder of manifests under test; empty where none are.
	Manifests string
	// Without leaves the plugin out of the harness's configuration.
	Without bool
}

// Args are the subject's flags.
func (s Subject) Args() []string {
	if s.Switches == "" {
		return nil
	}
	return []string{"--specimens=" + s.Switches}
}

// Stage is one control plane on which one run after the other takes place, for one subject.
type Stage struct {
	Cluster *cluster.Cluster
	Subject Subject
	// Log is the end of what the last scheduler wrote.
	Log string
}

// SchedulerName is the profile that the pods ask for.
const SchedulerName = "under-test"

// Setup is what a run begins with.
type Setup struct {
	World World
	// Arguments of the plugin as YAML, without prometheusURL unless they give one (as "prometheusURL" or "ip").
	Arguments string
	// Config is used instead of the harness's configuration where it is set; PROMETHEUS in it becomes the URL.
	Config string
	// Fault and Delay are those that Prometheus has from the beginning.
	Fault promserver.Fault
	Delay time.Duration
	// Args are further flags of the scheduler.
	Args []string
	// Quiet leaves out the scores in the log, and with them Run.Scores.
	Quiet bool
	// Token is whom the scheduler acts as; admin where it is empty.
	Token string
}

// Run is one scheduler at work.
type Run struct {
	Scheduler  *cluster.Scheduler
	Prometheus *promserver.Server
	Network    *promserver.Listening
	World      World

	stage   *Stage
	options cluster.SchedulerOptions
	storage func() error
}

// Begin clears the cluster, creates the world and starts the scheduler. A scheduler that does not become ready is a
// Symptom; every other error is the harness's own.
func (s *Stage) Begin(setup Setup) (*Run, error) {
	run, err := s.Launch(setup)
	if err != nil {
		return nil, err
	}
	if err := run.Scheduler.Ready(); err != nil {
		words := run.LastWords()
		run.End()
		return nil, Saw("the scheduler did not start: %s", words)
	}
	return run, nil
}

// StartsNot expects the scheduler to end by itself at start, and returns what it said. That it starts is a Symptom; the run
// is then the caller's to go on with and to end.
func (s *Stage) StartsNot(setup Setup) (string, *Run, error) {
	run, err := s.Launch(setup)
	if err != nil {
		return "", nil, err
	}
	if err := run.Scheduler.Ready(); err == nil {
		return "", run, nil
	}
	defer run.End()
	if run.Scheduler.Running() {
		return "", nil, fmt.Errorf("the scheduler is neither ready nor at its end:\n%s", run.Scheduler.Tail(20))
	}
	return run.LastWords(), nil, nil
}

// Launch is Begin without waiting for the scheduler to be ready.
func (s *Stage) Launch(setup Setup) (*Run, error) {
	if err := s.Cluster.Clear(); err != nil {
		return nil, err
	}
	server, closeStorage, err := promserver.Load(setup.World.at(), setup.World.Series...)
	if err != nil {
		return nil, err
	}
	server.Set(setup.Fault, setup.Delay)
	run := &Run{Prometheus: server, World: setup.World, stage: s, storage: closeStorage}
	if run.Network, err = promserver.Listen(server); err != nil {
		run.End()
		return nil, err
	}
	if err := s.Cluster.CreateNodes(setup.World.Nodes...); err != nil {
		run.End()
		return nil, err
	}
	run.options = cluster.SchedulerOptions{
		Binary: s.Subject.Binary, Config: setup.config(run.Network.URL, s.Subject.Without), Token: setup.Token,
		Args: slices.Concat(setup.verbosity(), s.Subject.Args(), setup.Args),
	}
	if run.Scheduler, err = s.Cluster.StartScheduler(run.options); err != nil {
		run.End()
		return nil, err
	}
	return run, nil
}

// verbosity lets kube-scheduler write the scores to its log, and nothing else that it would not.
func (s Setup) verbosity() []string {
	if s.Quiet {
		return []string{"--v=2"}
	}
	return []string{"--v=2", "--vmodule=schedule_one=10"}
}

// Replica starts a second scheduler just like the first, and waits until it is ready. It is the caller's to stop.
func (r *Run) Replica() (*cluster.Scheduler, error) {
	second, err := r.stage.Cluster.StartScheduler(r.options)
	if err != nil {
		return nil, err
	}
	if err := second.Ready(); err != nil {
		second.Stop()
		return nil, Saw("the second replica did not start: %s", clip(second.Tail(1)))
	}
	return second, nil
}

// End stops the scheduler and Prometheus, and keeps the end of the log in the stage.
func (r *Run) End() {
	if r.Scheduler != nil {
		r.Scheduler.Stop()
		r.stage.Log = r.Scheduler.Tail(40)
	}
	if r.Network != nil {
		r.Network.Close()
	}
	r.storage()
}
