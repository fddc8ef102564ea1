package plugin

import (
	"math"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/traffic"
)

// The annotations by which pods say their bandwidth, in bits per second as a quantity ("10M"); the CNI plug-in bandwidth
// and kubenet read them (k8s.io/kubernetes/pkg/util/bandwidth).
const (
	ingressAnnotation = "kubernetes.io/ingress-bandwidth"
	egressAnnotation  = "kubernetes.io/egress-bandwidth"
)

// demand is what a pod will presumably send and receive, in bytes per second, under the inFlight argument. A side
// without a (sensible) annotation counts with the rate that the argument gives, or not at all.
func demand(pod *v1.Pod, inFlight string) traffic.Load {
	if inFlight == args.InFlightNone {
		return traffic.Load{}
	}
	otherwise, _ := args.ParseRate(inFlight)
	return traffic.Load{
		Receive:  annotated(pod, ingressAnnotation, otherwise),
		Transmit: annotated(pod, egressAnnotation, otherwise),
	}
}

func annotated(pod *v1.Pod, annotation string, otherwise float64) float64 {
	text, ok := pod.Annotations[annotation]
	if !ok {
		return otherwise
	}
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return otherwise
	}
	if rate := quantity.AsApproximateFloat64() / 8; rate >= 0 && !math.IsInf(rate, 0) {
		return rate
	}
	return otherwise
}
