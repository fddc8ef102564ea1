package plugintest

import (
	"os"
	"os/exec"
	"testing"
)

// rerun is set in the environment of a test binary that shall be the program itself.
const rerun = "PLUGINTEST_RUN_MAIN"

// Main is a TestMain for the package of a program, main: its own tests run it with Self, which needs no second binary.
func Main(m *testing.M, main func()) {
	if os.Getenv(rerun) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// Self makes a process of the program that is under test.
func Self(arguments ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), rerun+"=1")
	return command
}
