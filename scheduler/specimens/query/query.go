// Package query is what the specimens ask Prometheus: the published query as its description gives it, and the plugin's own
// query with one mistake in it.
package query

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/collector"
	"kube-windtunnel/scheduler/specimens"
)

// template takes function, device, range and node, in this order.
const template = `%s(node_network_receive_bytes_total{device="%s"}[%s]) * on(instance) group_left(nodename) (node_uname_info{nodename="%s"})`

// Published is the published query for one node. Where words change places it is also not what the log shows; said is.
func Published(set specimens.Set, device string, window time.Duration, node string) (sent, said string) {
	text := template
	if set[specimens.SecondsSuffix] {
		text = strings.Replace(text, "[%s]", "[%ss]", 1)
	}
	said = fmt.Sprintf(text, "sum_over_time", device, window, node)
	if set[specimens.ArgumentOrder] {
		return fmt.Sprintf(text, "sum_over_time", node, device, window), said
	}
	return said, said
}

// Altered is the plugin's own query with the set's mistakes. only restricts it to exporters whose instance matches (RE2,
// matched whole); empty for all.
func Altered(set specimens.Set, a *args.Args, only string) string {
	text := collector.Query(a)
	devices := "{device=~" + strconv.Quote(a.Device) + "}"
	over := "[" + model.Duration(a.Window.Duration).String() + "]"
	replace := func(on bool, old, now string) {
		if on {
			text = strings.ReplaceAll(text, old, now)
		}
	}
	replace(set[specimens.IstioMetric], "node_network_receive_bytes_total"+devices, "istio_request_bytes_sum")
	replace(set[specimens.IstioMetric], "node_network_transmit_bytes_total"+devices, "istio_request_bytes_sum")
	replace(set[specimens.SumOverTime], "(rate(", "(sum_over_time(")
	replace(set[specimens.JoinOnInstance], over+")", over+") * on (instance) group_left () node_uname_info")
	replace(set[specimens.SecondsSuffix], over, "["+a.Window.Duration.String()+"s]")
	matcher := "instance=~" + strconv.Quote(only)
	replace(only != "", "{device=~", "{"+matcher+",device=~")
	replace(only != "", "(node_uname_info)", "(node_uname_info{"+matcher+"})")
	return text
}

// InstancesOf matches the addresses under which a node's exporter may be scraped.
func InstancesOf(node collector.Node) string {
	hosts := []string{regexp.QuoteMeta(node.Name)}
	for _, address := range node.InternalIPs {
		hosts = append(hosts, regexp.QuoteMeta(address), regexp.QuoteMeta("["+address+"]"))
	}
	return "(" + strings.Join(hosts, "|") + ")(:[0-9]+)?"
}
