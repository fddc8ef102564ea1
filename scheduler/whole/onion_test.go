package whole

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"

	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/whole/checks"
	"kube-windtunnel/scheduler/whole/detection"
	"kube-windtunnel/scheduler/whole/stage"
)

// The published plugin's defects hide one another. With the outer ones mended, one layer after the other, the next symptom
// shows, with its message; with all nine mended the scheduler runs, and is wrong.
func TestOnion(t *testing.T) {
	for _, layer := range specimens.Onion() {
		t.Run(fmt.Sprint(layer.Number, " ", layer.Message), func(t *testing.T) {
			t.Parallel()
			// What a layer shows is seen with all layers before it mended.
			code, files := specimens.Mended(layer.Number - 1)
			err, log := inLayer(t, layer.Number, code, files)
			saw, caught := stage.AsSymptom(err)
			if !caught {
				t.Fatalf("no symptom, but: %v\n%s", err, log)
			}
			if want := shownAs(layer); !strings.Contains(saw, want) {
				t.Errorf("want %s, saw %s", want, saw)
			}
		})
	}
	t.Run("10 what is left runs and is wrong", func(t *testing.T) {
		t.Parallel()
		code, _ := specimens.Mended(9)
		subject, err := detection.Subject(specimens.Switch(code.String()))
		if err != nil {
			t.Fatal(err)
		}
		check, _ := checks.ByName("old-idle-over-new-busy")
		err, log := pool.Perform(subject, check.Run)
		if saw, _ := stage.AsSymptom(err); !strings.Contains(saw, "(old-idle) 0") || !strings.Contains(saw, "(busy) 100") {
			t.Errorf("%v\n%s", err, log)
		}
	})
}

// shownAs is the layer's message, or what stands for it without a kubelet.
func shownAs(layer specimens.Layer) string {
	if layer.Number == 1 {
		// A kubelet would say ImagePullBackOff.
		return "names the image networktraffic-scheduler:v0.0.14, the build makes networktraffic-scheduler:v0.0.1"
	}
	return layer.Message
}

// inLayer runs what is left of the published scheduler.
func inLayer(t *testing.T, number int, code specimens.Set, files []specimens.Switch) (error, string) {
	subject, err := detection.Subject(specimens.Switch(code.String()))
	if err != nil {
		t.Fatal(err)
	}
	if number > 2 {
		return pool.Perform(subject, func(s *stage.Stage) error { return publishedRun(s, files) })
	}
	// The deployment's own layers: the files as published.
	published, err := detection.Subject(specimens.ImageTag)
	if err != nil {
		t.Fatal(err)
	}
	subject.Manifests = strings.Replace(published.Manifests, string(specimens.ImageTag), specimens.AsPublished, 1)
	check, _ := checks.ByName(map[int]string{1: "image-as-built", 2: "runs-as-its-account"}[number])
	return pool.Perform(subject, check.Run)
}

// publishedRun starts the scheduler with the published configuration, as far as it is not mended, on nodes called as the
// published ones, and places a pod. What it returns holds all that is to be seen.
func publishedRun(s *stage.Stage, files []specimens.Switch) error {
	world := stage.World{}
	world.Add("one", stage.Role{Name: "node", Change: called("kind-worker")}, stage.Role{Name: "node", Change: called("kind-worker2")})
	run, err := s.Begin(stage.Setup{World: world, Config: publishedConfig(files)})
	if err != nil {
		return err
	}
	defer run.End()
	outcomes, err := run.Place(stage.Pod("one", "one"))
	if err != nil {
		return err
	}
	return stage.Saw("pod: %+v; queries: %v; log: %s", outcomes["one"], run.Prometheus.Queries(), run.Scheduler.Log())
}

func called(name string) func(*v1.Node) { return func(node *v1.Node) { node.Name = name } }

func publishedConfig(files []specimens.Switch) string {
	name, address := stage.Plugin, "PROMETHEUS"
	if slices.Contains(files, specimens.ConfigName) {
		name = "NetworkTraffic"
	}
	if slices.Contains(files, specimens.SchemeLessAddress) {
		address = "prometheus.kube-system:9090"
	}
	return stage.Configuration(name, "ip: "+address+"\ndeviceName: eth0\ntimeRange: 60")
}
