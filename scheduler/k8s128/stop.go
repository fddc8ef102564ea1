package k8s128

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/klog/v2"
)

// pollStopped is the pause between two questions whether the informer has stopped; nothing tells it by itself.
const pollStopped = time.Second

// runWith runs until the informer has stopped. One that is never started never stops: a scheduler that does not start
// its informers ends as a process.
func runWith(informer interface{ IsStopped() bool }, run func(context.Context)) {
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.Background()))
	defer cancel()
	go wait.UntilWithContext(ctx, func(context.Context) {
		if informer.IsStopped() {
			cancel()
		}
	}, pollStopped)
	run(ctx)
}
