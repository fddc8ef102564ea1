package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

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
	p.mu.Lock()
	p.running[r.Number] = command.Process
	p.typed[r.Number] = master
	p.mu.Unlock()
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			if err != nil {
				break // EIO, when the last process on the terminal has ended.
			}
			p.agent.emit(event{Event: "output", Number: r.Number, Line: base64.StdEncoding.EncodeToString(buffer[:n])})
		}
		code, _ := exitCode(command, command.Wait())
		p.mu.Lock()
		delete(p.running, r.Number)
		delete(p.typed, r.Number)
		p.mu.Unlock()
		master.Close()
		p.agent.emit(event{Event: "exited", Number: r.Number, Code: code})
	}()
	return nil
}

// input is what somebody types, in base64.
func (p *processes) input(r *request) error {
	keys, err := base64.StdEncoding.DecodeString(r.Text)
	if err != nil {
		return err
	}
	p.mu.Lock()
	master := p.typed[r.Number]
	p.mu.Unlock()
	if master == nil {
		return fmt.Errorf("no terminal %d", r.Number)
	}
	_, err = master.Write(keys)
	return err
}

func openTerminal() (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			master.Close()
		}
	}()
	if err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}
