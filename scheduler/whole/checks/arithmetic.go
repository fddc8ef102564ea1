package checks

import (
	"fmt"
	"strings"
	"time"

	"kube-windtunnel/scheduler/promserver"
	"kube-windtunnel/scheduler/whole/stage"
)

// load is an exporter that receives and sends at even rates, in bytes per second.
func load(receive, transmit float64) promserver.Exporter {
	return promserver.Exporter{Receive: receive, Transmit: transmit}
}

// idle and busy are the two ends of a 1 Gb/s link: 1 % and 80 % of it in use.
var (
	idle = stage.Role{Name: "idle", Load: load(1.25e6, 1.25e6)}
	busy = stage.Role{Name: "busy", Load: load(100e6, 1.25e6)}
)

const (
	idleScore = 99
	busyScore = 20
)

// counters replaces the exporter's counter of received bytes.
func counters(values string) func(promserver.Exporter) []string {
	return func(e promserver.Exporter) []string {
		series := e.Series()
		series[0] = e.Counter("receive", values)
		return series
	}
}

var preferences = []Check{
	{"idle-over-busy", "base", "the pod goes to the idle node, which scores its free share", preference{
		better: idle, worse: busy, betterScore: idleScore, worseScore: busyScore,
	}.run},
	{"recent-load", "R11", "with a window of a minute, the load of the last minutes counts in full", preference{
		better: stage.Role{Name: "steady", Load: long(promserver.Exporter{Receive: 12.5e6})}, betterScore: 90,
		worse: stage.Role{Name: "just-saturated", Load: long(promserver.Exporter{}), Series: counters("0x268 " + ramp(0, 112.5e6, 12))}, worseScore: 10,
		arguments: "timeRange: 1", at: 70 * time.Minute,
	}.run},
	{"old-idle-over-new-busy", "R12", "10 TB counted long ago are no traffic", preference{
		better: stage.Role{Name: "old-idle", Load: promserver.Exporter{Start: 10e12, Receive: 1.25e6}}, betterScore: idleScore,
		worse: busy, worseScore: busyScore,
	}.run},
	{"restarted-busy-node", "R14", "a node that was restarted under load is busy", preference{
		better: stage.Role{Name: "steady", Load: promserver.Exporter{Start: 5e12, Receive: 12.5e6}}, betterScore: 90,
		worse: stage.Role{Name: "restarted-busy", Load: load(0, 0), Series: counters("5e14+1.5e9x20 " + ramp(0, 100e6, 20))}, worseScore: busyScore,
	}.run},
	{"sender-is-busy", "R15", "a node that only sends is as busy as one that only receives", preference{
		better: stage.Role{Name: "idle", Load: load(12.5e6, 0)}, betterScore: 90,
		worse: stage.Role{Name: "sender", Load: load(1.25e6, 100e6)}, worseScore: busyScore,
	}.run},
	{"unlike-links", "R16", "200 MB/s of 25 Gb/s are less than 50 MB/s of 1 Gb/s", preference{
		better: stage.Role{Name: "25-gigabit", Load: promserver.Exporter{Receive: 200e6, Speed: 25 * promserver.Gigabit}}, betterScore: 94,
		worse: stage.Role{Name: "gigabit", Load: load(50e6, 0)}, worseScore: 60,
	}.run},
	{"great-counters", "R19", "counters of 4e14 bytes, an hour of them, overflow nothing", preference{
		better: stage.Role{Name: "idle", Load: long(promserver.Exporter{Start: 4e14, Receive: 1.25e6})}, betterScore: idleScore,
		worse: stage.Role{Name: "busy", Load: long(promserver.Exporter{Start: 2e14, Receive: 100e6})}, worseScore: busyScore,
		arguments: "window: 1h", at: 70 * time.Minute,
	}.run},
	{"nan-is-unknown", "R20", "a node whose rate is NaN scores as unknown, 0", preference{
		better: busy, betterScore: busyScore,
		worse: stage.Role{Name: "nan", Load: load(0, 0), Series: counters("0+15x38 NaN NaN")}, worseScore: 0,
	}.run},
	{"negative-is-unknown", "R20", "a node whose rate is negative scores as unknown, 0", preference{
		better: busy, betterScore: busyScore,
		worse: stage.Role{Name: "negative", Series: func(e promserver.Exporter) []string {
			const falling = "-3e9-1000x40"
			return append(e.Series()[2:], e.Counter("receive", falling), e.Counter("transmit", falling))
		}}, worseScore: 0,
	}.run},
}

// long gives an exporter 70 minutes of samples.
func long(e promserver.Exporter) promserver.Exporter {
	e.Scrapes = 280
	return e
}

// ramp are samples of a counter that grows by rate bytes per second, count of them.
func ramp(start, rate float64, count int) string {
	var out []string
	for i := 1; i <= count; i++ {
		out = append(out, fmt.Sprintf("%.0f", start+rate*promserver.Scrape.Seconds()*float64(i)))
	}
	return strings.Join(out, " ")
}
