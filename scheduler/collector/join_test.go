package collector

import (
	"fmt"
	"testing"
	"time"

	"kube-windtunnel/scheduler/traffic"
)

func uname(instance, name string) string {
	return row(seriesUname, fmt.Sprintf(`,"instance":%q,"nodename":%q`, instance, name), "1")
}

func TestExportersArePairedByLabelThenHostNameThenAddress(t *testing.T) {
	nodes := []Node{{Name: "a", InternalIPs: []string{"10.0.0.1", "fd00::1"}, ExternalIPs: []string{"203.0.113.1"}}, {Name: "b", InternalIPs: []string{"10.0.0.2"}}}
	for _, c := range []struct {
		name string
		rows []string
		want string
	}{
		{"label", append(healthy("10.0.0.2:9100", `,"node":"a"`), row(seriesUname, `,"instance":"10.0.0.2:9100","node":"a","nodename":"b"`, "1")), "a"},
		{"label that is no node's name, then uname", []string{
			row(seriesReceive, `,"instance":"x:1","node":"rack-7","device":"eth0"`, "1"), row(seriesTransmit, `,"instance":"x:1","node":"rack-7","device":"eth0"`, "1"),
			row(seriesSpeed, `,"instance":"x:1","node":"rack-7","device":"eth0"`, "10"), row(seriesSampled, `,"instance":"x:1","node":"rack-7"`, "999"),
			row(seriesUname, `,"instance":"x:1","node":"rack-7","nodename":"b"`, "1")}, "b"},
		{"uname before address", append(healthy("10.0.0.2:9100", ""), uname("10.0.0.2:9100", "a")), "a"},
		{"two kernels, one name", append(healthy("x:9100", ""), uname("x:9100", "a"), uname("x:9100", "a")), "a"},
		{"two names of nodes, then address", append(healthy("10.0.0.1:9100", ""), uname("10.0.0.1:9100", "b"), uname("10.0.0.1:9100", "a")), "a"},
		{"overridden host name, then address", append(healthy("10.0.0.1:9100", ""), uname("10.0.0.1:9100", "ip-10-0-0-1.cloud")), "a"},
		{"no uname at all", healthy("10.0.0.2:9100", ""), "b"},
		{"IPv6", healthy("[FD00:0::1]:9100", ""), "a"},
		{"address without a port", healthy("10.0.0.2", ""), "b"},
		{"instance relabelled to the node's name", healthy("b", ""), "b"},
		{"exporter in the pods' network", append(healthy("10.244.1.7:9100", ""), uname("10.244.1.7:9100", "node-exporter-x7k2p")), ""},
		{"exporter in the pods' network, with the label", []string{
			row(seriesReceive, `,"instance":"10.244.1.7:9100","node":"a","device":"eth0"`, "1"), row(seriesTransmit, `,"instance":"10.244.1.7:9100","node":"a","device":"eth0"`, "1"),
			row(seriesSpeed, `,"instance":"10.244.1.7:9100","node":"a","device":"eth0"`, "10"), row(seriesSampled, `,"instance":"10.244.1.7:9100","node":"a"`, "999"),
			row(seriesUname, `,"instance":"10.244.1.7:9100","node":"a","nodename":"node-exporter-x7k2p"`, "1")}, ""},
		{"an address that is no node's, with the label and without a host's name", healthy("192.0.2.7:9100", `,"node":"a"`), "a"},
		{"a host's name in the cloud, with the label", append(healthy("10.0.0.1:9100", `,"node":"a"`), row(seriesUname, `,"instance":"10.0.0.1:9100","node":"a","nodename":"ip-10-0-0-1.cloud"`, "1")), "a"},
		{"scraped from outside", append(healthy("203.0.113.1:9100", `,"node":"a"`), row(seriesUname, `,"instance":"203.0.113.1:9100","node":"a","nodename":"ip-10-0-0-1.cloud"`, "1")), "a"},
		{"nobody's", healthy("10.0.0.9:9100", ""), ""},
		{"nothing said", []string{row(seriesUname, "", "1")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			collected, _, err := collect(t, serve(t, answer(c.rows...)).URL, "", nodes...)
			if err != nil {
				t.Fatal(err)
			}
			for _, node := range nodes {
				_, got := collected.Snapshot().Readings[node.Name]
				if got != (node.Name == c.want) {
					t.Errorf("%s has a reading: %v, want one for %q", node.Name, got, c.want)
				}
			}
		})
	}
}

