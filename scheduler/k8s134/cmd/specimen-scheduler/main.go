// Command specimen-scheduler is kube-scheduler of Kubernetes 1.34 with the plugin network_traffic and its published defects,
// each behind a name of --specimens. It is for tests; without a name it behaves as bandwidth-scheduler does.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"

	onward "kube-windtunnel/scheduler/k8s134/onward/specimen"
	"kube-windtunnel/scheduler/k8s134/specimen"
)

func main() { os.Exit(cli.Run(onward.NewCommand(specimen.Factory))) }
