package query

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/specimens"
)

func TestThePublishedQueryAndHowItIsMended(t *testing.T) {
	const right = `sum_over_time(node_network_receive_bytes_total{device="eth0"}[1h0m0s]) * on(instance) group_left(nodename) (node_uname_info{nodename="kind-worker"})`
	for _, c := range []struct{ switches, sent, said string }{
		{"argument-order,seconds-suffix",
			`sum_over_time(node_network_receive_bytes_total{device="kind-worker"}[eth0s]) * on(instance) group_left(nodename) (node_uname_info{nodename="1h0m0s"})`,
			strings.Replace(right, "1h0m0s", "1h0m0ss", 1)},
		{"argument-order",
			`sum_over_time(node_network_receive_bytes_total{device="kind-worker"}[eth0]) * on(instance) group_left(nodename) (node_uname_info{nodename="1h0m0s"})`, right},
		{"seconds-suffix", strings.Replace(right, "1h0m0s", "1h0m0ss", 1), strings.Replace(right, "1h0m0s", "1h0m0ss", 1)},
		{"minimally-fixed", right, right},
	} {
		set, err := specimens.Parse(c.switches)
		if err != nil {
			t.Fatal(err)
		}
		if sent, said := Published(set, "eth0", time.Hour, "kind-worker"); sent != c.sent || said != c.said {
			t.Errorf("%s sends\n%s\nand says\n%s", c.switches, sent, said)
		}
	}
}

func arguments(t *testing.T, extra string) *args.Args {
	t.Helper()
	a, err := args.From(&runtime.Unknown{Raw: []byte("prometheusURL: http://p\n" + extra)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Each mistake changes all that it is about, so a change of the plugin's own query cannot leave it without one.
func TestEachMistakeReachesThePluginsOwnQuery(t *testing.T) {
	a := arguments(t, "")
	own := collector.Query(a)
	if got := Altered(specimens.Of(specimens.Herding), a, ""); got != own {
		t.Errorf("without a mistake in the query: %s", got)
	}
	for _, c := range []struct {
		name   specimens.Switch
		only   string
		has    string
		times  int
		hasNot string
	}{
		{specimens.SumOverTime, "", "(sum_over_time(", 2, "rate("},
		{specimens.SecondsSuffix, "", "[2m0ss]", 2, "[2m]"},
		{specimens.JoinOnInstance, "", "[2m]) * on (instance) group_left () node_uname_info)", 2, "[2m]))"},
		{specimens.IstioMetric, "", "rate(istio_request_bytes_sum[2m])", 2, "node_network_receive"},
		{specimens.QueryPerNode, "10[.]0", `{instance=~"10[.]0"`, 5, "(node_uname_info)"},
	} {
		got := Altered(specimens.Set{c.name: true}, a, c.only)
		if strings.Count(got, c.has) != c.times || strings.Contains(got, c.hasNot) {
			t.Errorf("%s: want %d times %s, and no %s, in %s", c.name, c.times, c.has, c.hasNot, got)
		}
	}
}

func TestInstancesOfANode(t *testing.T) {
	match := regexp.MustCompile("^(?:" + InstancesOf(collector.Node{Name: "n.1", InternalIPs: []string{"10.0.0.1", "fd00::1"}}) + ")$")
	for instance, want := range map[string]bool{
		"10.0.0.1:9100": true, "10.0.0.1": true, "n.1:9100": true, "[fd00::1]:9100": true, "10.0.0.11:9100": false, "nx1:9100": false, "10.0.0.1:9100x": false,
	} {
		if match.MatchString(instance) != want {
			t.Errorf("%s: %v", instance, !want)
		}
	}
}
