package k8s134

import (
	"testing"

	"kube-windtunnel/scheduler/k8s134/onward/frame"
	"kube-windtunnel/scheduler/plugintest"
)

var read = frame.Reading(New)

func TestConfigurations(t *testing.T) { plugintest.Configurations(t, read) }

func TestFrameworks(t *testing.T) { plugintest.Frameworks(t, read) }
