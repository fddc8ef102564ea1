package checks

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

func TestNamesAreLookedUpByTheDNSThatThePodHas(t *testing.T) {
	cluster, host := v1.PodSpec{}, v1.PodSpec{HostNetwork: true}
	both := v1.PodSpec{HostNetwork: true, DNSPolicy: v1.DNSClusterFirstWithHostNet}
	for _, c := range []struct {
		address string
		pod     v1.PodSpec
		want    string
	}{
		{"http://prometheus.kube-system.svc:9090", cluster, ""},
		{"http://prometheus.kube-system.svc:9090", both, ""},
		{"http://prometheus.kube-system.svc:9090", host, "a Service, in a pod with the host's DNS"},
		{"http://prometheus.kube-system.svc:9090", v1.PodSpec{DNSPolicy: v1.DNSDefault}, "a Service"},
		{"http://prometheus.example.com", host, ""},
		{"http://10.0.0.4:9090", host, ""},
		{"prometheus.kube-system:9090", cluster, "a short name"},
		{"http://prometheus", cluster, "a short name"},
	} {
		got := unresolved(c.address, c.pod)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.address, got, c.want)
		}
	}
}

func TestOnlyTheAddressOfAConfigurationIsReplaced(t *testing.T) {
	const text = "leaderElection: {leaderElect: true}\nprofiles:\n- schedulerName: s\n  pluginConfig:\n" +
		"  - {name: NetworkTraffic, args: {ip: 'p:9090', deviceName: eth0}}\n  - {name: other, args: {x: 1}}\n"
	c, err := readSchedulerConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := readSchedulerConfig(c.reachable())
	if err != nil {
		t.Fatal(err)
	}
	if got := changed.addresses(); len(got) != 1 || got[0] != "PROMETHEUS" || changed.schedulerName() != "s" {
		t.Errorf("%v in %s", got, changed.text)
	}
	if got := c.addresses(); got[0] != "p:9090" {
		t.Errorf("the original changed: %v", got)
	}
	for _, kept := range []string{"leaderElect: true", "name: NetworkTraffic", "deviceName: eth0", "x: 1"} {
		if !strings.Contains(changed.text, kept) {
			t.Errorf("no %q in %s", kept, changed.text)
		}
	}
	if _, err := readSchedulerConfig("profiles: []"); err == nil {
		t.Error("read a configuration without a profile")
	}
}