func TestTwoExportersOfOneNodeGiveOneReading(t *testing.T) {
	old := []string{
		row(seriesReceive, `,"instance":"old:9100","device":"eth0"`, "1"), row(seriesTransmit, `,"instance":"old:9100","device":"eth0"`, "1"),
		row(seriesSpeed, `,"instance":"old:9100","device":"eth0"`, "100"), row(seriesSampled, `,"instance":"old:9100"`, "950"), uname("old:9100", "a"),
	}
	broken := []string{row(seriesReceive, `,"instance":"broken","device":"eth0"`, "NaN"), row(seriesSampled, `,"instance":"broken"`, "1000"), uname("broken", "a")}
	fresh := append(healthy("fresh:9100", ""), uname("fresh:9100", "a"))
	for name, rows := range map[string][]string{
		"old first": append(append(append([]string{}, broken...), old...), fresh...),
		"old last":  append(append(append([]string{}, fresh...), old...), broken...),
	} {
		collected, _, err := collect(t, serve(t, answer(rows...)).URL, "", Node{Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if reading := collected.Snapshot().Readings["a"]; reading.Link.Receive != 50 || reading.Reason != traffic.Known {
			t.Errorf("%s: %+v", name, reading)
		}
	}
}

func TestNumbersThatAreNoneMakeTheNodeUnknown(t *testing.T) {
	base := func(receive, transmit, speed, sampled string) []string {
		at := `,"instance":"a"`
		var rows []string
		for _, r := range []struct{ series, labels, value string }{
			{seriesReceive, at + `,"device":"eth0"`, receive}, {seriesTransmit, at + `,"device":"eth0"`, transmit},
			{seriesSpeed, at + `,"device":"eth0"`, speed}, {seriesSampled, at, sampled},
		} {
			if r.value != "" {
				rows = append(rows, row(r.series, r.labels, r.value))
			}
		}
		return rows
	}
	for _, c := range []struct {
		name, extra string
		rows        []string
		want        traffic.Reason
	}{
		{"all there", "", base("50", "25", "100", "999"), traffic.Known},
		{"NaN", "", base("NaN", "25", "100", "999"), traffic.Invalid},
		{"+Inf", "", base("+Inf", "25", "100", "999"), traffic.Invalid},
		{"-Inf", "", base("-Inf", "25", "100", "999"), traffic.Invalid},
		{"negative", "", base("50", "-5", "100", "999"), traffic.Invalid},
		{"one side missing", "", base("50", "", "100", "999"), traffic.Invalid},
		{"both sides missing", "", base("", "", "100", "999"), traffic.Missing},
		{"both sides NaN", "", base("NaN", "NaN", "100", "999"), traffic.Invalid},
		{"no speed", "", base("50", "25", "", "999"), traffic.NoCapacity},
		{"speed of a device that knows none", "", base("50", "25", "-125000", "999"), traffic.NoCapacity},
		{"speed 0", "", base("50", "25", "0", "999"), traffic.NoCapacity},
		{"no speed, and none needed", "linkCapacity: 1Gbps", base("50", "25", "", "999"), traffic.Known},
		{"no speed, needed here", "linkCapacity: {b: 1Gbps}", base("50", "25", "", "999"), traffic.NoCapacity},
		{"transmit not asked for", "direction: receive", base("50", "", "100", "999"), traffic.Known},
		{"target gone", "", base("50", "25", "100", ""), traffic.Stale},
		{"sample too old", "", base("50", "25", "100", "800"), traffic.Stale},
		{"sample time NaN", "", base("50", "25", "100", "NaN"), traffic.Stale},
		{"sample time of another world", "", base("50", "25", "100", "-1e300"), traffic.Stale},
		{"sample from the future", "", base("50", "25", "100", "1e300"), traffic.Known},
		{"nothing", "", nil, traffic.Missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			collected, report, err := collect(t, serve(t, answer(c.rows...)).URL, c.extra, Node{Name: "a"})
			if err != nil {
				t.Fatal(err)
			}
			policy := traffic.Policy{Direction: traffic.Direction(collected.args.Direction), MaxAge: 2 * time.Minute}
			points, reason := policy.Score(collected.Snapshot(), "a", traffic.Load{}, time.Now())
			if reason != c.want || (reason != traffic.Known && points != 0) {
				t.Errorf("%d %q, want %q", points, reason, c.want)
			}
			if c.want != traffic.Known && report.Unknown[c.want] != 1 {
				t.Errorf("counted: %v", report.Unknown)
			}
		})
	}
}
