package plugintest

import (
	"os/exec"
	"syscall"
)

// tie lets the process end with the test, however that ends.
func tie(process *exec.Cmd) { process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
