package cluster

import (
	"net"
	"sync"
)

// ports remembers what was given out: the system gives a port again as soon as it is closed, while the process that
// should listen on it is still starting.
var ports = struct {
	sync.Mutex
	given map[int]bool
}{given: map[int]bool{}}

// FreePort is a TCP port on loopback that nobody listens on, given out once.
func FreePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := listener.Addr().(*net.TCPAddr).Port
		listener.Close()
		if !ports.given[port] {
			ports.given[port] = true
			return port, nil
		}
	}
}
