package plugintest

import (
	"os/exec"
	"syscall"
)

// Tie lets the process end with the test, however that ends.
func Tie(process *exec.Cmd) { process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
