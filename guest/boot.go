package main

import (
	"fmt"
	"os"
	"os/exec"
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
	{"run", "/run", "tmpfs"},
}

// boot makes a guest out of a kernel and the machine's own files: mounts, modules, the control line. A module that is not
// there is told and not fatal: the harness asks for what it needs.
func boot(modules string, names []string) (*os.File, error) {
	os.Setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
	for _, m := range mounts {
		if err := unix.Mount(m.source, m.target, m.kind, 0, ""); err != nil && err != unix.EBUSY {
			return nil, fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	for _, name := range names {
		if out, err := exec.Command("modprobe", "-d", modules, name).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "windtunnel-agent: modprobe %s: %v: %s\n", name, err, out)
		}
	}
	if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
		return nil, fmt.Errorf("ip link set lo up: %w", err)
	}
	line, err := os.OpenFile(controlLine, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return line, makeRaw(int(line.Fd()))
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
