// Package cluster starts a control plane for tests and measurements: real etcd, real kube-apiserver and real schedulers, as
// processes on loopback with temporary folders. Nodes are API objects; there is no kubelet and no controller.
//
// It owns processes, ports, certificates, credentials and how a scheduler is watched (its log, /metrics, /configz). It
// refuses to know the plugin: what is configured and what is expected comes from its callers. Departures from a real
// cluster: admission ServiceAccount is off (nobody makes default accounts) and TaintNodesByCondition too (nobody would take
// the taint of a new node away again), and pods never run.
package cluster

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Cluster is one running control plane.
type Cluster struct {
	// Config reaches the API server as admin, in group system:masters.
	Config *rest.Config
	// Client is a client of Config without a limit of its own on requests.
	Client kubernetes.Interface
	// Folder holds everything that the processes write; Stop removes it.
	Folder string

	// certificate is the admin's.
	certificate  *tls.Certificate
	etcd, server *process
	schedulers   int
}

// Options changes what Start does; the zero value is a good one.
type Options struct {
	// APIServerArgs are added to those of kube-apiserver.
	APIServerArgs []string
}

// patience is how long a process may take until it is ready. It takes 3 to 4 s on an idle machine.
const patience = 90 * time.Second

// Start starts etcd and kube-apiserver and waits until they are ready. After an error nothing is left running.
func Start(options Options) (*Cluster, error) {
	folder, err := os.MkdirTemp("", "windtunnel-cluster-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{Folder: folder}
	if err := c.start(options); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop kills the control plane and removes its folder. Schedulers are their starters' to stop first.
func (c *Cluster) Stop() {
	for _, p := range []*process{c.server, c.etcd} {
		if p != nil {
			p.stop(0)
		}
	}
	os.RemoveAll(c.Folder)
}

func (c *Cluster) start(options Options) error {
	etcdURL, err := c.startEtcd()
	if err != nil {
		return err
	}
	token, err := newToken()
	if err != nil {
		return err
	}
	port, err := FreePort()
	if err != nil {
		return err
	}
	args, err := c.serverArgs(etcdURL, token, port)
	if err != nil {
		return err
	}
	binary, err := Binary(APIServer)
	if err != nil {
		return err
	}
	if c.server, err = start(c.path("kube-apiserver.log"), binary, append(args, options.APIServerArgs...)...); err != nil {
		return err
	}
	c.Config = &rest.Config{
		Host: fmt.Sprintf("https://127.0.0.1:%d", port), BearerToken: token, QPS: -1,
		ContentConfig:   rest.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf"},
		TLSClientConfig: rest.TLSClientConfig{Insecure: true},
	}
	if c.Client, err = kubernetes.NewForConfig(c.Config); err != nil {
		return err
	}
	return c.server.await("kube-apiserver", patience, c.ready)
}

// ready asks /readyz, which includes the bootstrap of roles and priority classes.
func (c *Cluster) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return c.Client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

func (c *Cluster) startEtcd() (string, error) {
	binary, err := Binary(Etcd)
	if err != nil {
		return "", err
	}
	var urls [2]string
	for i := range urls {
		port, err := FreePort()
		if err != nil {
			return "", err
		}
		urls[i] = fmt.Sprintf("http://127.0.0.1:%d", port)
	}
	c.etcd, err = start(c.path("etcd.log"), binary, "--data-dir="+c.path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+urls[0], "--advertise-client-urls="+urls[0], "--listen-peer-urls="+urls[1],
		"--initial-advertise-peer-urls="+urls[1], "--initial-cluster=default="+urls[1])
	return urls[0], err
}

func (c *Cluster) serverArgs(etcdURL, token string, port int) ([]string, error) {
	if err := os.WriteFile(c.path("tokens.csv"), []byte(token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return nil, err
	}
	if err := writeKeys(c.path("service-accounts.key"), c.path("service-accounts.pub")); err != nil {
		return nil, err
	}
	clients, err := newAuthority(c.path("ca.crt"))
	if err != nil {
		return nil, err
	}
	if c.certificate, err = clients.client("admin", "system:masters"); err != nil {
		return nil, err
	}
	return []string{
		"--etcd-servers=" + etcdURL, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + c.path("certs"), "--token-auth-file=" + c.path("tokens.csv"), "--authorization-mode=RBAC",
		"--client-ca-file=" + c.path("ca.crt"), "--requestheader-client-ca-file=" + c.path("ca.crt"), "--requestheader-allowed-names=nobody",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + c.path("service-accounts.pub"),
		"--service-account-signing-key-file=" + c.path("service-accounts.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition", "--v=0",
	}, nil
}

func (c *Cluster) path(name string) string { return filepath.Join(c.Folder, name) }

func newToken() (string, error) {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(bytes[:]), nil
}
