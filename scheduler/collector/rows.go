package collector

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

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

// Decode sorts the rows of an answer by exporter, in the order in which they came. Rows that the query cannot have
// produced are refused, because then somebody else's query was answered.
func Decode(value model.Value) ([]*exporter, error) {
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("%w: want a vector, got %T", errAnswer, value)
	}
	type key struct{ instance, node model.LabelValue }
	byKey := make(map[key]*exporter, len(vector)/4)
	var exporters []*exporter
	for _, sample := range vector {
		if sample == nil {
			return nil, fmt.Errorf("%w: an empty row", errAnswer)
		}
		k := key{sample.Metric["instance"], sample.Metric["node"]}
		e := byKey[k]
		if e == nil {
			e = &exporter{instance: string(k.instance), node: string(k.node), age: none}
			byKey[k] = e
			exporters = append(exporters, e)
		}
		if err := e.take(sample); err != nil {
			return nil, err
		}
	}
	return exporters, nil
}

func (e *exporter) take(sample *model.Sample) error {
	value := float64(sample.Value)
	switch series := sample.Metric[seriesLabel]; series {
	case seriesReceive:
		d := e.device(sample)
		d.receive, d.rated = value, true
	case seriesTransmit:
		d := e.device(sample)
		d.transmit, d.rated = value, true
	case seriesSpeed:
		e.device(sample).speed = value
	case seriesSampled:
		e.age = ageOf(value, sample.Timestamp)
	case seriesUname:
		e.names = append(e.names, string(sample.Metric["nodename"]))
	default:
		return fmt.Errorf("%w: a row of series %q", errAnswer, series)
	}
	return nil
}

func (e *exporter) device(sample *model.Sample) *device {
	name := string(sample.Metric["device"])
	index := slices.IndexFunc(e.devices, func(d device) bool { return d.name == name })
	if index < 0 {
		index = len(e.devices)
		e.devices = append(e.devices, device{name: name, receive: math.NaN(), transmit: math.NaN(), speed: math.NaN()})
	}
	return &e.devices[index]
}

// ageOf is how old a sample of that Unix time in seconds was at the moment of evaluation; both on Prometheus's clock.
func ageOf(seconds float64, evaluated model.Time) time.Duration {
	age := float64(evaluated)/1e3 - seconds
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
