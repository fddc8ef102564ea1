package collector

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOneQueryHoldsEverything(t *testing.T) {
	for text, want := range map[string]string{
		"device: eth0": `label_replace(max by (instance, node, device) (rate(node_network_receive_bytes_total{device=~"eth0"}[2m])), "series", "receive", "", "")` +
			` or label_replace(max by (instance, node, device) (rate(node_network_transmit_bytes_total{device=~"eth0"}[2m])), "series", "transmit", "", "")` +
			` or label_replace(max by (instance, node, device) (node_network_speed_bytes{device=~"eth0"}), "series", "speed", "", "")` +
			` or label_replace(max by (instance, node) (timestamp(node_network_transmit_bytes_total{device=~"eth0"})), "series", "sampled", "", "")` +
			` or label_replace(max by (instance, node, nodename) (node_uname_info), "series", "uname", "", "")`,
		"device: 'a\\.\"b'\nwindow: 90s\ndirection: receive\nlinkCapacity: 1Gbps": `label_replace(max by (instance, node, device) (rate(node_network_receive_bytes_total{device=~"a\\.\"b"}[1m30s])), "series", "receive", "", "")` +
			` or label_replace(max by (instance, node) (timestamp(node_network_receive_bytes_total{device=~"a\\.\"b"})), "series", "sampled", "", "")` +
			` or label_replace(max by (instance, node, nodename) (node_uname_info), "series", "uname", "", "")`,
	} {
		s := serve(t, answer())
		collected, _, err := collect(t, s.URL, text)
		if err != nil {
			t.Fatal(err)
		}
		if sent := s.last.Load().Form.Get("query"); sent != want || Query(collected.args) != want {
			t.Errorf("sent %s\nwant %s", sent, want)
		}
		if s.queries.Load() != 1 || s.last.Load().URL.Path != "/api/v1/query" || s.last.Load().Form.Has("time") {
			t.Errorf("%d queries, last %s %v", s.queries.Load(), s.last.Load().URL, s.last.Load().Form)
		}
	}
}

type failure struct {
	handle http.HandlerFunc
	want   string
}

// failures are servers that do not answer as they should, and how the query then counts.
func failures() map[string]failure {
	body := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, text) }
	}
	success := func(data string) http.HandlerFunc { return body(200, `{"status":"success","data":`+data+`}`) }
	return map[string]failure{
		"400":     {body(400, `{"status":"error","errorType":"bad_data","error":"parse error"}`), FailedStatus},
		"401":     {body(401, "no"), FailedStatus},
		"422":     {body(422, `{"status":"error","errorType":"execution","error":"too many samples"}`), FailedStatus},
		"500":     {body(500, "oops"), FailedStatus},
		"503":     {body(503, `{"status":"error","errorType":"timeout","error":"slow"}`), FailedStatus},
		"no JSON": {body(200, "<html>"), FailedAnswer},
		"empty":   {body(200, ""), FailedAnswer},
		"half":    {body(200, answer(healthy("a", "")...)[:150]), FailedAnswer},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			io.WriteString(w, "{")
		}, FailedTransport},
		"scalar":        {success(`{"resultType":"scalar","result":[1,"1"]}`), FailedAnswer},
		"string":        {success(`{"resultType":"string","result":[1,"1"]}`), FailedAnswer},
		"matrix":        {success(`{"resultType":"matrix","result":[]}`), FailedAnswer},
		"unknown type":  {success(`{"resultType":"cube","result":[]}`), FailedAnswer},
		"no result":     {success(`{}`), FailedAnswer},
		"another query": {success(`{"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1,"1"]}]}`), FailedAnswer},
		"hang":          {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, FailedTimeout},
		"drip": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "{")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, FailedTimeout},
	}
}

func TestFailuresAreSortedAndKeepTheLastSnapshot(t *testing.T) {
	for name, c := range failures() {
		t.Run(name, func(t *testing.T) {
			fails := false
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if fails {
					c.handle(w, r)
					return
				}
				io.WriteString(w, answer(healthy("a", "")...))
			}))
			defer s.Close()
			collected, report, err := collect(t, s.URL, "timeout: 300ms\n", Node{Name: "a"})
			if err != nil {
				t.Fatal(err)
			}
			before := collected.Snapshot()
			collected.observe = func(r Report) { report = r }
			fails = true
			began := time.Now()
			err = collected.Refresh(context.Background())
			if err == nil || report.Failed != c.want {
				t.Errorf("%v counted as %q, want %q", err, report.Failed, c.want)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
			if collected.Snapshot() != before || before.Readings["a"].Link.Receive != 50 || collected.Attempts() != 2 {
				t.Error("the last snapshot is gone")
			}
		})
	}
}

func TestARefusedConnectionIsATransportFailure(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, report, err := collect(t, "http://"+listener.Addr().String(), "")
	if err == nil || report.Failed != FailedTransport {
		t.Errorf("%v %q", err, report.Failed)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAuthenticationAndHeadersAreSent(t *testing.T) {
	s := serve(t, answer())
	token := write(t, "token", "first\n")
	collected, _, err := collect(t, s.URL, "auth: {bearerTokenFile: "+token+", headers: {X-Scope-OrgID: team-a}}")
	if got := s.last.Load().Header; err != nil || got.Get("Authorization") != "Bearer first" || got.Get("X-Scope-OrgID") != "team-a" {
		t.Errorf("%v %v", got, err)
	}
	if err := os.WriteFile(token, []byte("rotated"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := collected.Refresh(context.Background()); err != nil || s.last.Load().Header.Get("Authorization") != "Bearer rotated" {
		t.Errorf("after rotation: %v %v", s.last.Load().Header, err)
	}
	if _, _, err := collect(t, s.URL, "auth: {basic: {username: u, passwordFile: "+write(t, "password", "p")+"}}"); err != nil {
		t.Fatal(err)
	}
	if user, password, ok := s.last.Load().BasicAuth(); !ok || user != "u" || password != "p" {
		t.Errorf("basic: %q %q", user, password)
	}
	if _, report, err := collect(t, s.URL, "auth: {bearerTokenFile: /does/not/exist}"); err == nil || report.Failed != FailedTransport {
		t.Errorf("a missing token file: %v %q", err, report.Failed)
	}
}

func TestTheConfiguredAuthorityMustHaveSignedTheServer(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer()) }))
	defer s.Close()
	s.Config.ErrorLog = nil
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	if _, _, err := collect(t, s.URL, "auth: {caFile: "+ca+"}"); err != nil {
		t.Error(err)
	}
	if _, _, err := collect(t, s.URL, ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v", err)
	}
	if _, err := NewClient(parse(t, "prometheusURL: "+s.URL+"\nauth: {caFile: /does/not/exist}")); err == nil {
		t.Error("a CA file that does not exist was accepted")
	}
}
