package cluster

import (
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig writes a kubeconfig file for a bearer token, as name in the cluster's folder, and returns its path.
func (c *Cluster) Kubeconfig(name, token string) (string, error) {
	config := api.NewConfig()
	config.Clusters["c"] = &api.Cluster{Server: c.Config.Host, InsecureSkipTLSVerify: true}
	config.AuthInfos["u"] = &api.AuthInfo{Token: token}
	config.Contexts["x"] = &api.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	path := c.path(name)
	return path, clientcmd.WriteToFile(*config, path)
}

// AdminToken is the token of the admin that Config names.
func (c *Cluster) AdminToken() string { return c.Config.BearerToken }
