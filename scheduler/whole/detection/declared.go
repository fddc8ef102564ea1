// Package detection says which check catches which defect, and by what it sees.
//
// It owns that table and how it is shown in DETECTION.md. It refuses to know how a check or a defect works.
package detection

import (
	"fmt"
	"path/filepath"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// Pair is a defect and a check that catches it for the right reason.
type Pair struct {
	// Defect is a switch, a profile, or a folder of manifests.
	Defect specimens.Switch
	// Check is the name of one of package checks.
	Check string
	// Shows are texts that the check's symptom must hold, all of them.
	Shows []string
}

// Declared is the table, in the order of the catalogue.
func Declared() []Pair {
	var all []Pair
	for _, part := range [][]Pair{inFiles, inArguments, inQueries, inScores, inFailures, inNodes, inLogs, inVariants, inProfiles} {
		all = append(all, part...)
	}
	return all
}

func pair(defect specimens.Switch, check string, shows ...string) Pair {
	return Pair{defect, check, shows}
}

var inFiles = []Pair{
	pair(specimens.ImageTag, "image-as-built", "networktraffic-scheduler:v0.0.14", "networktraffic-scheduler:v0.0.1"),
	pair(specimens.CachesForbidden, "runs-as-its-account", `pods are bound to "" and ""`, "forbidden"),
	pair(specimens.NoAuthenticationReader, "runs-as-its-account", "the admin with a certificate: /metrics: 403", "extension-apiserver-authentication", "forbidden"),
	pair(specimens.LeaseName, "runs-as-its-account", `pods are bound to "" and ""`, `leases.coordination.k8s.io`, "forbidden"),
	pair(specimens.NamespacedBinding, "namespaces-where-they-count", "ClusterRoleBinding networtraffic-clusterrolebinding has namespace kube-system"),
	pair(specimens.NoProbes, "probes-and-requests", "container networktraffic-scheduler has no ", "Probe over HTTPS on :10259"),
	pair(specimens.ConfigName, "configuration-is-accepted", "did not start", `no plugin is called "NetworkTraffic"`),
	pair(specimens.SchemeLessAddress, "configuration-is-accepted", "did not start", "has no scheme"),
	pair(specimens.ShortName, "address-resolves", "prometheus.kube-system", "a short name"),
	pair(specimens.DefaultWeights, "weights", "(busy-with-image)"),
	pair(specimens.ExporterInPodNetwork, "exporter-on-host-network", "DaemonSet node-exporter has no hostNetwork"),
}

var inArguments = []Pair{
	pair(specimens.SilentArgs, "misnamed-arguments", "the scheduler starts", `unsupported protocol scheme`),
	pair(specimens.SilentArgs, "no-arguments", "the scheduler starts", `unsupported protocol scheme`),
	pair(specimens.DecodeByValue, "starts-with-arguments", "did not start", "json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)"),
	pair(specimens.SnakeCaseTags, "effective-arguments", `device=~""`, "[0s]"),
	pair(specimens.AnyAddress, "address-without-scheme", "the scheduler starts", "unsupported protocol scheme"),
	pair(specimens.FatalAddress, "bare-ip-address", "first path segment in URL cannot contain colon"),
}

var inQueries = []Pair{
	pair(specimens.ArgumentOrder, "query-as-configured", "answered 400", `[eth0]`, `nodename="4m0s"`),
	pair(specimens.SecondsSuffix, "query-as-configured", "answered 400", "[4m0ss]"),
	pair(specimens.HourWindow, "recent-load", "(just-saturated) 96"),
	pair(specimens.SumOverTime, "old-idle-over-new-busy", "(old-idle) 0", "(busy) 100"),
	pair(specimens.SumOverTime, "lost-scrapes", "lie 50 apart", "(half-the-scrapes) 50"),
	pair(specimens.SumOverTime, "restarted-busy-node", "(steady) 0", "(restarted-busy) 100"),
	pair(specimens.ReceiveOnly, "sender-is-busy", "(sender) 99"),
	pair(specimens.QueryPerNode, "no-query-per-pod", "40 queries for 5 pods on 8 nodes"),
	pair(specimens.UnfilteredOperand, "samples-grow-with-nodes", "samples read for one pod on 16 nodes, 304 for each node"),
}

var inScores = []Pair{
	pair(specimens.NoCapacity, "unlike-links", "(25-gigabit) 0"),
	pair(specimens.RelativeToMax, "noise-is-no-difference", "lie 50 apart", "(10-bytes) 0", "(5-bytes) 50"),
	pair(specimens.DivideByZero, "no-traffic-at-all", "the scheduler died", "integer divide by zero"),
	pair(specimens.IntegerOverflow, "great-counters", "invalid score 19"),
	pair(specimens.NaNIsBest, "nan-is-unknown", "(nan) 100"),
	pair(specimens.NegativeRaw, "negative-is-unknown", "invalid score 10"),
	pair(specimens.Herding, "burst", "pods by node: one-c 20"),
}

var inFailures = []Pair{
	pair(specimens.MissingAborts, "dead-exporter", "SchedulerError", `want one sample of node`),
	pair(specimens.OutageAborts, "outage-from-the-start", "SchedulerError", "EOF"),
	pair(specimens.NoTimeout, "hang", "the scheduler is stuck", "2 of 2 pods"),
	pair(specimens.FewIdleConnections, "few-connections", "TCP connections for 8 pods on 24 nodes"),
	pair(specimens.UncheckedVector, "no-vector", "interface conversion: model.Value is *model.Scalar, not model.Vector"),
}

var inNodes = []Pair{
	pair(specimens.JoinOnInstance, "second-job", "found duplicate series", "many-to-many matching not allowed"),
	pair(specimens.UnameIsNodeName, "host-name-is-no-node-name", "want one sample of node"),
	pair(specimens.OneDevice, "renamed-device", "scores of pod", "none"),
	pair(specimens.OneDevice, "second-card", "(busy-second-card) 99"),
	pair(specimens.NoExporterCheck, "exporter-in-pod-network", "(pods-network) 100"),
}

var inLogs = []Pair{
	pair(specimens.OtherKlog, "json-log", "networktraffic.go:1]"),
	pair(specimens.DumpPerNode, "log-per-pod", "bytes of log for each pod on 24 nodes"),
}

var inVariants = []Pair{
	pair(specimens.RawScores, "idle-over-busy", "returns an invalid score ", "it should in the range of [0, 100] after normalizing"),
	pair(specimens.MinusAFraction, "idle-over-busy", "returns an invalid score -"),
	pair(specimens.AgentOverTCP, "idle-over-busy", "the scheduler died", "nil pointer dereference"),
	pair(specimens.InstanceIsNodeName, "idle-over-busy", "(idle) 0", "(busy) 0"),
	pair(specimens.InstanceIsNodeName, "outage-from-the-start", "the scheduler died", "index out of range"),
	pair(specimens.HardCodedAddresses, "idle-over-busy", "two-a (busy) 20, two-b (idle) 20"),
	pair(specimens.IstioMetric, "idle-over-busy", "want one sample of node"),
}

var inProfiles = []Pair{
	pair(specimens.AsPublished, "starts-with-arguments", "json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)"),
	pair(specimens.MinimallyFixed, "old-idle-over-new-busy", "(old-idle) 0", "(busy) 100"),
	pair(specimens.DecodesRight, "no-traffic-at-all", "integer divide by zero"),
}

// Subject is the scheduler that has a defect: the specimen binary with the switch on, or the real one with the manifests.
// The empty name is the specimen binary without a switch.
func Subject(defect specimens.Switch) (stage.Subject, error) {
	entry, ok := specimens.Find(defect)
	if !ok || entry.Kind == specimens.Code {
		binary, err := cluster.Binary(cluster.Specimen)
		return stage.Subject{Binary: binary, Switches: string(defect)}, err
	}
	if entry.Kind == specimens.None {
		return stage.Subject{}, fmt.Errorf("%s is no scheduler's: %s", defect, entry.Reason)
	}
	binary, err := cluster.Binary(cluster.Real)
	if err != nil {
		return stage.Subject{}, err
	}
	home, err := cluster.Home()
	return stage.Subject{Binary: binary, Manifests: filepath.Join(home, "specimens", "manifests", string(defect))}, err
}

// Addon is the folder of the manifests that are right, and of the published ones as mended.
func Addon() (addon, examples string, err error) {
	home, err := cluster.Home()
	addon = filepath.Join(filepath.Dir(home), "clusters", "addons", "bandwidth-scheduler")
	return addon, filepath.Join(addon, "examples"), err
}
