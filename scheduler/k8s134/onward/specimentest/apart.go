package specimentest

import (
	"os"
	"os/exec"
	"testing"
)

// again is set in the environment of a test that runs in a process of its own: what a scheme knows, and a panic in another
// goroutine, cannot be taken back.
const again = "SPECIMEN_AGAIN"

// apart runs the calling test once more in another process, and returns what that printed; inside is true there.
func apart(t *testing.T) (inside bool, printed string, err error) {
	t.Helper()
	if os.Getenv(again) != "" {
		return true, "", nil
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=5m", "-test.v")
	command.Env = append(os.Environ(), again+"=1")
	out, err := command.CombinedOutput()
	return false, string(out), err
}
