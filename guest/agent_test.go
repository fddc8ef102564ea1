package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// harness is the other end of an agent's line, in the namespace that the test runs in.
type harness struct {
	t     *testing.T
	write io.Writer
	said  chan map[string]any
	id    int
}

func start(t *testing.T) *harness {
	in, write := io.Pipe()
	read, out := io.Pipe()
	h := &harness{t: t, write: write, said: make(chan map[string]any, 100)}
	ended := make(chan struct{})
	go func() {
		newAgent(in, out).serve()
		out.Close()
		close(ended)
	}()
	go func() {
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			words := map[string]any{}
			if err := json.Unmarshal(lines.Bytes(), &words); err != nil {
				t.Errorf("%q: %v", lines.Text(), err)
			}
			h.said <- words
		}
	}()
	t.Cleanup(func() {
		write.Close()
		<-ended
	})
	h.hear("event", "ready")
	return h
}

func (h *harness) tell(words map[string]any) {
	h.t.Helper()
	line, _ := json.Marshal(words)
	if _, err := fmt.Fprintf(h.write, "%s\n", line); err != nil {
		h.t.Fatal(err)
	}
}

// hear waits for words in which the key has the value, and passes over others.
func (h *harness) hear(key string, value any) map[string]any {
	h.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case words := <-h.said:
			if words[key] == value {
				return words
			}
		case <-deadline:
			h.t.Fatalf("never heard %s=%v", key, value)
		}
	}
}

func (h *harness) ask(words map[string]any) map[string]any {
	h.t.Helper()
	h.id++
	words["id"] = h.id
	h.tell(words)
	return h.hear("id", float64(h.id))
}

// free is a port that nobody listens on.
func free(t *testing.T) int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestCommandsGiveTheirOutputAndTheirEnd(t *testing.T) {
	h := start(t)
	got := h.ask(map[string]any{"do": "exec", "argv": []string{"sh", "-c", "cat; echo err >&2; exit 3"}, "stdin": "words"})["ok"].(map[string]any)
	if got["stdout"] != "words" || got["stderr"] != "err\n" || got["code"] != 3.0 {
		t.Errorf("got %v", got)
	}
	if late := h.ask(map[string]any{"do": "exec", "argv": []string{"sleep", "60"}, "timeoutMs": 100}); !strings.Contains(fmt.Sprint(late["error"]), "sleep 60: still running after 100ms") {
		t.Errorf("a command that never ends: %v", late)
	}
	if none := h.ask(map[string]any{"do": "exec", "argv": []string{"no-such-program"}}); !strings.Contains(fmt.Sprint(none["error"]), "no-such-program") {
		t.Errorf("a program that is not there: %v", none)
	}
	if unknown := h.ask(map[string]any{"do": "dance"}); unknown["error"] != `no such request: "dance"` {
		t.Errorf("got %v", unknown)
	}
	if nowhere := h.ask(map[string]any{"do": "exec", "ns": "nowhere", "argv": []string{"true"}}); !strings.Contains(fmt.Sprint(nowhere["error"]), `no namespace "nowhere"`) {
		t.Errorf("got %v", nowhere)
	}
}

func TestATerminalTakesWhatIsTyped(t *testing.T) {
	h := start(t)
	if got := h.ask(map[string]any{"do": "terminal", "number": 7, "argv": []string{"sh", "-c", "test -t 0 && read x && echo got:$x; exit 4"}}); got["error"] != nil {
		t.Fatal(got["error"])
	}
	h.tell(map[string]any{"do": "input", "number": 7, "text": base64.StdEncoding.EncodeToString([]byte("keys\n"))})
	var said strings.Builder
	for !strings.Contains(said.String(), "got:keys") {
		text, _ := base64.StdEncoding.DecodeString(h.hear("event", "output")["line"].(string))
		said.Write(text)
	}
	if end := h.hear("event", "exited"); end["code"] != 4.0 {
		t.Errorf("got %v", end)
	}
}

