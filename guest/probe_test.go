package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// server does the same with each connection, and closes it.
func server(t *testing.T, serve func(net.Conn)) string {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// silent takes what it is told until the other side ends.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

func (h *harness) probe(kind, address string, more map[string]any) map[string]any {
	h.t.Helper()
	at := netip.MustParseAddrPort(address)
	words := map[string]any{"do": "probe", "text": kind, "ip": at.Addr().String(), "port": at.Port(), "timeoutMs": 5000}
	for key, value := range more {
		words[key] = value
	}
	answer := h.ask(words)
	got, ok := answer["ok"].(map[string]any)
	if !ok {
		h.t.Fatalf("got %v", answer)
	}
	return got
}

// expect compares the words that are given; an empty one must not be there.
func expect(t *testing.T, what string, got, wanted map[string]any) {
	t.Helper()
	for key, value := range wanted {
		if had, there := got[key]; (value == "" && there) || (value != "" && had != value) {
			t.Errorf("%s: %s is %v, not %v: %v", what, key, had, value, got)
		}
	}
}

func TestAProbeSeesWhoSpeaksTLS(t *testing.T) {
	h := start(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	got := h.probe("tcp", secure.Listener.Addr().String(), nil)
	expect(t, "a TLS server", got, map[string]any{"errno": "", "local": "127.0.0.1", "banner": "", "after": "", "broken": ""})
	leaf := secure.Certificate()
	shown := got["tls"].(map[string]any)
	if shown["subject"] != leaf.Subject.CommonName || shown["issuer"] != leaf.Issuer.CommonName {
		t.Errorf("certificate %v", shown)
	}
	for _, name := range []any{"example.com", "127.0.0.1"} {
		if !slices.Contains(shown["names"].([]any), name) {
			t.Errorf("%v is not among %v", name, shown["names"])
		}
	}
}

func TestAServerThatRefusesStrangersIsKnownAllTheSame(t *testing.T) {
	h := start(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		strict := httptest.NewUnstartedServer(http.NotFoundHandler())
		strict.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}
		strict.Config.ErrorLog = log.New(io.Discard, "", 0)
		strict.StartTLS()
		defer strict.Close()
		got := h.probe("tcp", strict.Listener.Addr().String(), nil)
		expect(t, "a server that wants a certificate", got, map[string]any{"errno": "", "after": "", "banner": "", "broken": ""})
		if got["tls"] == nil {
			t.Errorf("no certificate: %v", got)
		}
	}
}

func TestAProbeTakesAServerWithoutTLSAtItsWord(t *testing.T) {
	h := start(t)
	banner := server(t, func(conn net.Conn) {
		fmt.Fprint(conn, "SSH-2.0-lab\x07\r\n"+strings.Repeat("x", 1000))
		silent(conn)
	})
	got := h.probe("tcp", banner, nil)
	expect(t, "a server that greets", got, map[string]any{"errno": "", "tls": "", "after": ""})
	if said := got["banner"].(string); !strings.HasPrefix(said, "SSH-2.0-lab   xxx") || len(said) != bannerMax {
		t.Errorf("banner %q", said)
	}
	brief := server(t, func(conn net.Conn) {
		fmt.Fprint(conn, "hi\n")
		conn.(*net.TCPConn).CloseWrite()
		silent(conn)
	})
	got = h.probe("tcp", brief, map[string]any{"secure": true})
	expect(t, "a server that greets and ends", got, map[string]any{"banner": "hi", "after": ""})
	got = h.probe("tcp", server(t, silent), nil)
	expect(t, "a silent server", got, map[string]any{"errno": "", "local": "127.0.0.1", "tls": "", "banner": "", "after": "", "broken": ""})
	if took := got["tookUs"].(float64); took < 0.9e6 || took > 3e6 {
		t.Errorf("waited %v us for a silent server", took)
	}
	got = h.probe("tcp", server(t, silent), map[string]any{"timeoutMs": 200})
	expect(t, "a silent server, and little time", got, map[string]any{"errno": "", "after": ""})
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	got = h.probe("tcp", plain.Listener.Addr().String(), nil)
	expect(t, "a web server", got, map[string]any{"tls": "", "after": "", "errno": "", "broken": "tls: first record does not look like a TLS handshake"})
	if !strings.HasPrefix(fmt.Sprint(got["banner"]), "HTTP/1.1 400") {
		t.Errorf("banner %v", got["banner"])
	}
}

func TestAServerHasAllTheTimeWhereTLSIsAskedOfIt(t *testing.T) {
	h := start(t)
	got := h.probe("tcp", server(t, silent), map[string]any{"secure": true, "timeoutMs": 1500})
	if took := got["tookUs"].(float64); took < 1.4e6 {
		t.Errorf("gave up after %v us", took)
	}
}

func TestAProbeTellsHangingUpFromNotUnderstanding(t *testing.T) {
	h := start(t)
	got := h.probe("tcp", server(t, func(conn net.Conn) { conn.(*net.TCPConn).SetLinger(0) }), nil)
	// A reset that is there before the connection is noticed is the connection's own failure.
	if got["after"] != "ECONNRESET" && got["errno"] != "ECONNRESET" {
		t.Errorf("a server that resets at once: %v", got)
	}
	got = h.probe("tcp", server(t, func(conn net.Conn) { io.ReadFull(conn, make([]byte, 1)) }), nil)
	expect(t, "a server that hangs up on a hello", got, map[string]any{"errno": "", "after": "", "broken": ""})
	got = h.probe("tcp", server(t, func(conn net.Conn) {
		time.Sleep(50 * time.Millisecond)
		conn.(*net.TCPConn).SetLinger(0)
	}), nil)
	expect(t, "a server that resets soon", got, map[string]any{"errno": "", "after": "ECONNRESET"})
	got = h.probe("tcp", server(t, func(conn net.Conn) {
		conn.(*net.TCPConn).CloseWrite()
		silent(conn)
	}), nil)
	expect(t, "a server that ends at once", got, map[string]any{"errno": "", "after": "eof"})
}

func TestAProbeSaysWhyThereIsNoConnection(t *testing.T) {
	h := start(t)
	got := h.probe("tcp", fmt.Sprintf("127.0.0.1:%d", free(t)), nil)
	expect(t, "nobody listens", got, map[string]any{"errno": "ECONNREFUSED", "local": "", "broken": ""})
	got = h.probe("http", fmt.Sprintf("127.0.0.1:%d", free(t)), nil)
	expect(t, "nobody listens", got, map[string]any{"errno": "ECONNREFUSED", "local": "", "status": ""})
	got = h.probe("tcp", full(t), map[string]any{"timeoutMs": 300})
	expect(t, "nobody answers", got, map[string]any{"errno": "ETIMEDOUT", "local": ""})
	if took := got["tookUs"].(float64); took < 0.3e6 || took > 2e6 {
		t.Errorf("a time-out of 300 ms took %v us", took)
	}
	if wrong := h.ask(map[string]any{"do": "probe", "text": "tcp", "ip": "nowhere"}); wrong["error"] == nil {
		t.Errorf("an address that is none: %v", wrong)
	}
	if wrong := h.ask(map[string]any{"do": "probe", "text": "tcp", "ip": "127.0.0.1", "ns": "nowhere"}); wrong["error"] != `no namespace "nowhere"` {
		t.Errorf("a namespace that is none: %v", wrong)
	}
	if wrong := h.ask(map[string]any{"do": "probe", "text": "udp", "ip": "127.0.0.1"}); wrong["error"] == nil {
		t.Errorf("a probe that is none: %v", wrong)
	}
}

// full is a listener that drops every further SYN: its queue is full.
func full(t *testing.T) string {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, _ := unix.Getsockname(fd)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	for range 3 {
		if conn, err := net.DialTimeout("tcp4", address, 200*time.Millisecond); err == nil {
			t.Cleanup(func() { conn.Close() })
		}
	}
	return address
}

func TestAProbeFetchesAPage(t *testing.T) {
	h := start(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/slow":
			time.Sleep(500 * time.Millisecond)
		case "/long":
			fmt.Fprint(w, strings.Repeat("x", 5000))
		case "/elsewhere":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			fmt.Fprint(w, "page ", r.URL)
		}
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	at := plain.Listener.Addr().String()
	page := func(address, path string, secure bool) map[string]any {
		return h.probe("http", address, map[string]any{"path": path, "secure": secure, "timeoutMs": 400})
	}
	expect(t, "a page", page(at, "/a?b=c", false), map[string]any{"status": 200.0, "body": "page /a?b=c", "errno": "", "tls": "", "local": "127.0.0.1"})
	expect(t, "a long page", page(at, "/long", false), map[string]any{"status": 200.0, "body": strings.Repeat("x", bodyMax), "errno": ""})
	expect(t, "a page elsewhere", page(at, "/elsewhere", false), map[string]any{"status": 302.0})
	expect(t, "no answer", page(at, "/cut", false), map[string]any{"status": "", "errno": "eof"})
	expect(t, "a late answer", page(at, "/slow", false), map[string]any{"status": "", "errno": "ETIMEDOUT"})
	expect(t, "no TLS", page(at, "/", true), map[string]any{"status": "", "broken": "tls: first record does not look like a TLS handshake"})
	expect(t, "TLS where none was asked for", page(secure.Listener.Addr().String(), "/", false), map[string]any{"status": 400.0, "tls": ""})
	got := page(secure.Listener.Addr().String(), "/", true)
	expect(t, "a page over TLS", got, map[string]any{"status": 200.0, "body": "page /", "errno": "", "broken": ""})
	if shown, ok := got["tls"].(map[string]any); !ok || shown["issuer"] == nil {
		t.Errorf("certificate %v", got["tls"])
	}
	ssh := server(t, func(conn net.Conn) {
		fmt.Fprint(conn, "SSH-2.0-lab\r\n")
		silent(conn)
	})
	expect(t, "no web server", page(ssh, "/", false), map[string]any{"status": "", "errno": "", "broken": `malformed HTTP response "SSH-2.0-lab"`})
}
