package plugin

import (
	"math"
	"time"

	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/traffic"
)

// reading is what is known of one node. Unlike traffic's it keeps a number that is no rate.
type reading struct {
	traffic.Reading
	// number is what direction compares, in bytes per second (or in summed bytes); where the reason is Invalid, the one that
	// is no rate.
	number float64
}

// target is all that an answer says about one exporter.
type target struct {
	instance, node string
	names          []string
	devices        map[string]*device
	age            time.Duration
	sampled        bool
}

type device struct {
	traffic.Link
	rated bool
}

// targets sorts the rows of an answer to the plugin's own query by exporter, in the order in which they came.
func targets(rows model.Vector) []*target {
	byKey := map[[2]model.LabelValue]*target{}
	var out []*target
	for _, row := range rows {
		key := [2]model.LabelValue{row.Metric["instance"], row.Metric["node"]}
		t := byKey[key]
		if t == nil {
			t = &target{instance: string(key[0]), node: string(key[1]), devices: map[string]*device{}}
			byKey[key] = t
			out = append(out, t)
		}
		t.take(row)
	}
	return out
}

func (t *target) take(row *model.Sample) {
	value := float64(row.Value)
	switch row.Metric["series"] {
	case "receive":
		d := t.device(row)
		d.Receive, d.rated = value, true
	case "transmit":
		d := t.device(row)
		d.Transmit, d.rated = value, true
	case "speed":
		t.device(row).Capacity = value
	case "sampled":
		t.age, t.sampled = time.Duration(max(0, float64(row.Timestamp)/1e3-value)*float64(time.Second)), true
	case "uname":
		t.names = append(t.names, string(row.Metric["nodename"]))
	}
}

func (t *target) device(row *model.Sample) *device {
	name := string(row.Metric["device"])
	if t.devices[name] == nil {
		t.devices[name] = &device{Link: traffic.Link{Load: traffic.Load{Receive: math.NaN(), Transmit: math.NaN()}, Capacity: math.NaN()}}
	}
	return t.devices[name]
}

// read judges the target's devices, as the plugin does; what the plugin refuses as a rate is kept as a number.
func (t *target) read(direction traffic.Direction, capacity func(speed float64) float64, asked time.Time) reading {
	var links []traffic.Link
	for _, d := range t.devices {
		if d.rated {
			link := d.Link
			link.Capacity = capacity(link.Capacity)
			links = append(links, link)
		}
	}
	link, reason := traffic.Busiest(links, direction)
	if reason == traffic.Known && !t.sampled {
		reason = traffic.Stale
	}
	out := reading{Reading: traffic.Reading{Link: link, Reason: reason, SampledAt: asked.Add(-t.age)}, number: direction.Of(link.Load)}
	for _, link := range links {
		if reason == traffic.Invalid && math.IsNaN(direction.Of(link.Load)) {
			out.number = offending(direction, link.Load)
		}
	}
	return out
}

// offending is the number of a load that made direction refuse it: NaN, infinite or negative.
func offending(direction traffic.Direction, load traffic.Load) float64 {
	if direction.NeedsReceive() && math.IsNaN(traffic.Receive.Of(load)) {
		return load.Receive
	}
	return load.Transmit
}
