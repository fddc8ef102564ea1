package main

import (
	"context"
	"net"
	"net/netip"
)

// listen answers the error's name where the kernel refuses. Without accept the kernel's backlog takes connections that
// nobody ever reads.
func (s *sockets) listen(r *request) (any, error) {
	l, err := s.open4(r, net.ListenConfig{KeepAlive: -1})
	if err != nil {
		return errnoName(err), nil
	}
	if r.Accept {
		go s.accept(l, r)
	}
	return "", nil
}

// open4 opens a listener in the request's namespace, on all addresses where it names none.
func (s *sockets) open4(r *request, config net.ListenConfig) (l net.Listener, err error) {
	host := "0.0.0.0"
	if r.IP != "" {
		host = r.IP
	}
	address := netip.AddrPortFrom(netip.MustParseAddr(host), uint16(r.Port)).String()
	err = s.agent.namespaces.in(r.NS, func() (err error) {
		l, err = config.Listen(context.Background(), "tcp4", address)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.listeners[r.Number] = l
	s.mu.Unlock()
	return l, nil
}

func (s *sockets) accept(l net.Listener, r *request) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.accepted--
		so := &socket{number: s.accepted, cancel: func() {}, outbox: newOutbox()}
		s.open[so.number] = so
		s.mu.Unlock()
		s.established(so, conn.(*net.TCPConn), r.Keep)
		s.agent.emit(event{Event: "accepted", Number: r.Number, Socket: so.number, Local: conn.LocalAddr().String(), Remote: conn.RemoteAddr().String()})
		go s.pump(so)
	}
}
