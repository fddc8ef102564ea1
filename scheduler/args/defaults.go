package args

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"kube-windtunnel/scheduler/traffic"
)

// DefaultDevice matches the names that Linux and systemd give to physical, bonded and paravirtual network cards
// (eth0, eno1, ens33, enp3s0f1np0, enx001122334455, enP4p1s0, end0, em1, p1p1, bond0, team0, ib0, ibp5s0, wlan0, wlp2s0).
// It leaves out lo, veth*, cni*, cali*, flannel*, tunl*, docker*, br-*, virbr*, kube-ipvs0, dummy0, cilium_*, lxc*, the
// host's ends of pods' links in AWS (eni*) and Azure (azv*), and VLAN children (eth0.100), whose bytes their parent counts.
const DefaultDevice = `(eth|em|bond|team|ib|wlan)[0-9]+|(en|ib|wl)[dopPsvx][0-9a-zA-Z]+|p[0-9]+p[0-9]+`

const (
	defaultWindow   = 2 * time.Minute
	defaultInterval = 15 * time.Second
	defaultTimeout  = 5 * time.Second
	// minDuration is the resolution of PromQL durations.
	minDuration = time.Millisecond
)

// The values of InFlight that are no rates.
const (
	InFlightAnnotations = "annotations"
	// InFlightNone is not called off, which YAML 1.1 reads as a boolean.
	InFlightNone = "none"
)

// Default translates the published names and fills in what was left out. Doing it twice changes nothing.
func Default(a *Args) {
	translate(a)
	if a.Device == "" {
		a.Device = DefaultDevice
	}
	if a.Interval.IsZero() {
		a.Interval = DurationOf(defaultInterval)
	}
	if a.Window.IsZero() {
		a.Window = DurationOf(defaultWindow)
	}
	if a.MaxAge.IsZero() {
		a.MaxAge = DurationOf(max(orElse(a.Window, defaultWindow), orElse(a.Interval, defaultInterval)))
	}
	if a.Timeout.IsZero() {
		a.Timeout = DurationOf(min(defaultTimeout, orElse(a.Interval, defaultInterval)))
	}
	if a.Direction == "" {
		a.Direction = string(traffic.Max)
	}
	if a.LinkCapacity == nil {
		a.LinkCapacity = &LinkCapacity{All: Auto}
	}
	if a.InFlight == "" {
		a.InFlight = InFlightAnnotations
	}
}

// orElse keeps a second problem from growing out of the first: what depends on an impossible duration is derived from its
// default.
func orElse(d Duration, otherwise time.Duration) time.Duration {
	if d.Duration < minDuration {
		return otherwise
	}
	return d.Duration
}

// translate carries the published names over into those of today, where these are not given. The old fields stay as
// they are: Warnings and Validate speak of them.
func translate(a *Args) {
	if a.PrometheusURL == "" {
		a.PrometheusURL = a.IP
	}
	if a.Device == "" && a.DeviceName != "" {
		a.Device = regexp.QuoteMeta(a.DeviceName)
	}
	if a.Window.IsZero() && a.TimeRange != nil {
		a.Window = windowOf(*a.TimeRange)
	}
}

// windowOf turns minutes into a duration without overflow; Validate refuses what lies outside.
func windowOf(minutes int64) Duration {
	if minutes <= 0 || minutes > math.MaxInt64/int64(time.Minute) {
		return Duration{}
	}
	return DurationOf(time.Duration(minutes) * time.Minute)
}

// Warnings tells for each published name that is in use what to write instead.
func Warnings(a *Args) []string {
	var warnings []string
	warn := func(old, now, value string) {
		warnings = append(warnings, fmt.Sprintf("%s is deprecated, write %s: %q", old, now, value))
	}
	if a.IP != "" {
		warn("ip", "prometheusURL", a.PrometheusURL)
	}
	if a.DeviceName != "" {
		warn("deviceName", "device", a.Device)
	}
	if a.TimeRange != nil {
		warn("timeRange (minutes)", "window", a.Window.String())
	}
	return warnings
}
