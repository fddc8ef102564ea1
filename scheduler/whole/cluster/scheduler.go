package cluster

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"sigs.k8s.io/yaml"
)

// SchedulerOptions says how a scheduler runs.
type SchedulerOptions struct {
	// Binary is its path.
	Binary string
	// Config is a KubeSchedulerConfiguration as YAML. Its clientConnection.kubeconfig is replaced; all else stays.
	Config string
	// Args are added behind those of the harness, and so win.
	Args []string
	// Token is whom it acts as. Default: admin.
	Token string
}

// Scheduler is one running scheduler process.
type Scheduler struct {
	cluster *Cluster
	process *process
	url     string
	name    string
}

// StartScheduler starts a scheduler that serves /metrics and /healthz on a port of its own on loopback. It returns as soon
// as the process is there; Ready waits.
func (c *Cluster) StartScheduler(o SchedulerOptions) (*Scheduler, error) {
	c.schedulers++
	s := &Scheduler{cluster: c, name: fmt.Sprintf("scheduler-%d", c.schedulers)}
	if o.Token == "" {
		o.Token = c.AdminToken()
	}
	kubeconfig, err := c.Kubeconfig(s.name+".kubeconfig", o.Token)
	if err != nil {
		return nil, err
	}
	config := c.path(s.name + ".yaml")
	if err := writeConfig(config, o.Config, kubeconfig); err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	s.url = fmt.Sprintf("https://127.0.0.1:%d", port)
	args := []string{
		"--config=" + config, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port), "--cert-dir=" + c.path(s.name+"-certs"),
	}
	s.process, err = start(c.path(s.name+".log"), o.Binary, append(args, o.Args...)...)
	return s, err
}

func writeConfig(path, text, kubeconfig string) error {
	var config map[string]any
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return fmt.Errorf("the scheduler's configuration: %w", err)
	}
	connection, ok := config["clientConnection"].(map[string]any)
	if !ok {
		connection = map[string]any{}
	}
	connection["kubeconfig"] = kubeconfig
	config["clientConnection"] = connection
	out, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(path, out, 0o600)
}

// Ready waits until the scheduler serves and its caches are filled. The error of a process that ended holds the end of
// its log.
func (s *Scheduler) Ready() error { return s.ReadyWithin(patience) }

// ReadyWithin is Ready with another patience than that for a slow machine.
func (s *Scheduler) ReadyWithin(within time.Duration) error {
	return s.process.await(s.name, within, func() error {
		_, err := s.Get("/readyz")
		return err
	})
}

// Ended waits until the process has ended by itself, and tells whether it did in time.
func (s *Scheduler) Ended(within time.Duration) bool {
	select {
	case <-s.process.done:
		return true
	case <-time.After(within):
		return false
	}
}

// Stop ends the process and everything it started. It leaves the log.
func (s *Scheduler) Stop() { s.process.stop(0) }

// StopGently lets the process give up its lease first.
func (s *Scheduler) StopGently() { s.process.stop(10 * time.Second) }

// Signal sends a signal, such as SIGSTOP, to the process and its group.
func (s *Scheduler) Signal(signal syscall.Signal) { s.process.signal(signal) }

// Running tells whether the process is there.
func (s *Scheduler) Running() bool { return s.process.running() }

// Log is all that the process has written.
func (s *Scheduler) Log() string { return s.process.output() }

// Tail is the end of the log.
func (s *Scheduler) Tail(lines int) string { return s.process.tail(lines) }

// CPU is the processor time of a process that has ended.
func (s *Scheduler) CPU() time.Duration {
	state := s.process.command.ProcessState
	if state == nil {
		return 0
	}
	return state.UserTime() + state.SystemTime()
}
