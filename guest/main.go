// Command windtunnel-agent is the harness's hand in a Linux kernel: it runs commands in network namespaces, and opens and
// serves TCP connections there, as it is told over one line.
//
// It owns namespaces, processes and sockets. It refuses to know Kubernetes: what listens on a port and what travels on a
// connection is the harness's business; here a message is a number and a length.
//
//	windtunnel-agent serve                     # requests on standard input, answers on standard output
//	windtunnel-agent init                      # as the first process of a guest: mounts, loads modules, serves on /dev/tty1
//
// What init is to load stands in the environment, which the kernel makes of its command line: WINDTUNNEL_MODULES is modprobe's
// folder, WINDTUNNEL_LOAD the names, with commas. (A plain word with a dot in it, such as a path, never reaches init.)
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		newAgent(os.Stdin, os.Stdout).serve()
	case len(os.Args) == 2 && os.Args[1] == "init":
		bootAndServe(os.Getenv("WINDTUNNEL_MODULES"), strings.Split(os.Getenv("WINDTUNNEL_LOAD"), ","))
	default:
		fmt.Fprintln(os.Stderr, "usage: windtunnel-agent serve | init")
		os.Exit(2)
	}
}

// bootAndServe is the life of a guest. Whatever happens, it ends with the guest's power off: a first process that returns
// makes the kernel panic.
func bootAndServe(modules string, names []string) {
	defer powerOff()
	line, err := boot(modules, names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "windtunnel-agent:", err)
		return
	}
	newAgent(line, line).serve()
}
