package specimens

import "slices"

const (
	// AsPublished is all that shows together in the published plugin.
	AsPublished = "as-published"
	// MinimallyFixed starts, receives its arguments, and asks what can be parsed; what it does with the answer is as published.
	MinimallyFixed = "minimally-fixed"
	// DecodesRight is the variant that reads its arguments as it should and still divides by zero.
	DecodesRight = "decodes-right-divides-by-zero"
)

var profileNames = []string{AsPublished, MinimallyFixed, DecodesRight}

// Profiles are the named lists of switches in code. Each switch by itself is a profile, too, and needs no list.
func Profiles() map[string][]Switch {
	return map[string][]Switch{
		AsPublished:    asPublished,
		MinimallyFixed: minimallyFixed,
		DecodesRight:   decodesRight,
	}
}

var asPublished = []Switch{
	SilentArgs, DecodeByValue, SnakeCaseTags, AnyAddress, FatalAddress,
	ArgumentOrder, SecondsSuffix, HourWindow, SumOverTime, ReceiveOnly, QueryPerNode, UnfilteredOperand,
	NoCapacity, RelativeToMax, DivideByZero, IntegerOverflow, NaNIsBest, NegativeRaw, Herding,
	MissingAborts, OutageAborts, NoTimeout, FewIdleConnections, UncheckedVector,
	JoinOnInstance, UnameIsNodeName, OneDevice, NoExporterCheck,
	OtherKlog, DumpPerNode,
}

var minimallyFixed = []Switch{
	HourWindow, SumOverTime, ReceiveOnly, QueryPerNode, UnfilteredOperand,
	NoCapacity, RelativeToMax, DivideByZero, IntegerOverflow, NaNIsBest, NegativeRaw, Herding,
	MissingAborts, OutageAborts, NoTimeout, FewIdleConnections, UncheckedVector,
	JoinOnInstance, UnameIsNodeName, OneDevice, NoExporterCheck,
	OtherKlog, DumpPerNode,
}

var decodesRight = []Switch{
	SilentArgs, AnyAddress, FatalAddress,
	SumOverTime, ReceiveOnly, QueryPerNode, UnfilteredOperand,
	NoCapacity, RelativeToMax, DivideByZero, IntegerOverflow, NaNIsBest, NegativeRaw, Herding,
	MissingAborts, OutageAborts, NoTimeout, FewIdleConnections, UncheckedVector,
	JoinOnInstance, UnameIsNodeName, OneDevice, NoExporterCheck,
	OtherKlog, DumpPerNode,
}

// ManifestsAsPublished are the defects in files that show together in the published deployment. (LeaseName does not: the
// published configuration has no leader election.)
var ManifestsAsPublished = []Switch{
	ImageTag, CachesForbidden, NoAuthenticationReader, NamespacedBinding, NoProbes,
	ConfigName, SchemeLessAddress, ShortName, DefaultWeights,
}

// Layer is one of the defects that hide one another, as a user meets them: while it is there, Message is what is seen, and
// the deeper ones are not.
type Layer struct {
	Number  int    `json:"number"`
	Symptom string `json:"symptom"`
	// Message is the text to look for; empty where there is none to be had without a kubelet, or at all.
	Message string `json:"message,omitempty"`
	// Mends are what takes the layer off: switches in code or folders of manifests. Layer 3 is seen through layer 4's
	// message and goes with it.
	Mends []Switch `json:"mends"`
}

// Onion is the order in which the published defects show. What is left after the last layer runs, and is MinimallyFixed as
// far as scores go: arguments without an address are still accepted.
func Onion() []Layer {
	return []Layer{
		{1, "the image cannot be pulled", "ImagePullBackOff", []Switch{ImageTag}},
		{2, "the caches never sync, pods stay Pending without an event", "forbidden", []Switch{CachesForbidden}},
		{3, "the arguments never arrive, and hide that they could not be read", `{IP: DeviceName: TimeRange:0}`, nil},
		{4, "every pod with two feasible nodes fails", `Post "/api/v1/query": unsupported protocol scheme ""`, []Switch{ConfigName}},
		{5, "the scheduler ends at start", `initializing plugin "network_traffic": json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)`, []Switch{DecodeByValue}},
		{6, "device and range do not arrive", `{IP:prometheus.kube-system:9090 DeviceName: TimeRange:0}`, []Switch{SnakeCaseTags}},
		{7, "every pod fails: the address has no scheme", `unsupported protocol scheme "prometheus.kube-system"`, []Switch{SchemeLessAddress}},
		{8, "every pod fails: HTTP 400, the query's words have changed places", `{device="kind-worker"}[eth0s]`, []Switch{ArgumentOrder}},
		{9, "every pod fails: HTTP 400, no such duration", `[1h0m0ss]`, []Switch{SecondsSuffix}},
	}
}

// Mended is what is left of the published plugin when the outer layers, up to that number, are off: the switches in code,
// and the defects in files.
func Mended(layers int) (Set, []Switch) {
	var gone []Switch
	for _, layer := range Onion() {
		if layer.Number <= layers {
			gone = append(gone, layer.Mends...)
		}
	}
	left := func(all []Switch) []Switch {
		return slices.DeleteFunc(slices.Clone(all), func(name Switch) bool { return slices.Contains(gone, name) })
	}
	return Of(left(asPublished)...), left(ManifestsAsPublished)
}
