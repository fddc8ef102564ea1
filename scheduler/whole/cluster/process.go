package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a child in a process group of its own, with its output in a file. It is killed when this process dies, however
// that happens.
type process struct {
	command *exec.Cmd
	log     string
	done    chan struct{}
}

// spawn hands the start of a child to one thread that lives as long as this process: Linux sends the death signal when the
// thread that forked ends, not when the process does.
var spawn = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range work {
			start()
		}
	}()
	return work
})

// start runs a binary with its output in the file log.
func start(log, binary string, args ...string) (*process, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p := &process{command: exec.Command(binary, args...), log: log, done: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = file, file
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	spawn() <- func() { started <- p.command.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	go func() {
		p.command.Wait()
		close(p.done)
	}()
	return p, nil
}

// stop ends the child and all its children: politely where it gets time for that, then by force.
func (p *process) stop(patience time.Duration) {
	if patience > 0 && p.running() {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(patience):
		}
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *process) signal(s syscall.Signal) { syscall.Kill(-p.command.Process.Pid, s) }

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// output is all that the child has written so far.
func (p *process) output() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return "no log: " + err.Error()
	}
	return string(text)
}

// tail is the end of the output, for error messages.
func (p *process) tail(lines int) string {
	all := strings.Split(strings.TrimRight(p.output(), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// await asks until the answer is nil, the child has ended, or time is up.
func (p *process) await(what string, patience time.Duration, ask func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if !p.running() {
			return fmt.Errorf("%s: the process ended (%s):\n%s", what, p.command.ProcessState, p.tail(20))
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s: %w\n%s", what, patience, err, p.tail(20))
		}
		time.Sleep(poll)
	}
}

// poll is the pause between two questions.
const poll = 50 * time.Millisecond
