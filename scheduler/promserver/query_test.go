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
	a := exporter{instance: "10.0.0.1:9100", nodename: "a", receive: 1e6, transmit: 1e6}
	b := exporter{instance: "10.0.0.2:9100", nodename: "b", receive: 100e6, transmit: 1e6}
	counters := func(instance, values string) []string {
		at := fmt.Sprintf(`{instance=%q,job="node",device="eth0"}`, instance)
		return []string{
			"node_network_receive_bytes_total" + at + " " + values, "node_network_transmit_bytes_total" + at + " " + values,
			"node_network_speed_bytes" + at + " 125000000x40",
		}
	}
	with := func(e exporter, change func(*exporter)) exporter { change(&e); return e }
	for _, c := range []struct {
		name, args string
		series     []string
		want       map[string]string
	}{
		{"an old idle node and a new busy one", "", all(with(a, func(e *exporter) { e.start = 10e12 }), b), map[string]string{"a": "99", "b": "20"}},
		{"counters of 4e14 bytes overflow nothing", "", all(with(a, func(e *exporter) { e.start = 4e14 }), with(b, func(e *exporter) { e.start = 4e14 })), map[string]string{"a": "99", "b": "20"}},
		{"no traffic at all", "", all(with(a, func(e *exporter) { e.receive, e.transmit = 0, 0 }), with(b, func(e *exporter) { e.receive, e.transmit = 0, 0 })), map[string]string{"a": "100", "b": "100"}},
		{"noise is no difference", "", all(with(a, func(e *exporter) { e.receive, e.transmit = 10, 0 }), with(b, func(e *exporter) { e.receive, e.transmit = 5, 0 })), map[string]string{"a": "100", "b": "100"}},
		{"a sender only", "", all(with(a, func(e *exporter) { e.transmit = 100e6 }), with(b, func(e *exporter) { e.receive = 1e6 })), map[string]string{"a": "20", "b": "99"}},
		{"a sender only, receive asked for", "direction: receive", all(with(a, func(e *exporter) { e.transmit = 100e6 }), b), map[string]string{"a": "99", "b": "20"}},
		{"both sides added", "direction: sum", all(with(a, func(e *exporter) { e.receive, e.transmit = 50e6, 50e6 }), b), map[string]string{"a": "20", "b": "19"}},
		{"unlike links", "", all(with(a, func(e *exporter) { e.receive = 100e6 }), with(b, func(e *exporter) { e.receive, e.speed = 200e6, 25*gigabit })), map[string]string{"a": "20", "b": "94"}},
		{"capacity configured", "linkCapacity: {b: 10Gbps}", all(a, b), map[string]string{"a": "99", "b": "92"}},
		{"half the scrapes lost", "", append(all(b), counters("10.0.0.1:9100", "0 _ "+strings.Join(everyOther(1500e6*2, 20), " _ "))...), map[string]string{"a": "20", "b": "20"}},
		{"three scrapes in a row lost", "", append(all(b), counters("10.0.0.1:9100", "0+1500000000x34 _x3 57000000000+1500000000x2")...), map[string]string{"a": "20", "b": "20"}},
		// One of seven steps is lost with the restart: 6 * 1.5e9 bytes in the 105 s between the first and the last sample.
		{"a busy node that was restarted", "", append(all(b), counters("10.0.0.1:9100", "5e14+1500000000x36 0+1500000000x4")...), map[string]string{"a": "31", "b": "20"}},
		{"NaN", "", append(all(b), counters("10.0.0.1:9100", "0+15x38 NaN NaN")...), map[string]string{"a": "unknown: invalid", "b": "20"}},
		{"an exporter that stopped, and Prometheus noticed", "", append(all(b), counters("10.0.0.1:9100", "0+15x37 stale")...), map[string]string{"a": "unknown: stale", "b": "20"}},
		{"an exporter that stopped unnoticed", "maxAge: 30s", append(all(b), counters("10.0.0.1:9100", "0+15x37")...), map[string]string{"a": "unknown: stale", "b": "20"}},
		{"an exporter that stopped long ago", "", append(all(b), counters("10.0.0.1:9100", "0+15x5")...), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"an exporter with one sample", "", append(all(b), counters("10.0.0.1:9100", "_x40 5")...), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"a link that knows no speed", "", all(with(a, func(e *exporter) { e.speed = -125000 }), b), map[string]string{"a": "unknown: capacity", "b": "20"}},
		{"two jobs scrape the same exporter", "", append(all(a, b), all(with(a, func(e *exporter) { e.extra = `,source="second"` }))...), map[string]string{"a": "99", "b": "20"}},
		{"two jobs scrape the same exporter, capacity configured", "linkCapacity: 1Gbps", append(all(a, b), all(with(b, func(e *exporter) { e.extra = `,source="second"` }))...), map[string]string{"a": "99", "b": "20"}},
		{"a new kernel", "", append(all(a, b), `node_uname_info{instance="10.0.0.1:9100",job="node",nodename="a",release="6.2"} _x30 1x10`), map[string]string{"a": "99", "b": "20"}},
		{"a host name that is no node's", "", all(with(a, func(e *exporter) { e.nodename = "ip-10-0-0-1.cloud" }), b), map[string]string{"a": "99", "b": "20"}},
		{"relabelled to the node", "", all(with(a, func(e *exporter) { e.instance, e.nodename, e.extra = "x:9100", "x", `,node="a"` }), b), map[string]string{"a": "99", "b": "20"}},
		{"an exporter in the pods' network", "", all(with(a, func(e *exporter) { e.instance, e.nodename = "10.244.0.7:9100", "node-exporter-7xk2p" }), b), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"a renamed device", "", all(with(a, func(e *exporter) { e.device = "enp3s0" }), b), map[string]string{"a": "99", "b": "20"}},
		{"a renamed device, the old one asked for", "deviceName: eth0", all(with(a, func(e *exporter) { e.device = "enp3s0" }), b), map[string]string{"a": "unknown: missing", "b": "20"}},
		{"what is not a network card does not count", "", append(all(a, b), all(with(a, func(e *exporter) { e.device, e.receive = "lo", 1e9 }), with(a, func(e *exporter) { e.device, e.receive = "veth12", 1e9 }),
			with(a, func(e *exporter) { e.device, e.receive = "kube-ipvs0", 1e9 }))...), map[string]string{"a": "99", "b": "20"}},
		{"the busiest of two cards", "", append(all(a, b), all(with(a, func(e *exporter) { e.device, e.receive = "eth1", 50e6 }))...), map[string]string{"a": "60", "b": "20"}},
		{"a second card that is not plugged in", "", append(all(a, b), all(with(a, func(e *exporter) { e.device, e.receive, e.transmit, e.speed = "eth1", 0, 0, -125000 }))...), map[string]string{"a": "99", "b": "20"}},
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
			series = append(series, exporter{instance: fmt.Sprintf("10.0.0.%d:9100", i+1), nodename: fmt.Sprint("n", i)}.series()...)
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
	server, url := load(t, all(exporter{instance: "10.0.0.1:9100", nodename: "a"})...)
	for fault, want := range map[Fault]string{
		Hang: collector.FailedTimeout, Refuse: collector.FailedTransport, BadRequest: collector.FailedStatus,
		Failing: collector.FailedStatus, Half: collector.FailedTransport, Healthy: "",
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
