package specimens

// deployment is what goes wrong before the plugin runs.
var deployment = []Entry{
	{Name: ImageTag, Kind: Manifest, Rows: []int{1}, Scenarios: []string{"R01"},
		What: "the image is pushed as v0.0.1 and deployed as v0.0.14", Symptom: "ImagePullBackOff"},
	{Name: CachesForbidden, Kind: Manifest, Rows: []int{2}, Scenarios: []string{"R02"},
		What:    "only system:kube-scheduler is bound, which may not read what the caches need",
		Symptom: "the scheduler runs, its caches never sync, pods stay Pending without an event"},
	{Name: NoAuthenticationReader, Kind: Manifest, Rows: []int{3}, Scenarios: []string{"R03"},
		What: "no RoleBinding to extension-apiserver-authentication-reader", Symptom: "/metrics answers 401 or 403"},
	{Name: LeaseName, Kind: Manifest, Rows: []int{4}, Scenarios: []string{"R04"},
		What: "the role may only touch a lease called kube-scheduler", Symptom: "with leader election the scheduler never becomes leader"},
	{Name: NamespacedBinding, Kind: Manifest, Rows: []int{5}, Scenarios: []string{"lint"},
		What: "the ClusterRoleBinding has a namespace", Symptom: "none: it is ignored and misleads readers"},
	{Name: NoProbes, Kind: Manifest, Rows: []int{6}, Scenarios: []string{"R05"},
		What: "no probes, no requests", Symptom: "a scheduler that hangs looks healthy"},
	{Name: ConfigName, Kind: Config, Rows: []int{7}, Scenarios: []string{"R06"},
		What: `the pluginConfig is called "NetworkTraffic", the plugin network_traffic`, Symptom: "the arguments never arrive"},
	{Name: SchemeLessAddress, Kind: Config, Rows: []int{10}, Scenarios: []string{"R09"},
		What: "the address of Prometheus has no scheme", Symptom: `unsupported protocol scheme "prometheus.kube-system"`},
	{Name: ShortName, Kind: Config, Rows: []int{11}, Scenarios: []string{"R09b"},
		What: "the address relies on the search path of the cluster's DNS", Symptom: "no such host where the scheduler has the host's DNS"},
	{Name: DefaultWeights, Kind: Config, Rows: []int{36}, Scenarios: []string{"R30"},
		What: "the other score plugins stay, the plugin weighs 1", Symptom: "other plugins outvote it"},
	{Name: ExporterInPodNetwork, Kind: Manifest, Rows: []int{34}, Scenarios: []string{"R28"},
		What: "node-exporter runs without hostNetwork", Symptom: "rates near 0, a pod's name as nodename"},
}

// arguments is how the configuration reaches the plugin, or does not.
var arguments = []Entry{
	{Name: SilentArgs, Kind: Code, Rows: []int{7}, Scenarios: []string{"R06"},
		What: "a pluginConfig that is missing or has a foreign name is accepted", Symptom: `starts, and asks "": unsupported protocol scheme ""`},
	{Name: DecodeByValue, Kind: Code, Rows: []int{8}, Scenarios: []string{"R07"},
		What: "the arguments are decoded into a value", Symptom: "start ends with json: Unmarshal(non-pointer plugin.NetworkTrafficArgs)"},
	{Name: SnakeCaseTags, Kind: Code, Rows: []int{9}, Scenarios: []string{"R08"},
		What: "the tags are device_name and time_range, unknown fields are ignored", Symptom: "{IP:… DeviceName: TimeRange:0}"},
	{Name: AnyAddress, Kind: Code, Rows: []int{10}, Scenarios: []string{"R09"},
		What: "the address is not validated", Symptom: "starts, and every query ends with unsupported protocol scheme"},
	{Name: FatalAddress, Kind: Code, Rows: []int{10}, Scenarios: []string{"R09"}, Implies: []Switch{AnyAddress},
		What: "an address that is no URL (10.0.0.4:9090) ends the process", Symptom: "klog.Fatal at start, with all stacks"},
}
