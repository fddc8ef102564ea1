package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// alone runs a test again in a user, mount and network namespace of its own, with an empty /run: what it makes is nobody else's.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("ALONE") != "" {
		if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), "ALONE=1")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	said, err := again.CombinedOutput()
	if again.Process == nil {
		t.Skipf("no namespaces for this user: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return false
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}

func TestANamespaceOfSomebodyElseIsFoundByItsNameAsLongAsItIsThere(t *testing.T) {
	if !alone(t) {
		return
	}
	ours, others := newNamespaces(), newNamespaces()
	where := func() (at uint64) {
		if err := ours.in("of-a-pod", func() error {
			at = inode(t, "/proc/thread-self/ns/net")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return at
	}
	for range 2 {
		if err := others.add("of-a-pod"); err != nil {
			t.Fatal(err)
		}
		if got, want := where(), inode(t, runNetns+"/of-a-pod"); got != want || got == inode(t, "/proc/self/ns/net") {
			t.Errorf("in namespace %d, not in %d", got, want)
		}
		if err := others.remove("of-a-pod"); err != nil {
			t.Fatal(err)
		}
		if err := ours.in("of-a-pod", func() error { return nil }); err == nil || err.Error() != `no namespace "of-a-pod"` {
			t.Errorf("one that is gone: %v", err)
		}
	}
	if err := ours.in("../of-a-pod", func() error { return nil }); err == nil || err.Error() != `no namespace "../of-a-pod"` {
		t.Errorf("a path: %v", err)
	}
}
