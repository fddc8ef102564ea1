package plugin

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	coreinformers "k8s.io/client-go/informers/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	"kube-windtunnel/scheduler/collector"
)

// informedNodes reads the nodes from the scheduler's own informer: no watch of the plugin's own, no further right needed.
type informedNodes struct {
	lister corelisters.NodeLister
	synced func() bool
}

// FromInformer makes the nodes of an informer. It must be called while plugins are built, before informers start.
func FromInformer(informer coreinformers.NodeInformer) collector.Nodes {
	return informedNodes{lister: informer.Lister(), synced: informer.Informer().HasSynced}
}

// Synced implements collector.Nodes.
func (n informedNodes) Synced() bool { return n.synced() }

// List implements collector.Nodes.
func (n informedNodes) List() []collector.Node {
	objects, err := n.lister.List(labels.Everything())
	if err != nil {
		panic("listing an informer's cache cannot fail: " + err.Error())
	}
	nodes := make([]collector.Node, 0, len(objects))
	for _, object := range objects {
		node := collector.Node{Name: object.Name}
		for _, address := range object.Status.Addresses {
			switch address.Type {
			case v1.NodeInternalIP:
				node.InternalIPs = append(node.InternalIPs, address.Address)
			case v1.NodeExternalIP:
				node.ExternalIPs = append(node.ExternalIPs, address.Address)
			}
		}
		nodes = append(nodes, node)
	}
	return nodes
}
