package specimens

// published is the published query as it stands: nothing of it is mended while all of these are on.
var published = []Switch{QueryPerNode, UnfilteredOperand, JoinOnInstance, UnameIsNodeName, SumOverTime, ReceiveOnly, NoCapacity}

// queries is what is asked, and how often.
var queries = []Entry{
	{Name: ArgumentOrder, Kind: Code, Rows: []int{12}, Scenarios: []string{"R10"}, Implies: published,
		What: "node, device and range change places in the query; the log shows them in the right ones", Symptom: `HTTP 400 for {device="kind-worker"}[eth0]) … {nodename="1h0m0s"}`},
	{Name: SecondsSuffix, Kind: Code, Rows: []int{13}, Scenarios: []string{"R10"},
		What: "a duration gets an s more", Symptom: "HTTP 400 for [1h0m0ss]"},
	{Name: HourWindow, Kind: Code, Rows: []int{14}, Scenarios: []string{"R11"},
		What: "the range is an hour, whatever is configured", Symptom: "the load of the last minute weighs 1/60"},
	{Name: SumOverTime, Kind: Code, Rows: []int{15, 16, 17}, Scenarios: []string{"R12", "R13", "R14"}, Implies: []Switch{NoCapacity},
		What: "a counter is summed over time", Symptom: "old nodes lose to new ones, lost scrapes and restarts win"},
	{Name: ReceiveOnly, Kind: Code, Rows: []int{18}, Scenarios: []string{"R15"},
		What: "only received bytes count", Symptom: "a node that sends as fast as it can looks idle"},
	{Name: QueryPerNode, Kind: Code, Rows: []int{28}, Scenarios: []string{"R24"},
		What: "Score asks Prometheus, for each node of each pod", Symptom: "as many queries as nodes, for each pod"},
	{Name: UnfilteredOperand, Kind: Code, Rows: []int{29}, Scenarios: []string{"R24"}, Implies: []Switch{QueryPerNode},
		What: "each node's query reads all nodes' samples", Symptom: "samples read grow with the square of the nodes"},
}

// scores is the arithmetic.
var scores = []Entry{
	{Name: NoCapacity, Kind: Code, Rows: []int{19}, Scenarios: []string{"R16"}, Implies: []Switch{RelativeToMax},
		What: "bytes are compared, whatever the links can carry", Symptom: "a slow link half full beats a fast one nearly idle"},
	{Name: RelativeToMax, Kind: Code, Rows: []int{20}, Scenarios: []string{"R17"},
		What: "100 - v*100/highest", Symptom: "{10 B/s, 5 B/s} scores {0, 50}: noise decides"},
	{Name: DivideByZero, Kind: Code, Rows: []int{21}, Scenarios: []string{"R18"}, Implies: []Switch{RelativeToMax},
		What: "the highest is 0 where all are idle", Symptom: "integer divide by zero, the scheduler ends"},
	{Name: IntegerOverflow, Kind: Code, Rows: []int{22}, Scenarios: []string{"R19"}, Implies: []Switch{SumOverTime},
		What: "v*100 in 64 bits", Symptom: "invalid score 199"},
	{Name: NaNIsBest, Kind: Code, Rows: []int{23}, Scenarios: []string{"R20"}, Implies: []Switch{RelativeToMax},
		What: "NaN becomes an integer", Symptom: "a broken node scores 100"},
	{Name: NegativeRaw, Kind: Code, Rows: []int{24}, Scenarios: []string{"R20"}, Implies: []Switch{SumOverTime},
		What: "a negative number is scored", Symptom: "invalid score 105"},
	{Name: Herding, Kind: Code, Rows: []int{35}, Scenarios: []string{"R29"},
		What: "pods placed a moment ago do not count", Symptom: "a burst goes to one node"},
}
