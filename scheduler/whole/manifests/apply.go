package manifests

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// Applier writes objects to an API server.
type Applier struct {
	client dynamic.Interface
	mapper meta.RESTMapper
}

// NewApplier asks the API server which kinds it knows.
func NewApplier(config *rest.Config) (*Applier, error) {
	// The dynamic client speaks JSON.
	config = rest.CopyConfig(config)
	config.ContentConfig = rest.ContentConfig{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	finder, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(finder)
	if err != nil {
		return nil, err
	}
	return &Applier{client: client, mapper: restmapper.NewDiscoveryRESTMapper(groups)}, nil
}

// Apply creates the objects, refusing unknown fields as strict validation does. The function that comes back deletes what
// was created; it is never nil.
func (a *Applier) Apply(set Set) (undo func(), err error) {
	var created Set
	undo = func() {
		for _, object := range slices.Backward(created) {
			if client, err := a.resource(object); err == nil {
				client.Delete(context.Background(), object.GetName(), metav1.DeleteOptions{})
			}
		}
	}
	for _, object := range set {
		client, err := a.resource(object)
		if err == nil {
			_, err = client.Create(context.Background(), object.DeepCopy(), metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
		}
		if err != nil {
			return undo, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		created = append(created, object)
	}
	return undo, nil
}

// ClusterScoped tells whether objects of this one's kind have no namespace.
func (a *Applier) ClusterScoped(object *unstructured.Unstructured) (bool, error) {
	kind := object.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return false, err
	}
	return mapping.Scope.Name() == meta.RESTScopeNameRoot, nil
}

func (a *Applier) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	client := a.client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return client, nil
	}
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	return client.Namespace(namespace), nil
}
