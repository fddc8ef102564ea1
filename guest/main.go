// Command windtunnel-agent is the harness's hand in a Linux kernel: it runs commands in network namespaces, and opens and
// serves TCP connections there, as it is told over one line.
//
// It owns namespaces, processes and sockets. It refuses to know Kubernetes: what listens on a port and what travels on a
// connection is the harness's business; here a message is a number and a length.
//
//	windtunnel-agent serve                     # requests on standard input, answers on standard output
//	windtunnel-agent init                      # as the first process of a guest: mounts, and serves on /dev/tty1
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		newAgent(os.Stdin, os.Stdout).serve()
	case len(os.Args) == 2 && os.Args[1] == "init":
		bootAndServe()
	default:
		fmt.Fprintln(os.Stderr, "usage: windtunnel-agent serve | init")
		os.Exit(2)
	}
}

// bootAndServe is the life of a guest. Whatever happens, it ends with the guest's power off: a first process that returns
// makes the kernel panic.
func bootAndServe() {
	defer powerOff()
	line, err := boot()
	if err != nil {
		fmt.Fprintln(os.Stderr, "windtunnel-agent:", err)
		return
	}
	in := &windowed{line: line}
	a := newAgent(in, line)
	in.taken = func(n int) { a.emit(event{Event: "read", Number: n}) }
	a.serve()
}

// windowed tells the harness what was read, so that no more than a window is under way: a terminal's buffer is small, and
// what overflows it is lost for good.
type windowed struct {
	line   io.Reader
	taken  func(bytes int)
	untold int
}

// tellAfter is less than the harness's window (CONSOLE_WINDOW in uml.ts).
const tellAfter = 1000

func (w *windowed) Read(p []byte) (int, error) {
	n, err := w.line.Read(p)
	if w.untold += n; w.untold >= tellAfter {
		w.taken(w.untold)
		w.untold = 0
	}
	return n, err
}
