package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// outcome is what a command left. Code is 128 + n where a signal ended it.
type outcome struct {
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
	Code   int    `json:"code"`
}

const defaultTimeout = 20 * time.Second

// execsAtOnce bounds the commands under way: a guest is slow at making processes, and slower with many at once.
const execsAtOnce = 4

// exec runs a command to its end, or kills it when its time is over.
func (a *agent) exec(r *request) (any, error) {
	timeout := defaultTimeout
	if r.TimeoutMs > 0 {
		timeout = time.Duration(r.TimeoutMs) * time.Millisecond
	}
	// Waiting for a turn counts too: the harness waits for the answer, not for the command.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	select {
	case a.atOnce <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: not started within %s, %d others run", strings.Join(r.Argv, " "), timeout, execsAtOnce)
	}
	defer func() { <-a.atOnce }()
	command := exec.CommandContext(ctx, r.Argv[0], r.Argv[1:]...)
	command.Stdin = strings.NewReader(r.Stdin)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = 5 * time.Second
	if err := a.namespaces.in(r.NS, command.Start); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Argv[0], err)
	}
	stepBack(command.Process.Pid)
	err := command.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: still running after %s", strings.Join(r.Argv, " "), timeout)
	}
	code, err := exitCode(command, err)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(r.Argv, " "), err)
	}
	return outcome{stdout.String(), stderr.String(), code}, nil
}

// stepBack lets the agent and its sockets go first on a guest's one processor: connections are measured while commands run.
func stepBack(pid int) { _ = unix.Setpriority(unix.PRIO_PROCESS, pid, 10) }

// exitCode is the command's; an error is one of waiting for it.
func exitCode(command *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// processes are the commands that go on: each line of their output is an event, and so is their end.
type processes struct {
	agent   *agent
	mu      sync.Mutex
	running map[int]*os.Process
	// typed are the terminals among them, as a queue of what is typed.
	typed map[int]chan []byte
}

func (p *processes) start(r *request) error {
	command := exec.Command(r.Argv[0], r.Argv[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	command.Stderr = command.Stdout
	if err := p.agent.namespaces.in(r.NS, command.Start); err != nil {
		return fmt.Errorf("%s: %w", r.Argv[0], err)
	}
	p.mu.Lock()
	p.running[r.Number] = command.Process
	p.mu.Unlock()
	go func() {
		lines := bufio.NewScanner(output)
		// The longest is an event of a watch: an object of etcd's has 1.5 MiB at most.
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			p.agent.emit(event{Event: "line", Number: r.Number, Line: lines.Text()})
		}
		code, _ := exitCode(command, command.Wait())
		p.mu.Lock()
		delete(p.running, r.Number)
		p.mu.Unlock()
		p.agent.emit(event{Event: "exited", Number: r.Number, Code: code})
	}()
	return nil
}

// kill ends a process and what it started. Twice is no error.
func (p *processes) kill(number int) error {
	p.mu.Lock()
	process, terminal := p.running[number], p.typed[number] != nil
	p.mu.Unlock()
	if process == nil {
		return nil
	}
	if terminal { // A shell that somebody types into takes no notice of SIGTERM.
		time.AfterFunc(time.Second, func() { _ = syscall.Kill(-process.Pid, syscall.SIGKILL) })
		return syscall.Kill(-process.Pid, syscall.SIGHUP)
	}
	return syscall.Kill(-process.Pid, syscall.SIGTERM)
}

func (p *processes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, process := range p.running {
		_ = syscall.Kill(-process.Pid, syscall.SIGKILL)
	}
}

// read gives a file as a process of the namespace sees it: /proc/net and /proc/sys/net are the namespace's.
func (a *agent) read(r *request) (any, error) {
	var text []byte
	err := a.namespaces.in(r.NS, func() (err error) {
		text, err = os.ReadFile(threadPath(r.Path))
		return err
	})
	return string(text), err
}

func (a *agent) write(r *request) error {
	return a.namespaces.in(r.NS, func() error { return os.WriteFile(threadPath(r.Path), []byte(r.Text), 0o644) })
}

// threadPath makes /proc/net the calling thread's: /proc/self is the process, whose first thread is in another namespace.
func threadPath(path string) string {
	if rest, ok := strings.CutPrefix(path, "/proc/net/"); ok {
		return "/proc/thread-self/net/" + rest
	}
	return path
}
