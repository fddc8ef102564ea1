package promserver

import "fmt"

// Gigabit is the speed of a 1 Gb/s link in bytes per second.
const Gigabit = 125e6

// Exporter writes the series of one node-exporter with one network device: counters that start at a value and grow evenly.
type Exporter struct {
	// Instance, Job and Nodename are labels; Job is "node" where it is empty. Extra is added to the labels: `,node="a"`.
	Instance, Job, Nodename, Extra string
	// Device is eth0 where it is empty.
	Device string
	// Start is where the counters begin, in bytes; Receive and Transmit are bytes per second.
	Start, Receive, Transmit float64
	// Speed of the device in bytes per second; a Gigabit where it is 0.
	Speed float64
	// Scrapes is the number of samples after the first; 40 where it is 0.
	Scrapes int
}

// Series are the exporter's series in promtool's notation.
func (e Exporter) Series() []string {
	e = e.withDefaults()
	values := func(rate float64) string {
		return fmt.Sprintf("%.0f+%.0fx%d", e.Start, rate*Scrape.Seconds(), e.Scrapes)
	}
	return []string{
		e.Counter("receive", values(e.Receive)),
		e.Counter("transmit", values(e.Transmit)),
		fmt.Sprintf(`node_network_speed_bytes{%s,device=%q} %.0fx%d`, e.labels(), e.Device, e.Speed, e.Scrapes),
		fmt.Sprintf(`node_uname_info{%s,nodename=%q,release="6.1"} 1x%d`, e.labels(), e.Nodename, e.Scrapes),
	}
}

// Counter is the exporter's series of received ("receive") or sent ("transmit") bytes, with values of the caller's.
func (e Exporter) Counter(side, values string) string {
	e = e.withDefaults()
	return fmt.Sprintf(`node_network_%s_bytes_total{%s,device=%q} %s`, side, e.labels(), e.Device, values)
}

func (e Exporter) labels() string {
	return fmt.Sprintf("instance=%q,job=%q%s", e.Instance, e.Job, e.Extra)
}

func (e Exporter) withDefaults() Exporter {
	if e.Job == "" {
		e.Job = "node"
	}
	if e.Device == "" {
		e.Device = "eth0"
	}
	if e.Speed == 0 {
		e.Speed = Gigabit
	}
	if e.Scrapes == 0 {
		e.Scrapes = 40
	}
	return e
}

// All are the series of several exporters.
func All(exporters ...Exporter) []string {
	var out []string
	for _, e := range exporters {
		out = append(out, e.Series()...)
	}
	return out
}
