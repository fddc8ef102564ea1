package checks

import (
	"regexp"
	"strings"

	"kube-windtunnel/scheduler/whole/stage"
)

// published are the arguments as published, with an address that is one.
const published = "ip: PROMETHEUS\ndeviceName: eth0\ntimeRange: 4"

var configuration = []Check{
	{"misnamed-arguments", "R06", "arguments under a name that no plugin has end the start, with both names", func(s *stage.Stage) error {
		return refuses(s, stage.Configuration("NetworkTraffic", published), "NetworkTraffic", stage.Plugin)
	}},
	{"no-arguments", "R06", "without arguments the start ends, and says which one is missing", func(s *stage.Stage) error {
		return refuses(s, stage.Configuration("", ""), "prometheusURL", stage.Plugin)
	}},
	{"starts-with-arguments", "R07", "the scheduler starts with its arguments and places pods", func(s *stage.Stage) error {
		return preference{better: idle, worse: busy, betterScore: idleScore, worseScore: busyScore, arguments: published}.run(s)
	}},
	{"effective-arguments", "R08", "/configz shows what was configured, and the query has it", effective},
	{"unknown-field", "R08", "a field that no argument has ends the start, with its name", func(s *stage.Stage) error {
		return refuses(s, stage.Configuration(stage.Plugin, "prometheusURL: PROMETHEUS\ndevice_name: eth0"), "device_name")
	}},
	{"address-without-scheme", "R09", "prometheus.kube-system:9090 ends the start, with the URL that was meant", func(s *stage.Stage) error {
		return refuses(s, stage.Configuration(stage.Plugin, "ip: prometheus.kube-system:9090"), "http://prometheus.kube-system:9090")
	}},
	{"bare-ip-address", "R09", "10.0.0.4:9090 ends the start, with the URL that was meant", func(s *stage.Stage) error {
		return refuses(s, stage.Configuration(stage.Plugin, "ip: 10.0.0.4:9090"), "http://10.0.0.4:9090")
	}},
	{"query-as-configured", "R10", "every query parses, and holds device and range where they belong", wellFormed},
}

// refuses expects the scheduler to end at start and to say all the words. If it starts, a pod shows what comes of it.
func refuses(s *stage.Stage, config string, words ...string) error {
	said, run, err := s.StartsNot(stage.Setup{World: someWorld(), Config: config})
	if err != nil {
		return err
	}
	if run == nil {
		for _, word := range words {
			if !strings.Contains(said, word) {
				return stage.Saw("the start ends without a word of %q: %s", word, said)
			}
		}
		return nil
	}
	defer run.End()
	run.Measured()
	if _, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two")); err != nil {
		symptom, ok := stage.AsSymptom(describe(run, err))
		if !ok {
			return err
		}
		return stage.Saw("the scheduler starts; then: %s", symptom)
	}
	return stage.Saw("the scheduler starts, and places pods without the plugin: %s", complaint(run))
}

// complaints are what a scheduler says that asks an address which is none.
var complaints = regexp.MustCompile(`Post .{0,60}unsupported protocol scheme \S+`)

func complaint(run *stage.Run) string {
	if said := complaints.FindString(run.Scheduler.Log()); said != "" {
		return said
	}
	return "its last query was " + lastQuery(run)
}

// effective gives arguments that differ from every default.
func effective(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: someWorld(), Arguments: "ip: PROMETHEUS\ndeviceName: eth0\ntimeRange: 4\ndirection: sum\nunknownScore: 7"})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	if _, err := run.Bound(stage.Pod("one", "one")); err != nil {
		return describe(run, err)
	}
	if query := lastQuery(run); !strings.Contains(query, `"eth0"}[4m`) {
		return stage.Saw("the query has not what was configured: %s", query)
	}
	shown, err := run.Scheduler.Get("/configz")
	if err != nil {
		return stage.Saw("/configz cannot be read: %v", err)
	}
	for _, want := range []string{`"prometheusURL":"http://127.0.0.1:`, `"device":"eth0"`, `"window":"4m0s"`, `"direction":"sum"`, `"unknownScore":7`} {
		if !strings.Contains(shown, want) {
			return stage.Saw("/configz has no %s: %s", want, argumentsIn(shown))
		}
	}
	return nil
}

// argumentsIn picks the plugin's arguments out of /configz.
func argumentsIn(configz string) string {
	index := strings.Index(configz, `"name":"network_traffic","args"`)
	if index < 0 {
		return "no arguments of " + stage.Plugin
	}
	text, _, _ := strings.Cut(configz[index:], "}}")
	return text
}

func wellFormed(s *stage.Stage) error {
	run, err := s.Begin(stage.Setup{World: someWorld(), Arguments: published})
	if err != nil {
		return err
	}
	defer run.End()
	run.Measured()
	if _, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two")); err != nil {
		return describe(run, err)
	}
	asked := run.Prometheus.Asked()
	if len(asked) == 0 {
		return stage.Saw("Prometheus was never asked")
	}
	for _, a := range asked {
		if a.Problem != "" {
			return stage.Saw("Prometheus answered %d to %s: %s", a.Status, a.Query, a.Problem)
		}
		if !strings.Contains(a.Query, `"eth0"}[4m`) {
			return stage.Saw(`no device eth0 with a range of 4m in %s`, a.Query)
		}
	}
	return nil
}
