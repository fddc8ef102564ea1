package checks

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// buildScript is the file beside manifests that makes their image, if they have one of their own.
const buildScript = "build.sh"

var (
	tagged  = regexp.MustCompile(`docker build --tag (\S+)`)
	version = regexp.MustCompile(`k8s\.io/kubernetes v(\S+)`)
)

func imageAsBuilt(s *stage.Stage) error {
	p, err := profileOf(s)
	if err != nil {
		return err
	}
	built, err := builtImage(s.Subject.Manifests)
	if err != nil {
		return err
	}
	for _, container := range p.deployment.Spec.Template.Spec.Containers {
		if container.Image != built {
			return stage.Saw("the Deployment names the image %s, the build makes %s", container.Image, built)
		}
	}
	return nil
}

// builtImage is the image that the manifests' own build script makes, or else the one of `npm run scheduler:build`: named
// by the Kubernetes version of the newest generation.
func builtImage(folder string) (string, error) {
	if script, err := os.ReadFile(filepath.Join(folder, buildScript)); err == nil {
		if match := tagged.FindSubmatch(script); match != nil {
			return string(match[1]), nil
		}
		return "", fmt.Errorf("%s builds no image", filepath.Join(folder, buildScript))
	}
	home, err := cluster.Home()
	if err != nil {
		return "", err
	}
	module, err := os.ReadFile(filepath.Join(home, "k8s136", "go.mod"))
	if err != nil {
		return "", err
	}
	match := version.FindSubmatch(module)
	if match == nil {
		return "", fmt.Errorf("the newest generation requires no k8s.io/kubernetes")
	}
	return "kube-windtunnel/" + cluster.Real + ":" + string(match[1]), nil
}
