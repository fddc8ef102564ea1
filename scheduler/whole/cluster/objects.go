package cluster

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace is where the pods live; it exists in every cluster.
const Namespace = "default"

// NewNode is a ready node with 32 CPUs, 64 GiB and room for 110 pods, at an InternalIP.
func NewNode(name, address string, labels map[string]string) *v1.Node {
	room := v1.ResourceList{
		v1.ResourceCPU: resource.MustParse("32"), v1.ResourceMemory: resource.MustParse("64Gi"), v1.ResourcePods: resource.MustParse("110"),
	}
	return &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Status: v1.NodeStatus{
			Capacity: room, Allocatable: room,
			Addresses:  []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: address}, {Type: v1.NodeHostName, Address: name}},
			Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
}

// NewPod is a pending pod that asks the named scheduler for a node with the given labels. Requests are small and equal, so
// that one pod more or less on a node does not outweigh what is tested.
func NewPod(name, scheduler string, selector map[string]string) *v1.Pod {
	requests := v1.ResourceList{v1.ResourceCPU: resource.MustParse("1m"), v1.ResourceMemory: resource.MustParse("1Mi")}
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: Namespace, Labels: map[string]string{"app": name}},
		Spec: v1.PodSpec{
			SchedulerName: scheduler, NodeSelector: selector,
			Containers: []v1.Container{{Name: "c", Image: "registry.example/none:1", Resources: v1.ResourceRequirements{Requests: requests}}},
		},
	}
}

// CreateNodes creates nodes. Their status comes with them: the API server keeps the status of a node that is created.
func (c *Cluster) CreateNodes(nodes ...*v1.Node) error {
	for _, node := range nodes {
		if _, err := c.Client.CoreV1().Nodes().Create(context.Background(), node, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// CreatePods creates pods, one after the other.
func (c *Cluster) CreatePods(pods ...*v1.Pod) error {
	for _, pod := range pods {
		if _, err := c.Client.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// Outcome is what became of a pod so far.
type Outcome struct {
	// Node is where it was bound, empty if it was not.
	Node string
	// Reason and Message are the scheduler's, of the condition PodScheduled.
	Reason, Message string
}

// Decided tells whether a scheduler has said anything about the pod.
func (o Outcome) Decided() bool { return o.Node != "" || o.Reason != "" }

// Outcomes reads what became of each pod of the namespace.
func (c *Cluster) Outcomes() (map[string]Outcome, error) {
	list, err := c.Client.CoreV1().Pods(Namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	out := make(map[string]Outcome, len(list.Items))
	for _, pod := range list.Items {
		outcome := Outcome{Node: pod.Spec.NodeName}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == v1.PodScheduled && condition.Status != v1.ConditionTrue {
				outcome.Reason, outcome.Message = condition.Reason, condition.Message
			}
		}
		out[pod.Name] = outcome
	}
	return out, nil
}

// AwaitOutcomes reads outcomes until they satisfy enough, or time is up; the last ones read are returned either way.
func (c *Cluster) AwaitOutcomes(within time.Duration, enough func(map[string]Outcome) bool) (map[string]Outcome, error) {
	for deadline := time.Now().Add(within); ; time.Sleep(poll) {
		outcomes, err := c.Outcomes()
		if err != nil || enough(outcomes) || time.Now().After(deadline) {
			return outcomes, err
		}
	}
}

// Clear deletes all nodes, the pods, the events and the schedulers' leases, so that the next test finds an empty cluster: a
// scheduler that was killed holds its lease for a while.
func (c *Cluster) Clear() error {
	ctx, now := context.Background(), int64(0)
	gone := metav1.DeleteOptions{GracePeriodSeconds: &now}
	if err := c.Client.CoreV1().Pods(Namespace).DeleteCollection(ctx, gone, metav1.ListOptions{}); err != nil {
		return fmt.Errorf("deleting pods: %w", err)
	}
	if err := c.Client.CoreV1().Nodes().DeleteCollection(ctx, gone, metav1.ListOptions{}); err != nil {
		return fmt.Errorf("deleting nodes: %w", err)
	}
	// The API server's own lease has that label.
	others := metav1.ListOptions{LabelSelector: "!apiserver.kubernetes.io/identity"}
	if err := c.Client.CoordinationV1().Leases(metav1.NamespaceSystem).DeleteCollection(ctx, gone, others); err != nil {
		return fmt.Errorf("deleting leases: %w", err)
	}
	return c.Client.EventsV1().Events(Namespace).DeleteCollection(ctx, gone, metav1.ListOptions{})
}
