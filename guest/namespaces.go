package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// runNetns is where ip-netns looks for namespaces by name, so that everybody's tools find them too.
const runNetns = "/run/netns"

// namespaces are those that this agent made. The empty name is the one that it was started in.
type namespaces struct {
	mu    sync.Mutex
	files map[string]*os.File
	home  *os.File
}

func newNamespaces() *namespaces {
	home, err := os.Open("/proc/self/ns/net")
	if err != nil {
		panic("a process has a network namespace: " + err.Error())
	}
	return &namespaces{files: map[string]*os.File{}, home: home}
}

func (n *namespaces) add(name string) error {
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		return fmt.Errorf("ip netns add %s: %w: %s", name, err, out)
	}
	file, err := os.Open(filepath.Join(runNetns, name))
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.files[name] = file
	n.mu.Unlock()
	return n.in(name, func() error { return exec.Command("ip", "link", "set", "lo", "up").Run() })
}

func (n *namespaces) remove(name string) error {
	n.mu.Lock()
	file := n.files[name]
	delete(n.files, name)
	n.mu.Unlock()
	if file == nil {
		return fmt.Errorf("no namespace %q", name)
	}
	file.Close()
	if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
		return fmt.Errorf("ip netns delete %s: %w: %s", name, err, out)
	}
	return nil
}

func (n *namespaces) close() {
	n.mu.Lock()
	names := make([]string, 0, len(n.files))
	for name := range n.files {
		names = append(names, name)
	}
	n.mu.Unlock()
	for _, name := range names {
		_ = n.remove(name)
	}
}

// in runs work in a namespace: what it opens or starts belongs there, and stays there. The thread is given back only once it
// is home again.
func (n *namespaces) in(name string, work func() error) error {
	n.mu.Lock()
	file := n.files[name]
	n.mu.Unlock()
	if name == "" {
		return work()
	}
	if file == nil {
		return fmt.Errorf("no namespace %q", name)
	}
	runtime.LockOSThread()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("setns %s: %w", name, err)
	}
	err := work()
	if back := unix.Setns(int(n.home.Fd()), unix.CLONE_NEWNET); back != nil {
		// The thread stays locked, and dies with its goroutine.
		return fmt.Errorf("setns back: %w", back)
	}
	runtime.UnlockOSThread()
	return err
}
