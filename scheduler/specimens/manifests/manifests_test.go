package manifests

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"kube-windtunnel/scheduler/specimens"
)

// shows tells whether the text of a folder's files has a defect.
var shows = map[specimens.Switch]func(string) bool{
	specimens.ImageTag: func(text string) bool {
		built, deployed := tag(text, `docker build --tag networktraffic-scheduler:(\S+)`), tag(text, `image: networktraffic-scheduler:(\S+)`)
		return built != deployed
	},
	specimens.CachesForbidden: func(text string) bool { return !strings.Contains(text, "system:volume-scheduler") },
	specimens.NoAuthenticationReader: func(text string) bool {
		return !strings.Contains(text, "name: extension-apiserver-authentication-reader")
	},
	specimens.LeaseName: func(text string) bool {
		return strings.Contains(text, "leaderElect: true") && !strings.Contains(text, "resources: [leases]")
	},
	specimens.NamespacedBinding: func(text string) bool {
		return regexp.MustCompile(`kind: ClusterRoleBinding\nmetadata:\n  name: \S+\n  namespace: `).MatchString(text)
	},
	specimens.NoProbes: func(text string) bool {
		return !strings.Contains(text, "Probe:") && !strings.Contains(text, "requests:")
	},
	specimens.ConfigName: func(text string) bool {
		return regexp.MustCompile(`pluginConfig:\n +- name: NetworkTraffic\n`).MatchString(text)
	},
	specimens.SchemeLessAddress: func(text string) bool {
		return regexp.MustCompile(`(ip|prometheusURL): prometheus`).MatchString(text)
	},
	specimens.ShortName: func(text string) bool {
		return regexp.MustCompile(`(ip|prometheusURL): (http://)?prometheus\.kube-system:`).MatchString(text)
	},
	specimens.DefaultWeights: func(text string) bool { return !strings.Contains(text, "weight:") },
	specimens.ExporterInPodNetwork: func(text string) bool {
		return strings.Contains(text, "DaemonSet") && !strings.Contains(text, "hostNetwork: true")
	},
}

func tag(text, pattern string) string {
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1]
}

// folder is the text of all files of one, each document of which must be YAML.
func folder(t *testing.T, name string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(name, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v, %v", name, paths, err)
	}
	var all strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
		for _, document := range strings.Split(string(content), "\n---\n") {
			var object struct{ Kind string }
			if err := yaml.Unmarshal([]byte(document), &object); strings.HasSuffix(path, ".yaml") && (err != nil || object.Kind == "") {
				t.Errorf("%s: %v in %s", path, err, document)
			}
		}
	}
	return all.String()
}

func TestEachFolderShowsItsDefectAndNoOther(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "..", Right))
	if err != nil {
		t.Fatal(err)
	}
	right, published := string(content), folder(t, "as-published")
	for name := range rewrites {
		text := folder(t, string(name))
		for defect, there := range shows {
			if got := there(text); got != (defect == name) {
				t.Errorf("%s shows %s: %v", name, defect, got)
			}
		}
		if shows[name](right) {
			t.Errorf("the right manifests show %s", name)
		}
		if got := shows[name](published); got != slices.Contains(specimens.ManifestsAsPublished, name) {
			t.Errorf("as-published shows %s: %v", name, got)
		}
	}
}

func TestEveryDefectInFilesHasAFolder(t *testing.T) {
	for _, entry := range specimens.Catalogue() {
		inFiles := entry.Kind == specimens.Manifest || entry.Kind == specimens.Config
		if _, ok := rewrites[entry.Name]; ok != inFiles {
			t.Errorf("%s: in files %v, has a folder %v", entry.Name, inFiles, ok)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := rewrites[specimens.Switch(entry.Name())]; entry.IsDir() && !ok && entry.Name() != specimens.AsPublished {
			t.Errorf("%s is no defect's folder", entry.Name())
		}
	}
}

func TestAChangeThatDoesNotFitIsRefused(t *testing.T) {
	right := "# head\napiVersion: v1\nkind: ServiceAccount\n---\nname: networktraffic-volume-scheduler\n"
	for name, want := range map[specimens.Switch]string{
		specimens.ShortName: "0 times in the right manifests", specimens.NoAuthenticationReader: "0 documents have", specimens.Herding: "has no manifests",
	} {
		if _, err := Files(name, right); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files, err := Files(specimens.CachesForbidden, right); err != nil || strings.Contains(files[Main], "volume") {
		t.Errorf("%v, %v", files, err)
	}
	if _, err := Files(specimens.CachesForbidden, "nothing"); err == nil {
		t.Error("made of nothing")
	}
}
