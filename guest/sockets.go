package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sockets are the harness's TCP connections. On the wire a message is a header of 12 bytes, its number and its length, and
// then that many bytes of nothing: what it says never leaves the harness.
type sockets struct {
	agent     *agent
	mu        sync.Mutex
	open      map[int]*socket
	listeners map[int]net.Listener
	// accepted numbers connections that others opened: downwards from -1, so that no number of the harness's is taken.
	accepted int
}

type socket struct {
	number int
	conn   *net.TCPConn
	cancel context.CancelFunc
	// outbox keeps the order; a full send buffer holds up this socket's writer and nobody else.
	outbox outbox
	// silent is set by close and abort of this side: nothing is told any more.
	silent bool
}

const headerBytes = 12

func newSockets(a *agent) *sockets {
	return &sockets{agent: a, open: map[int]*socket{}, listeners: map[int]net.Listener{}}
}

// fast takes what must stay in order and takes no time. It tells whether the request was one of those; none is answered.
func (s *sockets) fast(r *request) bool {
	switch r.Do {
	case "connect":
		s.connect(r)
	case "send":
		s.send(r)
	case "close", "abort":
		s.end(r.Number, r.Do == "abort")
	case "unlisten":
		s.mu.Lock()
		l := s.listeners[r.Number]
		delete(s.listeners, r.Number)
		s.mu.Unlock()
		if l != nil {
			l.Close()
		}
	default:
		return false
	}
	return true
}

func (s *sockets) connect(r *request) {
	ctx, cancel := context.WithCancel(context.Background())
	so := &socket{number: r.Number, cancel: cancel, outbox: newOutbox()}
	s.mu.Lock()
	s.open[r.Number] = so
	s.mu.Unlock()
	go func() {
		var conn net.Conn
		dialer := net.Dialer{KeepAlive: -1}
		address := netip.AddrPortFrom(netip.MustParseAddr(r.IP), uint16(r.Port)).String()
		err := s.agent.namespaces.in(r.NS, func() (err error) {
			conn, err = dialer.DialContext(ctx, "tcp4", address)
			return err
		})
		if err != nil {
			s.gone(so, errnoName(err))
			return
		}
		s.established(so, conn.(*net.TCPConn), r.Keep)
		s.tell(so, event{Event: "established", Local: conn.LocalAddr().String()})
		s.pump(so)
	}()
}

func (s *sockets) established(so *socket, conn *net.TCPConn, keep *keepAlive) {
	s.mu.Lock()
	so.conn = conn
	silent := so.silent
	s.mu.Unlock()
	if silent {
		conn.SetLinger(0)
		conn.Close()
	}
	conn.SetNoDelay(true)
	if keep != nil {
		ms := time.Millisecond
		conn.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Duration(keep.IdleMs) * ms, Interval: time.Duration(keep.IntervalMs) * ms, Count: keep.Probes})
	}
}

// pump writes what the harness sends and reads what the peer sends, until either ends.
func (s *sockets) pump(so *socket) {
	go s.write(so)
	header := make([]byte, headerBytes)
	for {
		if _, err := io.ReadFull(so.conn, header); err != nil {
			s.gone(so, errnoName(err))
			return
		}
		if _, err := io.CopyN(io.Discard, so.conn, int64(binary.BigEndian.Uint32(header[8:]))); err != nil {
			s.gone(so, errnoName(err))
			return
		}
		s.tell(so, event{Event: "message", Message: int(binary.BigEndian.Uint64(header))})
	}
}

func (s *sockets) write(so *socket) {
	for frames, more := so.outbox.take(); more; frames, more = so.outbox.take() {
		for _, frame := range frames {
			if frame == nil {
				so.conn.CloseWrite()
				continue
			}
			if _, err := so.conn.Write(frame); err != nil {
				s.gone(so, errnoName(err))
				return
			}
		}
	}
}

func (s *sockets) send(r *request) {
	s.mu.Lock()
	so := s.open[r.Number]
	s.mu.Unlock()
	if so == nil {
		return
	}
	frame := make([]byte, headerBytes+r.Bytes)
	binary.BigEndian.PutUint64(frame, uint64(r.Message))
	binary.BigEndian.PutUint32(frame[8:], uint32(r.Bytes))
	so.outbox.put(frame)
}

// unsent is how many bytes the peer has not acknowledged (SIOCOUTQ); 0 for a connection that is over.
func (s *sockets) unsent(number int) (int, error) {
	s.mu.Lock()
	so := s.open[number]
	s.mu.Unlock()
	if so == nil || so.conn == nil {
		return 0, nil
	}
	raw, err := so.conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	bytes := 0
	if control := raw.Control(func(fd uintptr) { bytes, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); control != nil {
		return 0, control
	}
	return bytes, err
}

// end closes a connection in good order, or with RST; from then on nothing is told of it.
func (s *sockets) end(number int, abort bool) {
	s.mu.Lock()
	so := s.open[number]
	delete(s.open, number)
	var conn *net.TCPConn
	if so != nil {
		so.silent = true
		conn = so.conn
	}
	s.mu.Unlock()
	switch {
	case so == nil:
	case conn == nil:
		so.cancel()
	case abort:
		conn.SetLinger(0)
		conn.Close()
		so.outbox.end()
	default:
		so.outbox.put(nil)
		// The peer closes too when it has seen the end; a peer that is cut off never does, and the kernel keeps what is left.
		time.AfterFunc(time.Second, func() {
			conn.Close()
			so.outbox.end()
		})
	}
}

// gone tells the end that came from the other side or the kernel, once.
func (s *sockets) gone(so *socket, why string) {
	s.mu.Lock()
	known := s.open[so.number] == so
	delete(s.open, so.number)
	s.mu.Unlock()
	so.outbox.end()
	if so.conn != nil {
		so.conn.Close()
	}
	if known {
		s.agent.emit(event{Event: "closed", Number: so.number, Why: why})
	}
}

func (s *sockets) tell(so *socket, e event) {
	s.mu.Lock()
	silent := so.silent
	s.mu.Unlock()
	if !silent {
		e.Number = so.number
		s.agent.emit(e)
	}
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		l.Close()
	}
	for _, so := range s.open {
		so.silent = true
		so.cancel()
		so.outbox.end()
		if so.conn != nil {
			so.conn.SetLinger(0)
			so.conn.Close()
		}
	}
}

// errnoName is the kernel's word for what went wrong, `eof` for a connection that the peer closed.
func errnoName(err error) string {
	var errno syscall.Errno
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "eof"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "ETIMEDOUT"
	case errors.As(err, &errno):
		return unix.ErrnoName(errno)
	}
	return err.Error()
}
