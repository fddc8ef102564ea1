// Package collector asks Prometheus what the nodes' links carry, in the background, with one query for all nodes, and
// turns the answer into a traffic.Snapshot.
//
// It owns the PromQL, the HTTP client, and how exporters are paired with nodes. It refuses to know the scheduler's
// framework and what a pod is: the nodes come as names and addresses from a function. Nothing here is on the path of a
// pod: scoring reads the newest snapshot.
package collector

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

// The metrics of node-exporter that the query reads (collector netclass, netdev and uname).
const (
	receiveMetric  = "node_network_receive_bytes_total"
	transmitMetric = "node_network_transmit_bytes_total"
	speedMetric    = "node_network_speed_bytes"
	unameMetric    = "node_uname_info"
)

// seriesLabel tells in the answer which operand of the query a row comes from; its values are the constants below.
const seriesLabel = "series"

const (
	seriesReceive  = "receive"
	seriesTransmit = "transmit"
	seriesSpeed    = "speed"
	seriesSampled  = "sampled"
	seriesUname    = "uname"
)

// Query is the PromQL that the plugin sends: one vector with, for each exporter, the rates of each device (rate(), so
// that a restart of a node is no jump and a lost scrape no gap), the speed of each device where it is needed, the
// time of the newest sample, and the host's name. max by () leaves one row where two jobs scrape the same exporter
// or a new kernel leaves two node_uname_info. Pairing rows with nodes is the client's (see join.go), because an
// operand that matches nothing, or twice, would make the whole answer fail.
func Query(a *args.Args) string {
	direction := traffic.Direction(a.Direction)
	devices := fmt.Sprintf("{device=~%s}", strconv.Quote(a.Device))
	window := model.Duration(a.Window.Duration).String()
	var operands []string
	add := func(series, by, expression string) {
		operands = append(operands, fmt.Sprintf(`label_replace(max by (%s) (%s), %q, %q, "", "")`, by, expression, seriesLabel, series))
	}
	sampled := receiveMetric
	if direction.NeedsReceive() {
		add(seriesReceive, "instance, node, device", fmt.Sprintf("rate(%s%s[%s])", receiveMetric, devices, window))
	}
	if direction.NeedsTransmit() {
		sampled = transmitMetric
		add(seriesTransmit, "instance, node, device", fmt.Sprintf("rate(%s%s[%s])", transmitMetric, devices, window))
	}
	if a.LinkCapacity.NeedsSpeed() {
		add(seriesSpeed, "instance, node, device", speedMetric+devices)
	}
	add(seriesSampled, "instance, node", fmt.Sprintf("timestamp(%s%s)", sampled, devices))
	add(seriesUname, "instance, node, nodename", unameMetric)
	return strings.Join(operands, " or ")
}
