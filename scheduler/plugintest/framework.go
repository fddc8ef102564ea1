package plugintest

import (
	"context"
	"strings"
	"testing"

	"k8s.io/component-base/metrics/legacyregistry"

	"kube-windtunnel/scheduler/plugin"
)

// Frameworks tests the plugin inside the real framework.
func Frameworks(t *testing.T, read Read) {
	t.Run("scores follow the measurements and the pods in flight", func(t *testing.T) { follow(t, read) })
	t.Run("enabled for score alone", func(t *testing.T) {
		server := StartPrometheus(t)
		Start(t, read, Text{Points: ScoreAlone, Arguments: "{prometheusURL: '" + server.URL + "'}"}).WaitForScores(t, 50, 90, 0)
	})
	t.Run("without any sample the plugin skips and says so once", func(t *testing.T) { skips(t, read) })
	t.Run("collecting stops with the scheduler", func(t *testing.T) { stops(t, read) })
	t.Run("invalid arguments end the start", func(t *testing.T) {
		for arguments, want := range map[string]string{
			"{}":                      `initializing plugin "network_traffic": network_traffic arguments: prometheusURL: Required value`,
			"{ip: 'prometheus:9090'}": `probably meant is "http://prometheus:9090"`,
			"{ip: 'http://p', window: 1s, direction: up}": `[window: Invalid value: "1s"`,
		} {
			if _, err := Build(t, read, Text{Arguments: arguments}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", arguments, err, want)
			}
		}
	})
}

func follow(t *testing.T, read Read) {
	server := StartPrometheus(t)
	s := Start(t, read, Text{Arguments: "{prometheusURL: '" + server.URL + "', interval: 1h, window: 3h}"})
	s.WaitForScores(t, 150, 270, 0)
	for i := 0; i < 50; i++ {
		s.Scores(t, Pod("p"))
	}
	if server.Queries.Load() != 1 {
		t.Errorf("%d queries for 50 pods", server.Queries.Load())
	}
	ctx := context.Background()
	if err := s.Reserve(ctx, Pod("p"), "b"); err != nil {
		t.Fatal(err)
	}
	if got := s.Scores(t, Pod("next")); !equal(got, 150, 210, 0) {
		t.Errorf("after Reserve: %v", got)
	}
	s.Unreserve(ctx, Pod("p"), "b")
	if got := s.Scores(t, Pod("next")); !equal(got, 150, 270, 0) {
		t.Errorf("after Unreserve: %v", got)
	}
}

func skips(t *testing.T, read Read) {
	server := StartPrometheus(t)
	server.Failing.Store(true)
	s := Start(t, read, Text{Arguments: "{prometheusURL: '" + server.URL + "', interval: 100ms, window: 1m}"})
	WaitFor(t, "an event", func() bool {
		if got := s.Scores(t, Pod("p")); len(got) != 0 {
			t.Fatalf("scored %v", got)
		}
		return len(s.Events) > 0
	})
	for i := 0; i < 20; i++ {
		s.Scores(t, Pod("p"))
	}
	if event := <-s.Events; event != plugin.OutageReason || len(s.Events) != 0 {
		t.Errorf("event %q, %d more", event, len(s.Events))
	}
	server.Failing.Store(false)
	s.WaitForScores(t, 150, 270, 0)
}

// stops reads from the metrics whether the instance runs: it shows its gauges for exactly that long, under its profile.
func stops(t *testing.T, read Read) {
	const profile = "one-that-stops"
	runs := func() bool {
		families, err := legacyregistry.DefaultGatherer.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			if family.GetName() == "network_traffic_snapshot_age_seconds" && strings.Contains(family.String(), profile) {
				return true
			}
		}
		return false
	}
	server := StartPrometheus(t)
	s := Start(t, read, Text{Profile: profile, Arguments: "{prometheusURL: '" + server.URL + "'}"})
	WaitFor(t, "a snapshot in the metrics", runs)
	s.Stop()
	WaitFor(t, "its end", func() bool { return !runs() })
}
