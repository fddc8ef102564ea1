package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// FolderVariable names the environment variable with the folder of all binaries. Default: scheduler/bin.
	FolderVariable = "WINDTUNNEL_SCHEDULER_BIN"
	// AssetsVariable names the folder of etcd and kube-apiserver, as the Kubernetes projects' own tests call it. It goes before
	// FolderVariable for these two.
	AssetsVariable = "KUBEBUILDER_ASSETS"
)

// The binaries that the tests start.
const (
	Etcd      = "etcd"
	APIServer = "kube-apiserver"
	// Real is the scheduler with the plugin.
	Real = "bandwidth-scheduler"
	// Specimen is the scheduler with the plugin and, behind switches, its published defects.
	Specimen = "specimen-scheduler"
)

// packages says what each binary is built from, in the folder k8s136.
var packages = map[string]string{
	Etcd: "go.etcd.io/etcd/server/v3", APIServer: "k8s.io/kubernetes/cmd/kube-apiserver",
	Real: "./cmd/" + Real, Specimen: "./cmd/" + Specimen,
}

// Binary is the path of one of the binaries above. Where it is missing the error holds the command that builds it.
func Binary(name string) (string, error) {
	folder, err := binFolder()
	if err != nil {
		return "", err
	}
	if assets := os.Getenv(AssetsVariable); assets != "" && (name == Etcd || name == APIServer) {
		folder = assets
	}
	path := filepath.Join(folder, name)
	if info, err := os.Stat(path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("no binary %s; build it:\n  (cd scheduler/k8s136 && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o %s %s)\nor set %s", path, path, packages[name], FolderVariable)
	}
	return path, nil
}

func binFolder() (string, error) {
	if folder := os.Getenv(FolderVariable); folder != "" {
		return filepath.Abs(folder)
	}
	home, err := Home()
	return filepath.Join(home, "bin"), err
}

// Home is the folder scheduler/ of the source tree that the process runs in.
func Home() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		module, _, _ := strings.Cut(string(text), "\n")
		switch {
		case err != nil:
		case module == "module kube-windtunnel/scheduler":
			return folder, nil
		case strings.HasPrefix(module, "module kube-windtunnel/scheduler/"):
			return filepath.Dir(folder), nil
		}
	}
	return "", fmt.Errorf("not inside scheduler/; run there, or set %s", FolderVariable)
}
