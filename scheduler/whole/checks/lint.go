package checks

import (
	"net"
	"net/url"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"kube-windtunnel/scheduler/whole/manifests"
	"kube-windtunnel/scheduler/whole/stage"
)

// linted are checks of the subject's manifests that start nothing.
var linted = []Check{
	{"image-as-built", "R01", "the Deployment names the image that the build makes", imageAsBuilt},
	{"namespaces-where-they-count", "lint", "objects of the whole cluster name no namespace", func(s *stage.Stage) error {
		set, err := manifests.Load(s.Subject.Manifests)
		if err != nil {
			return err
		}
		applier, err := manifests.NewApplier(s.Cluster.Config)
		if err != nil {
			return err
		}
		for _, object := range set {
			if wide, err := applier.ClusterScoped(object); err != nil {
				return err
			} else if wide && object.GetNamespace() != "" {
				return stage.Saw("%s %s has namespace %s", object.GetKind(), object.GetName(), object.GetNamespace())
			}
		}
		return nil
	}},
	{"probes-and-requests", "R05", "the scheduler has probes on its healthz, over HTTPS, and requests", func(s *stage.Stage) error {
		p, err := profileOf(s)
		if err != nil {
			return err
		}
		for _, container := range p.deployment.Spec.Template.Spec.Containers {
			for name, probe := range map[string]*v1.Probe{"livenessProbe": container.LivenessProbe, "readinessProbe": container.ReadinessProbe} {
				if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Scheme != v1.URISchemeHTTPS || !servesAt(container, probe.HTTPGet.Port.String()) {
					return stage.Saw("container %s has no %s over HTTPS on :10259", container.Name, name)
				}
			}
			if len(container.Resources.Requests) == 0 {
				return stage.Saw("container %s requests nothing", container.Name)
			}
		}
		return nil
	}},
	{"address-resolves", "R09b", "the name of Prometheus is looked up by a DNS that knows it", func(s *stage.Stage) error {
		p, err := profileOf(s)
		if err != nil {
			return err
		}
		for _, address := range p.config.addresses() {
			if problem := unresolved(address, p.deployment.Spec.Template.Spec); problem != "" {
				return stage.Saw("%s: %s", address, problem)
			}
		}
		return nil
	}},
	{"exporter-on-host-network", "R28", "node-exporter sees the host's network", func(s *stage.Stage) error {
		set, err := manifests.Load(s.Subject.Manifests)
		if err != nil {
			return err
		}
		for _, object := range set.OfKind("DaemonSet") {
			daemons := &appsv1.DaemonSet{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, daemons); err != nil {
				return err
			}
			if !daemons.Spec.Template.Spec.HostNetwork {
				return stage.Saw("DaemonSet %s has no hostNetwork", daemons.Name)
			}
		}
		return nil
	}},
}

// servesAt tells whether a probe's port is the scheduler's secure one, by number or by name.
func servesAt(container v1.Container, port string) bool {
	for _, named := range container.Ports {
		if named.Name == port && named.ContainerPort == 10259 {
			return true
		}
	}
	return port == "10259"
}

// unresolved tells why a pod cannot look the host of an address up. The search path of the cluster's DNS completes SERVICE,
// SERVICE.NAMESPACE and SERVICE.NAMESPACE.svc; a pod with the host's DNS has no such path.
func unresolved(address string, pod v1.PodSpec) string {
	host := address
	if parsed, err := url.Parse(address); err == nil && parsed.Hostname() != "" {
		host = parsed.Hostname()
	} else if name, _, err := net.SplitHostPort(address); err == nil {
		host = name
	}
	if net.ParseIP(host) != nil || strings.HasSuffix(host, ".") {
		return ""
	}
	if labels := strings.Split(host, "."); len(labels) < 3 {
		return "a short name; write SERVICE.NAMESPACE.svc"
	}
	hosts := pod.DNSPolicy == v1.DNSDefault || pod.HostNetwork && pod.DNSPolicy != v1.DNSClusterFirstWithHostNet
	if hosts && strings.Contains(host, ".svc") {
		return "a Service, in a pod with the host's DNS"
	}
	return ""
}
