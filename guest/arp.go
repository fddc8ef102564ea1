package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// arp asks once, by broadcast, who has an address, and answers the MACs that say they do, in order of arrival, until the time
// is over (RFC 826). The question goes out of the device in the name of its first address.
func (a *agent) arp(r *request) (any, error) {
	macs := []string{}
	var question arpSocket
	err := a.namespaces.in(r.NS, func() (err error) {
		question, err = openARP(r.Device)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("arp on %s: %w", r.Device, err)
	}
	defer unix.Close(question.fd)
	target := netip.MustParseAddr(r.IP).As4()
	if err := question.ask(target); err != nil {
		return nil, fmt.Errorf("arp on %s: %w", r.Device, err)
	}
	seen := map[string]bool{}
	deadline := time.Now().Add(time.Duration(r.TimeoutMs) * time.Millisecond)
	for left := time.Until(deadline); left > 0; left = time.Until(deadline) {
		ready := []unix.PollFd{{Fd: int32(question.fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(ready, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return nil, err
		} else if n == 0 {
			continue
		}
		mac := question.read(target)
		if mac != "" && !seen[mac] {
			seen[mac] = true
			macs = append(macs, mac)
		}
	}
	return macs, nil
}

// arpSocket sends and receives ARP packets on one Ethernet device.
type arpSocket struct {
	fd      int
	index   int
	mac     net.HardwareAddr
	address [4]byte
}

const arpLength = 28

// hton is a number as a field of the kernel's in network order.
func hton(n uint16) uint16 { return n<<8 | n>>8 }

func openARP(device string) (arpSocket, error) {
	card, err := net.InterfaceByName(device)
	if err != nil {
		return arpSocket{}, err
	}
	own := [4]byte{}
	addresses, err := card.Addrs()
	if err != nil {
		return arpSocket{}, err
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil && prefix.Addr().Is4() {
			own = prefix.Addr().As4()
			break
		}
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, int(hton(unix.ETH_P_ARP)))
	if err != nil {
		return arpSocket{}, err
	}
	link := &unix.SockaddrLinklayer{Protocol: hton(unix.ETH_P_ARP), Ifindex: card.Index}
	if err := unix.Bind(fd, link); err != nil {
		unix.Close(fd)
		return arpSocket{}, err
	}
	return arpSocket{fd: fd, index: card.Index, mac: card.HardwareAddr, address: own}, nil
}

func (s arpSocket) ask(target [4]byte) error {
	packet := make([]byte, arpLength)
	binary.BigEndian.PutUint16(packet[0:], unix.ARPHRD_ETHER)
	binary.BigEndian.PutUint16(packet[2:], unix.ETH_P_IP)
	packet[4], packet[5] = 6, 4
	binary.BigEndian.PutUint16(packet[6:], 1)
	copy(packet[8:14], s.mac)
	copy(packet[14:18], s.address[:])
	copy(packet[24:28], target[:])
	everybody := &unix.SockaddrLinklayer{Protocol: hton(unix.ETH_P_ARP), Ifindex: s.index, Halen: 6}
	for i := range 6 {
		everybody.Addr[i] = 0xff
	}
	return unix.Sendto(s.fd, packet, 0, everybody)
}

// read answers the MAC of a reply about the target; empty for everything else that is on the wire.
func (s arpSocket) read(target [4]byte) string {
	packet := make([]byte, 128)
	n, _, err := unix.Recvfrom(s.fd, packet, 0)
	if err != nil || n < arpLength || binary.BigEndian.Uint16(packet[6:]) != 2 || [4]byte(packet[14:18]) != target {
		return ""
	}
	return net.HardwareAddr(packet[8:14]).String()
}
