package specimens

// Switch is the name of a defect.
type Switch string

// The defects in code, which the specimen scheduler can show.
const (
	SilentArgs    Switch = "silent-args"
	DecodeByValue Switch = "decode-by-value"
	SnakeCaseTags Switch = "snake-case-tags"
	AnyAddress    Switch = "any-address"
	FatalAddress  Switch = "fatal-address"

	ArgumentOrder     Switch = "argument-order"
	SecondsSuffix     Switch = "seconds-suffix"
	HourWindow        Switch = "hour-window"
	SumOverTime       Switch = "sum-over-time"
	ReceiveOnly       Switch = "receive-only"
	QueryPerNode      Switch = "query-per-node"
	UnfilteredOperand Switch = "unfiltered-operand"

	NoCapacity      Switch = "no-capacity"
	RelativeToMax   Switch = "relative-to-max"
	DivideByZero    Switch = "divide-by-zero"
	IntegerOverflow Switch = "integer-overflow"
	NaNIsBest       Switch = "nan-is-best"
	NegativeRaw     Switch = "negative-raw"
	Herding         Switch = "herding"

	MissingAborts      Switch = "missing-aborts"
	OutageAborts       Switch = "outage-aborts"
	NoTimeout          Switch = "no-timeout"
	FewIdleConnections Switch = "few-idle-connections"
	UncheckedVector    Switch = "unchecked-vector"

	JoinOnInstance  Switch = "join-on-instance"
	UnameIsNodeName Switch = "uname-is-node-name"
	OneDevice       Switch = "one-device"
	NoExporterCheck Switch = "no-exporter-check"

	OtherKlog   Switch = "other-klog"
	DumpPerNode Switch = "dump-per-node"
)

// Defects that only variants of the published plugin have.
const (
	RawScores          Switch = "raw-scores"
	MinusAFraction     Switch = "minus-a-fraction"
	AgentOverTCP       Switch = "agent-over-tcp"
	InstanceIsNodeName Switch = "instance-is-node-name"
	HardCodedAddresses Switch = "hard-coded-addresses"
	IstioMetric        Switch = "istio-metric"
)

// The defects in files: folders of manifests/.
const (
	ImageTag               Switch = "image-tag"
	CachesForbidden        Switch = "caches-forbidden"
	NoAuthenticationReader Switch = "no-authentication-reader"
	LeaseName              Switch = "lease-name"
	NamespacedBinding      Switch = "namespaced-binding"
	NoProbes               Switch = "no-probes"
	ConfigName             Switch = "config-name"
	SchemeLessAddress      Switch = "scheme-less-address"
	ShortName              Switch = "short-name"
	DefaultWeights         Switch = "default-weights"
	ExporterInPodNetwork   Switch = "exporter-in-pod-network"
)
