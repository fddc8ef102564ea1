package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// controlLine is the guest's second console: the first one carries the kernel's own messages.
const controlLine = "/dev/tty1"

type mount struct{ source, target, kind string }

var mounts = []mount{
	{"proc", "/proc", "proc"},
	{"sysfs", "/sys", "sysfs"},
	{"devtmpfs", "/dev", "devtmpfs"},
	{"devpts", "/dev/pts", "devpts"},
	{"run", "/run", "tmpfs"},
}

// boot makes a guest out of a kernel and the machine's own files: mounts, loopback, the control line.
func boot() (*os.File, error) {
	os.Setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
	for _, m := range mounts {
		_ = os.Mkdir(m.target, 0o755) // Most are there, and the root is read-only; the mount tells.
		if err := unix.Mount(m.source, m.target, m.kind, 0, ""); err != nil && err != unix.EBUSY {
			return nil, fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	// A kernel that misses a module starts a program to look for it, a tenth of a second each time, and in vain: the harness
	// loads what is needed by name. xt_check_match, get_info and others ask with every call (request_module in kernel/kmod.c).
	if err := os.WriteFile("/proc/sys/kernel/modprobe", []byte("\n"), 0o644); err != nil {
		return nil, err
	}
	if err := loopbackUp(); err != nil {
		return nil, err
	}
	line, err := os.OpenFile(controlLine, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return line, makeRaw(int(line.Fd()))
}

// load puts modules into the kernel, in this order; one that is there already is no error.
func load(paths []string) error {
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(file.Fd()), "", 0)
		file.Close()
		if err != nil && err != unix.EEXIST {
			return fmt.Errorf("finit_module %s: %w", path, err)
		}
	}
	return nil
}

// makeRaw makes a terminal line carry bytes as they are: no echo, no line editing, no translation of line ends.
func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("%s is no terminal: %w", controlLine, err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// powerOff ends the guest, at once.
func powerOff() {
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	time.Sleep(time.Minute)
}
