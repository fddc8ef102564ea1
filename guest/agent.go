package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// request is one line from the harness. Which fields count depends on Do.
type request struct {
	ID     int      `json:"id"`
	Do     string   `json:"do"`
	NS     string   `json:"ns"`
	Argv   []string `json:"argv"`
	Stdin  string   `json:"stdin"`
	Path   string   `json:"path"`
	Paths  []string `json:"paths"`
	Text   string   `json:"text"`
	Number int      `json:"number"` // of the socket, the listener or the process; the harness gives it

	IP      string     `json:"ip"`
	Device  string     `json:"device"`
	Port    int        `json:"port"`
	Accept  bool       `json:"accept"`
	Keep    *keepAlive `json:"keepAlive"`
	Message int        `json:"message"`
	Bytes   int        `json:"bytes"`
	Secure  bool       `json:"secure"`

	TimeoutMs int `json:"timeoutMs"`
}

// keepAlive holds TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT.
type keepAlive struct {
	IdleMs     int `json:"idleMs"`
	IntervalMs int `json:"intervalMs"`
	Probes     int `json:"probes"`
}

// reply answers a request by its number; event tells of something that nobody asked for just now.
type reply struct {
	ID    int    `json:"id"`
	Error string `json:"error,omitempty"`
	OK    any    `json:"ok,omitempty"`
}

type event struct {
	Event  string `json:"event"`
	Number int    `json:"number"`
	// At is the wall clock's time in microseconds.
	At int64 `json:"at"`

	Socket  int    `json:"socket,omitempty"`
	Local   string `json:"local,omitempty"`
	Remote  string `json:"remote,omitempty"`
	Why     string `json:"why,omitempty"`
	Message int    `json:"message,omitempty"`
	Line    string `json:"line,omitempty"`
	Code    int    `json:"code,omitempty"`
}

// agent serves one harness.
type agent struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out *json.Encoder

	namespaces *namespaces
	sockets    *sockets
	processes  *processes
	atOnce     chan struct{}
	ip         *ipTools
}

func newAgent(in io.Reader, out io.Writer) *agent {
	a := &agent{in: bufio.NewReaderSize(in, 1<<16), out: json.NewEncoder(out), namespaces: newNamespaces(), atOnce: make(chan struct{}, execsAtOnce)}
	a.out.SetEscapeHTML(false)
	a.sockets = newSockets(a)
	a.ip = &ipTools{agent: a, tools: map[string]*ipTool{}}
	a.processes = &processes{agent: a, running: map[int]*os.Process{}, typed: map[int]chan []byte{}}
	return a
}

// serve reads requests until the line ends or `end` is asked for. Each is worked on by itself, so that a slow one holds up
// nobody; the harness orders what must be in order by waiting for the answer.
func (a *agent) serve() {
	a.emit(event{Event: "ready", Number: os.Getpid()})
	defer a.close()
	for {
		line, err := a.in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			a.send(reply{ID: r.ID, Error: fmt.Sprintf("not a request: %v", err)})
			continue
		}
		if r.Do == "end" {
			a.close()
			a.send(reply{ID: r.ID})
			return
		}
		if a.sockets.fast(&r) || a.processes.fast(&r) {
			continue
		}
		go func() {
			ok, err := a.handle(&r)
			if err != nil {
				a.send(reply{ID: r.ID, Error: err.Error()})
				return
			}
			a.send(reply{ID: r.ID, OK: ok})
		}()
	}
}

func (a *agent) handle(r *request) (any, error) {
	switch r.Do {
	case "namespace":
		return nil, a.namespaces.add(r.NS)
	case "load":
		return nil, load(r.Paths)
	case "forget":
		a.ip.forget(r.NS)
		return nil, a.namespaces.remove(r.NS)
	case "exec":
		return a.exec(r)
	case "ip":
		return a.ip.ask(r)
	case "start":
		return nil, a.processes.start(r)
	case "terminal":
		return nil, a.processes.terminal(r)
	case "kill":
		return nil, a.processes.kill(r.Number)
	case "read":
		return a.read(r)
	case "write":
		return nil, a.write(r)
	case "listen":
		return a.sockets.listen(r)
	case "relay":
		return a.relay(r)
	case "get":
		return a.get(r)
	case "unsent":
		return a.sockets.unsent(r.Number)
	case "arp":
		return a.arp(r)
	case "ping":
		return a.ping(r)
	case "probe":
		return a.probe(r)
	case "time":
		return time.Now().UnixMicro(), nil
	}
	return nil, fmt.Errorf("no such request: %q", r.Do)
}

func (a *agent) send(v any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	// A line that is gone is noticed by the reader, which then ends everything.
	_ = a.out.Encode(v)
}

func (a *agent) emit(e event) {
	if e.At == 0 {
		e.At = time.Now().UnixMicro()
	}
	a.send(e)
}

func (a *agent) close() {
	a.processes.close()
	a.ip.close()
	a.sockets.close()
	a.namespaces.close()
}
