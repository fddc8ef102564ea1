package main

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"kube-windtunnel/scheduler/whole/cluster"
)

// binds watches pods as they are bound.
type binds struct{ watch watch.Interface }

// watchBinds starts to watch. The API server itself leaves out what is not bound.
func watchBinds(c *cluster.Cluster) (binds, error) {
	w, err := c.Client.CoreV1().Pods(cluster.Namespace).Watch(context.Background(), metav1.ListOptions{FieldSelector: "spec.nodeName!=", ResourceVersion: "0"})
	return binds{w}, err
}

// standstill is how long no pod may be bound before a run counts as failed.
const standstill = 60 * time.Second

// rate waits until so many pods are bound, and returns binds per second from the first to the last.
func (b binds) rate(pods int) (float64, error) {
	var first, last time.Time
	bound := map[string]bool{}
	for len(bound) < pods {
		select {
		case event, open := <-b.watch.ResultChan():
			pod, ok := event.Object.(*v1.Pod)
			if !open || !ok {
				return 0, fmt.Errorf("the watch ended after %d of %d pods: %v", len(bound), pods, event.Object)
			}
			if bound[pod.Name] {
				continue
			}
			bound[pod.Name] = true
			last = time.Now()
			if first.IsZero() {
				first = last
			}
		case <-time.After(standstill):
			return 0, fmt.Errorf("%d of %d pods bound, and none for %s", len(bound), pods, standstill)
		}
	}
	return float64(pods-1) / last.Sub(first).Seconds(), nil
}
