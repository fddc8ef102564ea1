package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"kube-windtunnel/scheduler/promserver"
)

// prometheus is a stand-in that has the answer ready, so that its own work does not slow the scheduler down, and counts
// who asks.
type prometheus struct {
	*promserver.Listening
	queries atomic.Int64
}

// answering starts one for so many nodes with one device each, of 10 Gbit/s, loaded from 0 to 80 percent in no order. Its
// samples are one second old whenever it is asked.
func answering(nodes int) (*prometheus, error) {
	var rows []string
	row := func(series, labels string, value float64) {
		rows = append(rows, fmt.Sprintf(`{"metric":{"series":%q%s},"value":[1700000000,"%g"]}`, series, labels, value))
	}
	for i := 0; i < nodes; i++ {
		instance := fmt.Sprintf(`,"instance":%q`, address(i)+":9100")
		device := instance + `,"device":"eth0"`
		load := float64(i*7919%1000) / 1000
		row("receive", device, 1e9*load)
		row("transmit", device, 1e8*load)
		row("speed", device, 1.25e9)
		row("sampled", instance, 1699999999)
		row("uname", fmt.Sprintf(`%s,"nodename":%q`, instance, nodeName(i)), 1)
	}
	body := `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(rows, ",") + `]}}`
	p := &prometheus{}
	var err error
	p.Listening, err = promserver.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.queries.Add(1)
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}))
	return p, err
}

func nodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

// address is the InternalIP of a node; it is unique below 65,536 nodes.
func address(i int) string { return fmt.Sprintf("10.0.%d.%d", i/256, i%256) }
