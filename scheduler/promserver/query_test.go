package promserver

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"kube-windtunnel/scheduler/collector"
)

func TestWhatTheQuerySeesInSeriesOfNodeExporter(t *testing.T) {
	a := Exporter{Instance: "10.0.0.1:9100", Nodename: "a", Receive: 1e6, Transmit: 1e6}
	b := Exporter{Instance: "10.0.0.2:9100", Nodename: "b", Receive: 100e6, Transmit: 1e6}
	counters := func(instance, values string) []string {
		at := fmt.Sprintf(`{instance=%q,job="node",device="eth0"}`, instance)
		return []string{
			"node_network_receive_bytes_total" + at + " " + values, "node_network_transmit_bytes_total" + at + " " + values,
			"node_network_speed_bytes" + at + " 125000000x40",
		}
	}
	with := func(e Exporter, change func(*Exporter)) Exporter { change(&e); return e }
	for _, c := range []struct {
		name, args string
		series     []string
		want       map[string]string
	}{
		{"an old idle node and a new busy one", "", All(with(a, func(e *Exporter) { e.Start = 10e12 }), b), map[string]string{"a": "99", "b": "20"}},
		{"counters of 4e14 bytes overflow nothing", "", All(with(a, func(e *Exporter) { e.Start = 4e14 }), with(b, func(e *Exporter) { e.Start = 4e14 })), map[string]string{"a": "99", "b": "20"}},
		{"no traffic at all", "", All(with(a, func(e *Exporter) { e.Receive, e.Transmit = 0, 0 }), with(b, func(e *Exporter) { e.Receive, e.Transmit = 0, 0 })), map[string]string{"a": "100", "b": "100"}},
		{"noise is no difference", "", All(with(a, func(e *Exporter) { e.Receive, e.Transmit = 10, 0 }), with(b, func(e *Exporter) { e.Receive, e.Transmit = 5, 0 })), map[string]string{"a": "100", "b": "100"}},
		{"a sender only", "", All(with(a, func(e *Exporter) { e.Transmit = 100e6 }), with(b, func(e *Exporter) { e.Receive = 1e6 })), map[string]string{"a": "20", "b": "99"}},
		{"a sender only, receive asked for", "direction: receive", All(with(a, func(e *Exporter) { e.Transmit = 100e6 }), b), map[string]string{"a": "99", "b": "20"}},
		{"both sides added", "direction: sum", All(with(a, func(e *Exporter) { e.Receive, e.Transmit = 50e6, 50e6 }), b), map[string]string{"a": "20", "b": "19"}},
		{"unlike links", "", All(with(a, func(e *Exporter) { e.Receive = 100e6 }), with(b, func(e *Exporter) { e.Receive, e.Speed = 200e6, 25*Gigabit })), map[string]string{"a": "20", "b": "94"}},
		{"capacity configured", "linkCapacity: {b: 10Gbps}", All(a, b), map[string]string{"a": "99", "b": "92"}},
		{"half the scrapes lost", "", append(All(b), counters("10.0.0.1:9100", "0 _ "+strings.Join(everyOther(1500e6*2, 20), " _ "))...), map[string]string{"a": "20", "b": "20"}},
		{"three scrapes in a row lost", "", append(All(b), counters("10.0.0.1:9100", "0+1500000000x34 _x3 57000000000+1500000000x2")...), map[string]string{"a": "20", "b": "20"}},
		// One of seven steps is lost with the restart: 6 * 1.5e9 bytes in the 105 s between the first and the last sample.
		{"a busy node that was restarted", "", append(All(b), counters("10.0.0.1:9100", "5e14+1500000000x36 0+1500000000x4")...), map[string]string{"a": "31", "b": "20"}},
		{"NaN", "", append(All(b), counters("10.0.0.1:9100", "0+15x38 NaN NaN")...), map[string]string{"a": "unknown: invalid", "b": "20"}},
		{"an exporter that stopped, and Prometheus noticed", "", append(All(b), counters("10.0.0.1:9100", "0+15x37 stale")...), map[string]string{"a": "unknown: stale", "b": "20"}},
		{"an exporter that stopped unnoticed", "maxAge: 30s", append(All(b), counters("10.0.0.1:9100", "0+15x37")...), map[string]string{"a": "unknown: stale", "b": "20"}},
		{"an exporter that stopped long ago", "", append(All(b), counters("10.0.0.1:9100", "0+15x5")...), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"an exporter with one sample", "", append(All(b), counters("10.0.0.1:9100", "_x40 5")...), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"a link that knows no speed", "", All(with(a, func(e *Exporter) { e.Speed = -125000 }), b), map[string]string{"a": "unknown: capacity", "b": "20"}},
		{"two jobs scrape the same exporter", "", append(All(a, b), All(with(a, func(e *Exporter) { e.Extra = `,source="second"` }))...), map[string]string{"a": "99", "b": "20"}},
		{"two jobs scrape the same exporter, capacity configured", "linkCapacity: 1Gbps", append(All(a, b), All(with(b, func(e *Exporter) { e.Extra = `,source="second"` }))...), map[string]string{"a": "99", "b": "20"}},
		{"a new kernel", "", append(All(a, b), `node_uname_info{instance="10.0.0.1:9100",job="node",nodename="a",release="6.2"} _x30 1x10`), map[string]string{"a": "99", "b": "20"}},
		{"a host name that is no node's", "", All(with(a, func(e *Exporter) { e.Nodename = "ip-10-0-0-1.cloud" }), b), map[string]string{"a": "99", "b": "20"}},
		{"relabelled to the node", "", All(with(a, func(e *Exporter) { e.Instance, e.Nodename, e.Extra = "x:9100", "x", `,node="a"` }), b), map[string]string{"a": "99", "b": "20"}},
		{"an exporter in the pods' network", "", All(with(a, func(e *Exporter) { e.Instance, e.Nodename = "10.244.0.7:9100", "node-exporter-7xk2p" }), b), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"the same, relabelled to the node", "", All(with(a, func(e *Exporter) {
			e.Instance, e.Nodename, e.Extra = "10.244.0.7:9100", "node-exporter-7xk2p", `,node="a"`
		}), b), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"a renamed device", "", All(with(a, func(e *Exporter) { e.Device = "enp3s0" }), b), map[string]string{"a": "99", "b": "20"}},
		{"a renamed device, the old one asked for", "deviceName: eth0", All(with(a, func(e *Exporter) { e.Device = "enp3s0" }), b), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"what is not a network card does not count", "", append(All(a, b), All(with(a, func(e *Exporter) { e.Device, e.Receive = "lo", 1e9 }), with(a, func(e *Exporter) { e.Device, e.Receive = "veth12", 1e9 }),
			with(a, func(e *Exporter) { e.Device, e.Receive = "kube-ipvs0", 1e9 }))...), map[string]string{"a": "99", "b": "20"}},
		{"the busiest of two cards", "", append(All(a, b), All(with(a, func(e *Exporter) { e.Device, e.Receive = "eth1", 50e6 }))...), map[string]string{"a": "60", "b": "20"}},
		{"a second card that is not plugged in", "", append(All(a, b), All(with(a, func(e *Exporter) { e.Device, e.Receive, e.Transmit, e.Speed = "eth1", 0, 0, -125000 }))...), map[string]string{"a": "99", "b": "20"}},
		{"nobody exports", "", []string{"up 1x40"}, map[string]string{"a": "unknown: missing", "b": "unknown: missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, url := load(t, c.series...)
			if got := verdicts(t, url, c.args, named("a", "b")); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func everyOther(step float64, count int) []string {
	var out []string
	for i := 1; i <= count; i++ {
		out = append(out, fmt.Sprintf("%.0f", step*float64(i)))
	}
	return out
}

// The published query filters only one side of its join, so each node's query reads every node's samples. Ours reads each
// sample once: twice the nodes, twice the samples, one query.
func TestTheCostGrowsWithTheNodesAndNotWithTheirSquare(t *testing.T) {
	cost := func(count int) int64 {
		var series []string
		for i := 0; i < count; i++ {
			series = append(series, Exporter{Instance: fmt.Sprintf("10.0.0.%d:9100", i+1), Nodename: fmt.Sprint("n", i)}.Series()...)
		}
		server, url := load(t, series...)
		verdicts(t, url, "", named("n0"))
		if len(server.Queries()) != 1 {
			t.Errorf("%d queries", len(server.Queries()))
		}
		return server.Samples()
	}
	ten, twenty := cost(10), cost(20)
	if twenty != 2*ten || ten == 0 || ten > 10*2*9+10*10 {
		t.Errorf("10 nodes read %d samples, 20 nodes %d", ten, twenty)
	}
}

func TestEveryFaultIsAFailedRefreshAndNothingElse(t *testing.T) {
	server, url := load(t, All(Exporter{Instance: "10.0.0.1:9100", Nodename: "a"})...)
	for fault, want := range map[Fault]string{
		Hang: collector.FailedTimeout, Refuse: collector.FailedTransport, BadRequest: collector.FailedStatus,
		Failing: collector.FailedStatus, Half: collector.FailedTransport, Scalar: collector.FailedAnswer, Healthy: "",
	} {
		server.Set(fault, 0)
		_, snapshot, report, err := refresh(t, url, "timeout: 500ms", named("a"))
		if (err == nil) != (fault == Healthy) || report.Failed != want || (snapshot == nil) != (err != nil) {
			t.Errorf("%q: %v, counted as %q, want %q", fault, err, report.Failed, want)
		}
	}
	server.Set(Healthy, time.Second)
	if _, _, report, err := refresh(t, url, "timeout: 200ms", named("a")); err == nil || report.Failed != collector.FailedTimeout {
		t.Errorf("delay: %v %q", err, report.Failed)
	}
}