func TestAMessageTravelsAndAnEndIsToldOnce(t *testing.T) {
	h := start(t)
	port := free(t)
	if refused := h.ask(map[string]any{"do": "listen", "number": 1, "ip": "127.0.0.1", "port": port, "accept": true}); refused["ok"] != "" {
		t.Fatalf("listen: %v", refused)
	}
	if taken := h.ask(map[string]any{"do": "listen", "number": 2, "ip": "127.0.0.1", "port": port}); taken["ok"] != "EADDRINUSE" {
		t.Errorf("a port that is taken: %v", taken)
	}
	h.tell(map[string]any{"do": "connect", "number": 3, "ip": "127.0.0.1", "port": port})
	accepted := h.hear("event", "accepted")
	if accepted["number"] != 1.0 || accepted["socket"].(float64) >= 0 {
		t.Errorf("accepted: %v", accepted)
	}
	h.tell(map[string]any{"do": "send", "number": 3, "message": 42, "bytes": 100_000})
	if got := h.hear("event", "message"); got["number"] != accepted["socket"] || got["message"] != 42.0 {
		t.Errorf("message: %v", got)
	}
	h.tell(map[string]any{"do": "abort", "number": 3})
	if got := h.hear("event", "closed"); got["number"] != accepted["socket"] || got["why"] != "ECONNRESET" {
		t.Errorf("closed: %v", got)
	}
	h.tell(map[string]any{"do": "connect", "number": 4, "ip": "127.0.0.1", "port": free(t)})
	if got := h.hear("event", "closed"); got["number"] != 4.0 || got["why"] != "ECONNREFUSED" {
		t.Errorf("nobody listens: %v", got)
	}
}

func TestARelayHandsOnAndAPageIsFetched(t *testing.T) {
	h := start(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "page ", r.URL.Path)
	}))
	defer server.Close()
	port := free(t)
	if refused := h.ask(map[string]any{"do": "relay", "number": 1, "port": port, "text": server.Listener.Addr().String()}); refused["ok"] != "" {
		t.Fatalf("relay: %v", refused)
	}
	got := h.ask(map[string]any{"do": "get", "text": fmt.Sprintf("http://127.0.0.1:%d/way", port)})["ok"].(map[string]any)
	if got["status"] != 418.0 || got["body"] != "page /way" {
		t.Errorf("got %v", got)
	}
	h.tell(map[string]any{"do": "unlisten", "number": 1})
	h.ask(map[string]any{"do": "time"})
	none := h.ask(map[string]any{"do": "get", "text": fmt.Sprintf("http://127.0.0.1:%d/", port)})["ok"].(map[string]any)
	if none["status"] != 0.0 || none["body"] != "ECONNREFUSED" {
		t.Errorf("a relay that has ended: %v", none)
	}
	if wrong := h.ask(map[string]any{"do": "relay", "number": 2, "port": free(t), "text": "nowhere"}); wrong["error"] == nil {
		t.Errorf("a target that is none: %v", wrong)
	}
}

func TestIpAnswersLineByLine(t *testing.T) {
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip(8)")
	}
	h := start(t)
	got := h.ask(map[string]any{"do": "ip", "stdin": "route get 127.0.0.1\nroute get nonsense\naddr show dev lo"})["ok"].([]any)
	if len(got) != 3 {
		t.Fatalf("%d answers", len(got))
	}
	text := func(index int, key string) string { return fmt.Sprint(got[index].(map[string]any)[key]) }
	if !strings.Contains(text(0, "text"), `"dst":"127.0.0.1"`) || !strings.Contains(text(2, "text"), `"ifname":"lo"`) {
		t.Errorf("answers %v", got)
	}
	if !strings.Contains(text(1, "refused"), "nonsense") {
		t.Errorf("a line that cannot be read: %v", got[1])
	}
}

func TestAnEchoRequestHasTheChecksumThatMakesItsSumNothing(t *testing.T) {
	packet := echoRequest(0x1234)
	var sum uint32
	for i := 0; i < len(packet); i += 2 {
		sum += uint32(packet[i])<<8 | uint32(packet[i+1])
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	if sum != 0xffff || packet[0] != 8 {
		t.Errorf("sum %#x, type %d", sum, packet[0])
	}
}
