package main

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	retry "k8s.io/client-go/tools/watch"

	"kube-windtunnel/scheduler/whole/cluster"
)

// binds watches pods as they are bound.
type binds struct{ watch watch.Interface }

// watchBinds starts to watch from now on. The API server itself leaves out what is not bound. It ends the watch of a client
// that does not keep up; the watch is then taken up again where it was.
func watchBinds(c *cluster.Cluster) (binds, error) {
	pods, ctx := c.Client.CoreV1().Pods(cluster.Namespace), context.Background()
	now, err := pods.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return binds{}, err
	}
	w, err := retry.NewRetryWatcherWithContext(ctx, now.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector = "spec.nodeName!="
			return pods.Watch(ctx, options)
		},
	})
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
