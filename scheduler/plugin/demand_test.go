package plugin

import (
	"math"
	"testing"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

func TestDemandComesFromAnnotationsOrFromTheArgument(t *testing.T) {
	both := map[string]string{ingressAnnotation: "10M", egressAnnotation: "1G"}
	for _, c := range []struct {
		annotations map[string]string
		inFlight    string
		want        traffic.Load
	}{
		{nil, args.InFlightAnnotations, traffic.Load{}},
		{both, args.InFlightAnnotations, traffic.Load{Receive: 1.25e6, Transmit: 125e6}},
		{both, args.InFlightNone, traffic.Load{}},
		{nil, "8Mbps", traffic.Load{Receive: 1e6, Transmit: 1e6}},
		{map[string]string{egressAnnotation: "1G"}, "8Mbps", traffic.Load{Receive: 1e6, Transmit: 125e6}},
		{map[string]string{egressAnnotation: "fast", ingressAnnotation: "-5M"}, "8Mbps", traffic.Load{Receive: 1e6, Transmit: 1e6}},
		{map[string]string{egressAnnotation: "0"}, "8Mbps", traffic.Load{Receive: 1e6}},
	} {
		if got := demand(pod("p", c.annotations), c.inFlight); got != c.want {
			t.Errorf("%v under %s = %v, want %v", c.annotations, c.inFlight, got, c.want)
		}
	}
}

func FuzzDemandIsARate(f *testing.F) {
	for _, seed := range []string{"10M", "1e400", "-1", "", "9223372036854775807E", "1Ki", "NaN", "0.1m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		load := demand(pod("p", map[string]string{egressAnnotation: text}), args.InFlightAnnotations)
		if !(load.Transmit >= 0) || math.IsInf(load.Transmit, 0) {
			t.Errorf("%q = %v", text, load)
		}
	})
}
