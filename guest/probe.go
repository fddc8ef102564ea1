package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// probed is what one measurement against a real server saw. Whether that is well, and who should have answered, is for the
// harness to judge: nothing is verified here.
type probed struct {
	// Errno is why there is no connection, or, for http, no answer on it: the kernel's word or `eof`; a time-out is ETIMEDOUT.
	Errno  string `json:"errno,omitempty"`
	TookUs int64  `json:"tookUs"`
	// Local is the address from which the connection was made. The target's own says that the kernel took it for its own.
	Local string       `json:"local,omitempty"`
	TLS   *certificate `json:"tls,omitempty"`
	// Banner is what a server that speaks no TLS said first.
	Banner string `json:"banner,omitempty"`
	// After is how a server ends a connection on which it says nothing.
	After string `json:"after,omitempty"`
	// Broken is what was wrong with what the peer said, in the words of crypto/tls and net/http.
	Broken string `json:"broken,omitempty"`
	Status int    `json:"status,omitempty"`
	Body   string `json:"body,omitempty"`
}

// certificate is the leaf that the server showed, unverified.
type certificate struct {
	Subject string   `json:"subject"`
	Issuer  string   `json:"issuer"`
	Names   []string `json:"names"`
}

const (
	// A server that keeps silent that long after the hello is taken at its word.
	helloWait = time.Second
	// The least time in which a server must hang up to be one that does so unasked.
	hangUpWait = 100 * time.Millisecond
	bannerMax  = 256
	bodyMax    = 1 << 10
)

// probe measures once, over TCP, a server at IP and Port: `tcp` (Text) asks who is there, `http` asks for Path. With Secure an
// http server must speak TLS, and a tcp server has all the time there is for its handshake.
func (a *agent) probe(r *request) (any, error) {
	if _, err := netip.ParseAddr(r.IP); err != nil {
		return nil, err
	}
	if r.Text != "tcp" && r.Text != "http" {
		return nil, fmt.Errorf("no such probe: %q", r.Text)
	}
	var p probed
	startedAt := time.Now()
	deadline := startedAt.Add(time.Duration(r.TimeoutMs) * time.Millisecond)
	conn, err := a.dialProbe(r, deadline)
	var socket *net.OpError
	if err != nil && !errors.As(err, &socket) {
		return nil, err
	}
	if err != nil {
		p.failed(err)
	} else {
		defer hangUp(conn)
		p.Local = conn.LocalAddr().(*net.TCPAddr).IP.String()
		if r.Text == "tcp" {
			a.probeTCP(r, &p, conn, deadline)
		} else if err := probeHTTP(r, &p, conn); err != nil {
			return nil, err
		}
	}
	p.TookUs = time.Since(startedAt).Microseconds()
	return p, nil
}

// dialProbe connects from the request's namespace; all that happens on the connection ends at the deadline.
func (a *agent) dialProbe(r *request, deadline time.Time) (net.Conn, error) {
	var conn net.Conn
	dialer := net.Dialer{Deadline: deadline, KeepAlive: -1}
	address := netip.AddrPortFrom(netip.MustParseAddr(r.IP), uint16(r.Port)).String()
	err := a.namespaces.in(r.NS, func() (err error) {
		conn, err = dialer.DialContext(context.Background(), "tcp4", address)
		return err
	})
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(deadline)
}

// hangUp leaves nothing of the connection behind, neither here nor with the server.
func hangUp(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// probeTCP says hello. Silence is no error; nor is a server that hangs up because it cannot make sense of the hello.
func (a *agent) probeTCP(r *request, p *probed, conn net.Conn, deadline time.Time) {
	saidHelloAt := time.Now()
	if until := saidHelloAt.Add(helloWait); !r.Secure && until.Before(deadline) {
		conn.SetDeadline(until)
	}
	heard := &hearing{Conn: conn}
	_, err := p.handshake(heard)
	if err == nil || p.TLS != nil {
		return
	}
	if first := heard.first.Bytes(); len(first) > 0 && !isTLSRecord(first) {
		p.Banner = printable(first)
	}
	var ending probed
	ending.failed(err)
	p.Broken = ending.Broken
	if ending.Errno == "" || ending.Errno == "ETIMEDOUT" || heard.first.Len() > 0 {
		return
	}
	if r.Secure || a.hangsUpUnasked(r, deadline, 2*time.Since(saidHelloAt)+hangUpWait) {
		p.After = ending.Errno
	}
}

// hangsUpUnasked connects once more and says nothing.
func (a *agent) hangsUpUnasked(r *request, deadline time.Time, wait time.Duration) bool {
	conn, err := a.dialProbe(r, deadline)
	if err != nil {
		return true
	}
	defer hangUp(conn)
	if until := time.Now().Add(wait); until.Before(deadline) {
		conn.SetDeadline(until)
	}
	_, err = conn.Read(make([]byte, 1))
	var quiet net.Error
	return err != nil && !(errors.As(err, &quiet) && quiet.Timeout())
}

// probeHTTP asks for a page, over TLS where Secure is set. Redirections are not followed.
func probeHTTP(r *request, p *probed, conn net.Conn) error {
	path := r.Path
	if path == "" {
		path = "/"
	}
	asked, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s:%d%s", r.IP, r.Port, path), nil)
	if err != nil {
		return err
	}
	asked.Close = true
	if r.Secure {
		if conn, err = p.handshake(conn); err != nil {
			p.failed(err)
			return nil
		}
	}
	if err := asked.Write(conn); err != nil {
		p.failed(err)
		return nil
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), asked)
	if err != nil {
		p.failed(err)
		return nil
	}
	defer answer.Body.Close()
	p.Status = answer.StatusCode
	body, err := io.ReadAll(io.LimitReader(answer.Body, bodyMax))
	p.Body = string(body)
	if err != nil {
		p.failed(err)
	}
	return nil
}

// handshake notes the certificate as soon as it is seen: a server may yet refuse a client that has none.
func (p *probed) handshake(conn net.Conn) (*tls.Conn, error) {
	secured := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			leaf, err := x509.ParseCertificate(chain[0])
			if err != nil {
				return err
			}
			p.TLS = &certificate{Subject: leaf.Subject.CommonName, Issuer: leaf.Issuer.CommonName, Names: append([]string{}, leaf.DNSNames...)}
			for _, ip := range leaf.IPAddresses {
				p.TLS.Names = append(p.TLS.Names, ip.String())
			}
			return nil
		},
	})
	return secured, secured.Handshake()
}

// failed notes why it went no further: the kernel, or the peer's words.
func (p *probed) failed(err error) {
	var late net.Error
	var errno syscall.Errno
	switch {
	case errors.As(err, &late) && late.Timeout():
		p.Errno = "ETIMEDOUT"
	case errors.As(err, &errno), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.Errno = errnoName(err)
	default:
		p.Broken = err.Error()
	}
}

// hearing keeps the first of what the peer says.
type hearing struct {
	net.Conn
	first bytes.Buffer
}

func (h *hearing) Read(into []byte) (int, error) {
	n, err := h.Conn.Read(into)
	h.first.Write(into[:min(n, bannerMax-h.first.Len())])
	return n, err
}

// isTLSRecord knows a record by its type and its major version (RFC 8446, 5.1).
func isTLSRecord(said []byte) bool {
	return said[0] >= 20 && said[0] <= 23 && (len(said) == 1 || said[1] == 3)
}

// printable is ASCII in one line.
func printable(said []byte) string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, string(said))
	return strings.TrimSpace(shown)
}
