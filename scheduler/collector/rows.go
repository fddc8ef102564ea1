package collector

import (
	"fmt"
	"math"
	"slices"
	"time"

	"kube-windtunnel/scheduler/traffic"
)

// exporter is all that an answer says about one scrape target.
type exporter struct {
	// instance is the target's address; node the label that relabelling may have set; names the host names in uname.
	instance, node string
	names          []string
	devices        []device
	// age of the newest sample when Prometheus answered; negative where there is none.
	age time.Duration
}

// device is one network device of an exporter; numbers that did not come are NaN. Bytes per second.
type device struct {
	name                     string
	receive, transmit, speed float64
	// rated tells that a rate came, be it NaN.
	rated bool
}

// none is the age of a sample that is not there.
const none = time.Duration(-1)

// Decode sorts the rows of an answer by exporter, in the order in which they came, and returns the server's warnings.
// Rows that the query cannot have produced are refused, because then somebody else's query was answered.
func Decode(body []byte) ([]*exporter, []string, error) {
	type key struct{ instance, node string }
	byKey := make(map[key]*exporter)
	var exporters []*exporter
	warnings, err := rows(body, func(r sample) error {
		k := key{r.instance, r.node}
		e := byKey[k]
		if e == nil {
			e = &exporter{instance: k.instance, node: k.node, age: none}
			byKey[k] = e
			exporters = append(exporters, e)
		}
		return e.take(r)
	})
	if err != nil {
		return nil, nil, err
	}
	return exporters, warnings, nil
}

func (e *exporter) take(r sample) error {
	switch r.series {
	case seriesReceive:
		d := e.device(r.device)
		d.receive, d.rated = r.value, true
	case seriesTransmit:
		d := e.device(r.device)
		d.transmit, d.rated = r.value, true
	case seriesSpeed:
		e.device(r.device).speed = r.value
	case seriesSampled:
		e.age = ageOf(r.value, r.evaluated)
	case seriesUname:
		e.names = append(e.names, r.nodename)
	default:
		return fmt.Errorf("%w: a row of series %q", errAnswer, r.series)
	}
	return nil
}

func (e *exporter) device(name string) *device {
	index := slices.IndexFunc(e.devices, func(d device) bool { return d.name == name })
	if index < 0 {
		index = len(e.devices)
		e.devices = append(e.devices, device{name: name, receive: math.NaN(), transmit: math.NaN(), speed: math.NaN()})
	}
	return &e.devices[index]
}

// ageOf is how old a sample of that Unix time was at the moment of evaluation, both in seconds on Prometheus's clock.
func ageOf(sampled, evaluated float64) time.Duration {
	age := evaluated - sampled
	if math.IsNaN(age) || age > math.MaxInt64/float64(time.Second)/2 {
		return none
	}
	return time.Duration(max(age, 0) * float64(time.Second))
}

// reading judges the exporter's devices. A device without a rate has had fewer than two scrapes, or none for the whole
// window: it does not count. Rates without a newest sample are those of a target that is gone: stale.
func (e *exporter) reading(direction traffic.Direction, capacity func(speed float64) float64, asked time.Time) traffic.Reading {
	links := make([]traffic.Link, 0, len(e.devices))
	for _, d := range e.devices {
		if d.rated {
			links = append(links, traffic.Link{Load: traffic.Load{Receive: d.receive, Transmit: d.transmit}, Capacity: capacity(d.speed)})
		}
	}
	link, reason := traffic.Busiest(links, direction)
	if reason == traffic.Known && e.age == none {
		return traffic.Reading{Reason: traffic.Stale}
	}
	return traffic.Reading{Link: link, Reason: reason, SampledAt: asked.Add(-max(e.age, 0))}
}
