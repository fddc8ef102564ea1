package k8s136

import (
	"context"
	"strings"
	"testing"

	"kube-windtunnel/scheduler/k8s134/onward/frame"
	"kube-windtunnel/scheduler/plugintest"
)

var read = frame.Reading(New)

func TestConfigurations(t *testing.T) { plugintest.Configurations(t, read) }

func TestFrameworks(t *testing.T) { plugintest.Frameworks(t, read) }

func TestEqualPodsAreSignedAlikeUntilTheMeasurementsChange(t *testing.T) {
	server := plugintest.StartPrometheus(t)
	s := plugintest.Start(t, read, plugintest.Text{Arguments: "{prometheusURL: '" + server.URL + "', interval: 400ms, window: 1s}"})
	sign := func() string {
		return string(s.Profile.(frame.Profile).SignPod(context.Background(), plugintest.Pod("p")))
	}
	s.WaitForScores(t, 150, 270, 0)
	before := sign()
	if !strings.Contains(before, snapshotSigner) {
		t.Fatalf("signature %q", before)
	}
	plugintest.WaitFor(t, "another signature", func() bool { return sign() != before })
}
