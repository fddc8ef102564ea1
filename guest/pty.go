package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// typedAhead is how many strokes may wait for a program that does not read; what is typed beyond is lost, as on any terminal.
const typedAhead = 1024

// terminal runs a command on a terminal of its own, for people: what it writes comes as events, what they type goes in with
// `input`, and `kill` ends it.
func (p *processes) terminal(r *request) error {
	master, slave, err := openTerminal()
	if err != nil {
		return fmt.Errorf("a terminal: %w", err)
	}
	defer slave.Close()
	command := exec.Command(r.Argv[0], r.Argv[1:]...)
	command.Env = append(os.Environ(), "TERM=xterm", "HOME=/", "PS1="+r.NS+"# ")
	command.Stdin, command.Stdout, command.Stderr = slave, slave, slave
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.agent.namespaces.in(r.NS, command.Start); err != nil {
		master.Close()
		return fmt.Errorf("%s: %w", r.Argv[0], err)
	}
	keys := make(chan []byte, typedAhead)
	p.mu.Lock()
	p.running[r.Number] = command.Process
	p.typed[r.Number] = keys
	p.mu.Unlock()
	go func() {
		for stroke := range keys {
			_, _ = master.Write(stroke) // Who is gone reads nothing more.
		}
	}()
	shown := make(chan struct{})
	go func() {
		p.show(r.Number, master)
		close(shown)
	}()
	go func() {
		code, _ := exitCode(command, command.Wait())
		p.mu.Lock()
		delete(p.running, r.Number)
		delete(p.typed, r.Number)
		close(keys)
		p.mu.Unlock()
		// What it left in the background may still hold the terminal: that is no reason to wait.
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGHUP)
		select {
		case <-shown:
		case <-time.After(lastWords):
		}
		master.Close()
		p.agent.emit(event{Event: "exited", Number: r.Number, Code: code})
	}()
	return nil
}

// lastWords is how long a terminal is read after its command has ended.
const lastWords = 500 * time.Millisecond

// show tells what is written until the last process on the terminal has ended (EIO), or it is closed.
func (p *processes) show(number int, master *os.File) {
	buffer := make([]byte, 4096)
	for {
		n, err := master.Read(buffer)
		if err != nil {
			return
		}
		p.agent.emit(event{Event: "output", Number: number, Line: base64.StdEncoding.EncodeToString(buffer[:n])})
	}
}

// fast takes what is typed, in base64: it must stay in order, and nobody waits for it.
func (p *processes) fast(r *request) bool {
	if r.Do != "input" {
		return false
	}
	keys, err := base64.StdEncoding.DecodeString(r.Text)
	p.mu.Lock()
	defer p.mu.Unlock()
	if typed := p.typed[r.Number]; typed != nil && err == nil {
		select {
		case typed <- keys:
		default:
		}
	}
	return true
}

func openTerminal() (master, slave *os.File, err error) {
	// Not os.OpenFile and Fd(), which would make reads block for good: Close must end them.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	defer func() {
		if err != nil {
			master.Close()
		}
	}()
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}
