package manifests

import "kube-windtunnel/scheduler/specimens"

// rewrites are the defects in files.
var rewrites = map[specimens.Switch]rewrite{
	specimens.ImageTag: {
		changes: []change{{"image: kube-windtunnel/bandwidth-scheduler:1.36.3", "image: networktraffic-scheduler:v0.0.14"}},
		files: map[string]string{Build: `#!/bin/sh
# The tag that is made is not the one that the Deployment names.
set -e
docker build --tag networktraffic-scheduler:v0.0.1 .
kind load docker-image networktraffic-scheduler:v0.0.1
`},
	},
	specimens.CachesForbidden:        {remove: []string{"name: networktraffic-volume-scheduler"}},
	specimens.NoAuthenticationReader: {remove: []string{"name: networktraffic-authentication-reader"}},
	specimens.LeaseName: {changes: []change{{
		"      leaderElect: false                     # one replica; the built-in role knows no lease but kube-scheduler\n",
		"      leaderElect: true\n      resourceNamespace: kube-system\n      resourceName: networktraffic-scheduler\n",
	}}},
	specimens.NamespacedBinding: {changes: []change{{
		"  name: networtraffic-clusterrolebinding\n", "  name: networtraffic-clusterrolebinding\n  namespace: kube-system\n",
	}}},
	specimens.NoProbes: {changes: []change{
		{`          livenessProbe:
            httpGet: {path: /healthz, port: https, scheme: HTTPS}
            initialDelaySeconds: 15
          readinessProbe:
            httpGet: {path: /healthz, port: https, scheme: HTTPS}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
`, ""},
	}},
	specimens.ConfigName: {changes: []change{{
		"          - name: network_traffic            # the plugin's name; under another one the arguments would not arrive\n", "          - name: NetworkTraffic\n",
	}}},
	specimens.SchemeLessAddress: {changes: []change{{"prometheusURL: http://prometheus.kube-system.svc:9090", "prometheusURL: prometheus.kube-system.svc:9090"}}},
	specimens.ShortName:         {changes: []change{{"prometheusURL: http://prometheus.kube-system.svc:9090", "prometheusURL: http://prometheus.kube-system:9090"}}},
	specimens.DefaultWeights: {changes: []change{{
		"          multiPoint:\n            enabled:\n              - {name: network_traffic, weight: 5}\n", "          score:\n            enabled:\n              - name: network_traffic\n",
	}}},
	specimens.ExporterInPodNetwork: {files: map[string]string{"node-exporter.yaml": `# Without hostNetwork, eth0 is the exporter pod's own device, and nodename its own name.
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: node-exporter
  namespace: kube-system
  labels: {app: node-exporter}
spec:
  selector:
    matchLabels: {app: node-exporter}
  template:
    metadata:
      labels: {app: node-exporter}
    spec:
      tolerations: [{operator: Exists}]
      containers:
        - name: node-exporter
          image: quay.io/prometheus/node-exporter:v1.8.2
          ports:
            - {name: metrics, containerPort: 9100}
`}},
}
