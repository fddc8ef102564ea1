package plugintest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Prometheus says that node a is half busy and node b a tenth, on links of 100 bytes per second; of all other nodes it
// knows nothing.
type Prometheus struct {
	*httptest.Server
	// Failing makes it answer 503.
	Failing atomic.Bool
	// Queries counts those that came in.
	Queries atomic.Int64
}

// StartPrometheus serves on loopback until the test ends.
func StartPrometheus(t *testing.T) *Prometheus {
	p := &Prometheus{}
	var rows []string
	for node, busy := range map[string]string{"a": "50", "b": "10"} {
		for _, r := range [][2]string{{`"receive","device":"eth0"`, busy}, {`"transmit","device":"eth0"`, "0"}, {`"speed","device":"eth0"`, "100"}, {`"sampled"`, "1000"}} {
			rows = append(rows, fmt.Sprintf(`{"metric":{"node":%q,"series":%s},"value":[1000,%q]}`, node, r[0], r[1]))
		}
	}
	body := `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(rows, ",") + `]}}`
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.Queries.Add(1)
		if p.Failing.Load() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(p.Close)
	return p
}
