// Command bandwidth-scheduler is kube-scheduler of Kubernetes 1.34 with the plugin network_traffic built in.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/k8s134"
)

func main() {
	os.Exit(cli.Run(app.NewSchedulerCommand(app.WithPlugin(args.Name, k8s134.New))))
}
