package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// runNetns is where ip-netns looks for namespaces by name, so that everybody's tools find them too.
const runNetns = "/run/netns"

// namespaces are those that this agent made, and by their names those that others did. The empty name is the one that it was
// started in.
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

// add makes a namespace with its loopback up. As ip-netns does, and without its processes.
func (n *namespaces) add(name string) error {
	if err := os.MkdirAll(runNetns, 0o755); err != nil {
		return err
	}
	path := filepath.Join(runNetns, name)
	place, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o444)
	if err != nil {
		return err
	}
	place.Close()
	file, err := n.unshare(path)
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("namespace %s: %w", name, err)
	}
	n.mu.Lock()
	n.files[name] = file
	n.mu.Unlock()
	return nil
}

func (n *namespaces) unshare(path string) (file *os.File, err error) {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("unshare: %w", err)
	}
	if err = loopbackUp(); err == nil {
		if err = unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err == nil {
			file, err = os.Open(path)
		}
	}
	if back := unix.Setns(int(n.home.Fd()), unix.CLONE_NEWNET); back != nil {
		// The thread stays locked, and dies with its goroutine.
		return nil, fmt.Errorf("setns back: %w", back)
	}
	runtime.UnlockOSThread()
	return file, err
}

// loopbackUp does it in the calling thread's namespace.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("flags of lo: %w", err)
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("lo up: %w", err)
	}
	return nil
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
	path := filepath.Join(runNetns, name)
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("umount %s: %w", path, err)
	}
	return os.Remove(path)
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

// openOthers finds a namespace of somebody else's by its name, as a node's CNI leaves those of pods: each time, since it may have
// gone, and another one may have come under its name.
func openOthers(name string) (*os.File, error) {
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("no namespace %q", name)
	}
	file, err := os.Open(filepath.Join(runNetns, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no namespace %q", name)
	}
	return file, err
}

// in runs work in a namespace: what it opens or starts belongs there, and stays there. The thread is given back only once it
// is home again.
func (n *namespaces) in(name string, work func() error) error {
	if name == "" {
		return work()
	}
	n.mu.Lock()
	file := n.files[name]
	n.mu.Unlock()
	if file == nil {
		others, err := openOthers(name)
		if err != nil {
			return err
		}
		defer others.Close()
		file = others
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
