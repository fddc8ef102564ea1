package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// relay listens on a port of a namespace, on all of its addresses, and hands each connection on to a target (Text,
// `10.0.2.2:6443`) in the namespace that the agent was started in: how a host of the laboratory reaches a server outside of
// the guest. `unlisten` ends it for new connections.
func (a *agent) relay(r *request) (any, error) {
	target, err := netip.ParseAddrPort(r.Text)
	if err != nil {
		return nil, err
	}
	l, errno := a.sockets.open4(r, net.ListenConfig{})
	if errno != nil {
		return errnoName(errno), nil
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go handOn(conn.(*net.TCPConn), target.String())
		}
	}()
	return "", nil
}

func handOn(from *net.TCPConn, target string) {
	defer from.Close()
	conn, err := net.Dial("tcp4", target)
	if err != nil {
		from.SetLinger(0)
		return
	}
	to := conn.(*net.TCPConn)
	defer to.Close()
	ended := make(chan error, 2)
	pass := func(to, from *net.TCPConn) {
		_, err := io.Copy(to, from)
		to.CloseWrite()
		ended <- err
	}
	go pass(to, from)
	go pass(from, to)
	// A reset on one side is one on the other; an end in good order waits for the other direction.
	if first := <-ended; first != nil {
		from.SetLinger(0)
		to.SetLinger(0)
		return
	}
	<-ended
}

type page struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

const (
	getTimeout = 10 * time.Second
	pageMax    = 1 << 20
)

// get asks for a URL (Text) from a namespace. Without a server there, Status is 0 and Body the error's name.
func (a *agent) get(r *request) (any, error) {
	var dialer net.Dialer
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = a.namespaces.in(r.NS, func() (err error) {
			conn, err = dialer.DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}}
	client := &http.Client{Transport: transport, Timeout: getTimeout}
	answer, err := client.Get(r.Text)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return page{0, "ETIMEDOUT"}, nil
		}
		return page{0, errnoName(err)}, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, pageMax))
	return page{answer.StatusCode, string(body)}, err
}
