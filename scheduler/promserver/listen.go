package promserver

import (
	"net"
	"net/http"
	"sync/atomic"
)

// Listening is a handler that serves on a free port of loopback, and counts the connections that it accepts.
type Listening struct {
	URL string

	server      *http.Server
	connections atomic.Int64
}

// Listen starts to serve. Close ends it.
func Listen(handler http.Handler) (*Listening, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Listening{URL: "http://" + listener.Addr().String()}
	l.server = &http.Server{Handler: handler, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			l.connections.Add(1)
		}
	}}
	go l.server.Serve(listener)
	return l, nil
}

// Connections is how many were accepted so far.
func (l *Listening) Connections() int64 { return l.connections.Load() }

// Close ends listening and every connection, also those of requests that hang.
func (l *Listening) Close() error { return l.server.Close() }
