package plugin

import (
	"fmt"
	"maps"
	"math/rand"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/specimens"
)

const gigabit = "125000000"

func asking(p *prometheus, extra string) string {
	return `{"prometheusURL":"` + p.URL + `","timeout":"5s"` + extra + `}`
}

// Each switch by itself, on an answer that is right: what changes is its symptom.
func TestWhatEachSwitchDoesToScores(t *testing.T) {
	a, b := of('a', "1e6", "1e6", gigabit), of('b', "1e8", "1e6", gigabit)
	with := func(e exporter, change func(*exporter)) exporter { change(&e); return e }
	for _, c := range []struct {
		switches  string
		exporters []exporter
		nodes     string
		right     string
		wrong     string
	}{
		{"receive-only", []exporter{with(a, func(e *exporter) { e.transmit = "1e8" }), b}, "ab", "a:20 b:20", "a:99 b:20"},
		{"no-capacity", []exporter{of('a', "5e7", "0", gigabit), of('b', "2e8", "0", "3125000000")}, "ab", "a:60 b:94", "a:75 b:0"},
		{"relative-to-max", []exporter{of('a', "10", "0", gigabit), of('b', "5", "0", gigabit)}, "ab", "a:100 b:100", "a:0 b:50"},
		{"relative-to-max", []exporter{of('a', "0", "0", gigabit), of('b', "0", "0", gigabit)}, "ab", "a:100 b:100", "a:100 b:100"},
		{"sum-over-time", []exporter{of('a', "2.4e15", "0", gigabit), of('b', "4.338e13", "0", gigabit)}, "ab", "a:0 b:0", "a:0 b:99"},
		{"integer-overflow", []exporter{of('a', "92233720368547760", "0", gigabit), of('b', "46116860184273880", "0", gigabit), of('c', "1000", "0", gigabit)}, "abc", "a:0 b:0 c:100", "a:199 b:50 c:100"},
		{"sum-over-time", []exporter{of('a', "92233720368547760", "0", gigabit), of('b', "46116860184273880", "0", gigabit), of('c', "1000", "0", gigabit)}, "abc", "a:0 b:0 c:100", "a:0 b:50 c:100"},
		{"nan-is-best", []exporter{of('a', "NaN", "0", gigabit), b}, "ab", "a:0 b:20", "a:100 b:0"},
		{"relative-to-max", []exporter{of('a', "NaN", "0", gigabit), b}, "ab", "a:0 b:20", "a:0 b:0"},
		{"negative-raw", []exporter{of('a', "-5", "-9", gigabit), of('b', "100", "0", gigabit)}, "ab", "a:0 b:100", "a:105 b:0"},
		{"sum-over-time", []exporter{of('a', "-5", "-9", gigabit), of('b', "100", "0", gigabit)}, "ab", "a:0 b:100", "a:0 b:0"},
		{"missing-aborts", []exporter{a}, "ab", "a:99 b:0", `:want one sample of node "b": missing`},
		{"raw-scores", []exporter{a, b}, "ab", "a:99 b:20", "a:1000000 b:100000000"},
		{"minus-a-fraction", []exporter{a, b}, "ab", "a:99 b:20", "a:-999900 b:-99999900"},
		{"uname-is-node-name", []exporter{with(a, func(e *exporter) { e.name = "ip-10-0-0-1" }), b}, "ab", "a:99 b:20", `:want one sample of node "a": missing`},
		{"no-exporter-check", []exporter{{instance: "10.244.0.7:9100", name: "exporter-x", device: "eth0", receive: "0", transmit: "0", speed: gigabit}, b}, "ab", "a:0 b:20", "a:100 b:20"},
		{"instance-is-node-name", []exporter{a, b}, "ab", "a:99 b:20", "a:0 b:0"},
		{"instance-is-node-name", []exporter{with(a, func(e *exporter) { e.instance = "a" }), b}, "ab", "a:99 b:20", "a:99 b:0"},
		{"hard-coded-addresses", []exporter{a, b, of('c', "1e6", "0", gigabit), of('d', "1e8", "0", gigabit)}, "abcd", "a:99 b:20 c:99 d:20", "a:99 b:20 c:99 d:99"},
		{"dump-per-node", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"query-per-node", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"few-idle-connections", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"unfiltered-operand", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"no-timeout", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"other-klog", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"outage-aborts", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
		{"unchecked-vector", []exporter{a, b}, "ab", "a:99 b:20", "a:99 b:20"},
	} {
		p := serve(t, func(string) string { return vector(c.exporters...) })
		for switches, want := range map[string]string{"": c.right, c.switches: c.wrong} {
			o, err := try(t, switches, named(c.nodes), yaml(asking(p, "")))
			if err != nil {
				t.Fatal(err)
			}
			if got := text(o.verdicts(), c.nodes); got != want {
				t.Errorf("%q: %s, want %s", switches, got, want)
			}
		}
	}
}

// text puts verdicts in the order of the nodes.
func text(verdicts map[string]string, nodes string) string {
	if whole, ok := verdicts[""]; ok {
		return ":" + whole
	}
	var parts []string
	for _, node := range nodes {
		parts = append(parts, fmt.Sprintf("%c:%s", node, verdicts[string(node)]))
	}
	return strings.Join(parts, " ")
}

// With switches that do not touch scores, the code here must say what the plugin's own says, whatever Prometheus answers:
// a finding is then due to a switch.
func TestWithoutAMistakeInTheScoresTheyAreThePlugins(t *testing.T) {
	source := rand.New(rand.NewSource(1))
	pick := func(from ...string) string { return from[source.Intn(len(from))] }
	for round := 0; round < 60; round++ {
		var exporters []exporter
		for _, n := range []byte("abcd") {
			number := func() string {
				return pick("0", "1", "1e6", "5e7", "1.2e8", "9e8", "NaN", "+Inf", "-3", "")
			}
			e := of(n, number(), number(), pick(gigabit, gigabit, "1250000000", "-125000", "0", ""))
			e.instance = pick(e.instance, e.instance, "stranger:9100", "10.244.0.9:9100")
			e.name = pick(e.name, e.name, "elsewhere")
			e.node = pick("", "", "a", "nobody")
			exporters = append(exporters, e)
		}
		p := serve(t, func(string) string { return vector(exporters...) })
		extra := pick("", `,"direction":"sum"`, `,"direction":"transmit"`, `,"linkCapacity":"10Gbps"`, `,"unknownScore":40`)
		want := map[string]string{}
		for _, switches := range []string{"", "unchecked-vector", "no-timeout"} {
			o, err := try(t, switches, named("abcd"), yaml(asking(p, extra)))
			if err != nil {
				t.Fatal(err)
			}
			got := o.verdicts()
			if switches == "" {
				want = got
			} else if !maps.Equal(got, want) {
				t.Errorf("%s: %v, the plugin itself %v, of %v %s", switches, got, want, exporters, extra)
			}
		}
	}
}

func TestEveryCodeSwitchIsKnownHere(t *testing.T) {
	p := serve(t, func(string) string { return vector(of('a', "0", "0", gigabit)) })
	for _, entry := range specimens.Catalogue() {
		if entry.Kind != specimens.Code || entry.Name == specimens.DecodeByValue {
			continue
		}
		if _, err := try(t, string(entry.Name), named("a"), yaml(`{"ip":"`+p.URL+`"}`)); err != nil {
			t.Errorf("%s: %v", entry.Name, err)
		}
	}
}
