package plugin

import (
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Recorder is the part of k8s.io/client-go/tools/events.EventRecorder that Prepare needs.
type Recorder interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...interface{})
}

// Prepare starts the cycle of one pod, for count nodes that name tells by index. Where the load of none of them is known
// there is nothing to tell them apart: known is false, the adapter skips the pod, and that not one node of the cluster is
// known goes to the recorder as an event, once.
func (c *Core) Prepare(recorder Recorder, pod *v1.Pod, count int, name func(index int) string) (cycle Cycle, known bool) {
	cycle = c.Begin(time.Now())
	for index := 0; index < count; index++ {
		if cycle.Knows(name(index)) {
			c.Recovered()
			return cycle, true
		}
	}
	if c.Outage(cycle) {
		recorder.Eventf(pod, nil, v1.EventTypeWarning, OutageReason, OutageAction, OutageNote)
	}
	return cycle, false
}

// ProfileOf is the name of the profile that a handle belongs to. Early generations' Handle has no such method, but what
// they hand to a plugin is the whole framework, which has. It is empty for a handle that is something else.
func ProfileOf(handle any) string {
	if named, ok := handle.(interface{ ProfileName() string }); ok {
		return named.ProfileName()
	}
	return ""
}
