// Package manifests reads and applies the manifests of a scheduler, and finds in them what a test needs to run the
// scheduler as its Deployment would.
//
// It owns YAML and the way to the API server. It refuses to judge: what manifests should say is the checks' affair.
package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// ConfigKey is the file in a ConfigMap that holds the scheduler's configuration.
const ConfigKey = "scheduler-config.yaml"

// Set is the objects of some files, in their order.
type Set []*unstructured.Unstructured

// Load reads a YAML file, or all YAML files right in a folder (*.yaml). A folder without any is an error.
func Load(path string) (Set, error) {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.yaml")); err != nil {
			return nil, err
		}
		sort.Strings(files)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no manifests", path)
	}
	var set Set
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		objects, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		set = append(set, objects...)
	}
	return set, nil
}

func parse(text []byte) (Set, error) {
	var set Set
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := map[string]any{}
		switch err := decoder.Decode(&object); {
		case errors.Is(err, io.EOF):
			return set, nil
		case err != nil:
			return nil, err
		case len(object) > 0:
			set = append(set, &unstructured.Unstructured{Object: object})
		}
	}
}

// OfKind are the objects of a kind.
func (s Set) OfKind(kind string) Set {
	var out Set
	for _, object := range s {
		if object.GetKind() == kind {
			out = append(out, object)
		}
	}
	return out
}

// Deployment is the Deployment that runs a scheduler: the one with a ServiceAccount.
func (s Set) Deployment() (*appsv1.Deployment, error) {
	for _, object := range s.OfKind("Deployment") {
		deployment := &appsv1.Deployment{}
		if err := convert(object, deployment); err != nil {
			return nil, err
		}
		if deployment.Spec.Template.Spec.ServiceAccountName != "" {
			return deployment, nil
		}
	}
	return nil, errors.New("no Deployment with a ServiceAccount")
}

// SchedulerConfig is the scheduler's configuration in a ConfigMap.
func (s Set) SchedulerConfig() (string, error) {
	for _, object := range s.OfKind("ConfigMap") {
		config := &v1.ConfigMap{}
		if err := convert(object, config); err != nil {
			return "", err
		}
		if text := config.Data[ConfigKey]; text != "" {
			return text, nil
		}
	}
	return "", fmt.Errorf("no ConfigMap with %s", ConfigKey)
}

// Flags are the Deployment's own arguments, without those that say where files and ports of the pod are.
func Flags(deployment *appsv1.Deployment) []string {
	var out []string
	for _, container := range deployment.Spec.Template.Spec.Containers {
		for _, arg := range append(container.Command, container.Args...) {
			if strings.HasPrefix(arg, "--") && !strings.HasPrefix(arg, "--config=") && !strings.HasPrefix(arg, "--secure-port=") {
				out = append(out, arg)
			}
		}
	}
	return out
}

func convert(object *unstructured.Unstructured, into any) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, into, true); err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}
