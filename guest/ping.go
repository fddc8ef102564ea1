package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// pong is the answer to one echo request. Self tells that the kernel took the target for an address of its own.
type pong struct {
	Outcome string `json:"outcome"`
	TookUs  int64  `json:"tookUs"`
	Self    bool   `json:"self"`
}

// ping sends one echo request on a ping socket (icmp(7)), which reports the kernel's own ICMP errors with IP_RECVERR.
func (a *agent) ping(r *request) (any, error) {
	target := netip.MustParseAddr(r.IP).As4()
	var fd int
	err := a.namespaces.in(r.NS, func() (err error) {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("icmp socket: %w", err)
	}
	defer unix.Close(fd)
	unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
	startedAt := time.Now()
	deadline := startedAt.Add(time.Duration(r.TimeoutMs) * time.Millisecond)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: target}); err != nil {
		return pong{Outcome: pingOutcome(err)}, nil
	}
	identifier := uint16(r.Number)
	if _, err := unix.Write(fd, echoRequest(identifier)); err != nil {
		return pong{Outcome: pingOutcome(err)}, nil
	}
	local, _ := unix.Getsockname(fd)
	own, ok := local.(*unix.SockaddrInet4)
	return a.awaitEcho(fd, identifier, startedAt, deadline, ok && own.Addr == target)
}

// awaitEcho reads until the reply comes. On the loopback the request itself comes first.
func (a *agent) awaitEcho(fd int, identifier uint16, startedAt, deadline time.Time, self bool) (any, error) {
	buffer := make([]byte, 1500)
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return pong{Outcome: "timeout", Self: self}, nil
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return nil, err
		}
		n, _, err := unix.Recvfrom(fd, buffer, unix.MSG_DONTWAIT)
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		if err != nil {
			return pong{Outcome: pingOutcome(err), Self: self}, nil
		}
		header := int(buffer[0]&0x0f) * 4
		if n >= header+8 && buffer[header] == 0 && binary.BigEndian.Uint16(buffer[header+4:]) == identifier {
			return pong{Outcome: "ok", TookUs: time.Since(startedAt).Microseconds(), Self: self}, nil
		}
	}
}

func pingOutcome(err error) string {
	switch err {
	case unix.ECONNREFUSED:
		return "port-unreachable"
	case unix.EHOSTUNREACH:
		return "host-unreachable"
	case unix.ENETUNREACH:
		return "net-unreachable"
	}
	return err.Error()
}

// echoRequest is a packet of 64 bytes, as ping(8) sends by default, with its checksum.
func echoRequest(identifier uint16) []byte {
	packet := make([]byte, 64)
	packet[0] = 8
	binary.BigEndian.PutUint16(packet[4:], identifier)
	binary.BigEndian.PutUint16(packet[6:], 1)
	var sum uint32
	for i := 0; i < len(packet); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(packet[2:], ^uint16(sum))
	return packet
}
