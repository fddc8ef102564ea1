package specimens

// failures is what becomes of a pod, or of the scheduler, when Prometheus is not as expected.
var failures = []Entry{
	{Name: MissingAborts, Kind: Code, Rows: []int{25}, Scenarios: []string{"R21"},
		What: "a node without a sample is an error", Symptom: "one dead exporter stops every pod that could run there"},
	{Name: OutageAborts, Kind: Code, Rows: []int{26}, Scenarios: []string{"R22"},
		What: "a query that fails is an error", Symptom: "no Prometheus, no scheduling"},
	{Name: NoTimeout, Kind: Code, Rows: []int{27}, Scenarios: []string{"R23"},
		What: "each pod asks Prometheus, without a timeout", Symptom: "a Prometheus that hangs stops scheduling"},
	{Name: FewIdleConnections, Kind: Code, Rows: []int{30}, Scenarios: []string{"R24b"}, Implies: []Switch{QueryPerNode},
		What: "16 workers share 2 idle connections", Symptom: "about 14 new TCP connections for each pod"},
	{Name: UncheckedVector, Kind: Code, Rows: []int{37}, Scenarios: []string{"unit"},
		What: "the answer is taken for a vector unseen", Symptom: "a scalar or matrix ends the scheduler"},
}

// nodes is how measurements and nodes find one another.
var nodes = []Entry{
	{Name: JoinOnInstance, Kind: Code, Rows: []int{31}, Scenarios: []string{"R25"}, Implies: []Switch{OutageAborts},
		What: "the query joins on instance with node_uname_info as it is", Symptom: "a second job or a new kernel: many-to-many, all pods fail"},
	{Name: UnameIsNodeName, Kind: Code, Rows: []int{32}, Scenarios: []string{"R26"}, Implies: []Switch{MissingAborts},
		What: "the host's name is taken for the node's", Symptom: "a node with another host name has no sample, all pods fail"},
	{Name: OneDevice, Kind: Code, Rows: []int{33}, Scenarios: []string{"R27"},
		What: "one device, by name: deviceName, or eth0", Symptom: "nodes with ens3 or a second card are misjudged"},
	{Name: NoExporterCheck, Kind: Code, Rows: []int{34}, Scenarios: []string{"R28"},
		What: "an exporter that belongs to no node is taken for that of a node without one", Symptom: "a pod's rates stand for a node's"},
}

// logs is what is written.
var logs = []Entry{
	{Name: OtherKlog, Kind: Code, Rows: []int{38}, Scenarios: []string{"lint"},
		What: "a log of its own, numbers printed as text", Symptom: "--v and JSON do not apply; %!s(int64=5)"},
	{Name: DumpPerNode, Kind: Code, Rows: []int{39}, Scenarios: []string{"R24"},
		What: "all scores are logged for each node", Symptom: "log text grows with the square of the nodes"},
}

// variants are defects of the published plugin's relatives.
var variants = []Entry{
	{Name: RawScores, Kind: Code, Scenarios: []string{"variant"}, Implies: []Switch{NoCapacity},
		What: "ScoreExtensions is nil, bytes are returned", Symptom: "invalid score 12541068340"},
	{Name: MinusAFraction, Kind: Code, Scenarios: []string{"variant"}, Implies: []Switch{NoCapacity},
		What: "100 - (v - 100/highest)", Symptom: "negative: invalid score"},
	{Name: AgentOverTCP, Kind: Code, Scenarios: []string{"variant"},
		What: "an agent is asked over TCP; without one a connection that is none is closed", Symptom: "the scheduler ends"},
	{Name: InstanceIsNodeName, Kind: Code, Scenarios: []string{"variant", "R22"}, Implies: []Switch{QueryPerNode},
		What: "instance is taken for the node's name; the answer is read before the error", Symptom: "no node has a sample; without Prometheus the scheduler ends"},
	{Name: HardCodedAddresses, Kind: Code, Scenarios: []string{"variant"},
		What: "two nodes are known by address, all others have the third's", Symptom: "a fourth node has another's traffic"},
	{Name: IstioMetric, Kind: Code, Scenarios: []string{"variant"}, Implies: []Switch{MissingAborts},
		What: "the metric is istio_request_bytes_sum", Symptom: "no sample without a mesh, all pods fail"},
}

// neither has nothing to switch.
var neither = []Entry{
	{Name: "prose", Kind: None, Rows: []int{40}, Scenarios: []string{"docs"},
		What: "the text speaks of a filter on cpu=true", Symptom: "the documentation describes another plugin",
		Reason: "text only: no code and no file of the plugin has it"},
	{Name: "api-generation", Kind: None, Rows: []int{41}, Scenarios: []string{"matrix"},
		What: "compiles with Kubernetes 1.25 to 1.28 only", Symptom: "compile errors",
		Reason: "a program that does not compile cannot be run; one adapter for each generation is built and tested instead"},
	{Name: "ties", Kind: None, Rows: []int{42}, Scenarios: []string{"any-of"},
		What: "equal scores are broken at random", Symptom: "a test that expects one node fails at times",
		Reason: "lies in tests, not in the plugin: those here accept any of the equals"},
	{Name: "image-pulls", Kind: None, Rows: []int{43}, Scenarios: []string{"R31"},
		What: "a pod's own image pull counts as traffic", Symptom: "the next pod goes elsewhere",
		Reason: "needs a kubelet that pulls images"},
}
