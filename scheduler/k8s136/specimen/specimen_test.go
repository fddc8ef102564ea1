package specimen

import (
	"testing"

	"kube-windtunnel/scheduler/k8s134/onward/specimentest"
)

func TestWithoutASwitchItIsThePlugin(t *testing.T) { specimentest.WithoutASwitch(t, Factory) }

func TestTheLayersOfThePublishedPluginInTheRealFramework(t *testing.T) {
	specimentest.Layers(t, Factory)
}

func TestScoresThatTheFrameworkRefuses(t *testing.T) { specimentest.RefusedScores(t, Factory) }

func TestIdleLinksEndTheScheduler(t *testing.T) { specimentest.IdleLinks(t, Factory) }

func TestScoresWhereTheSchedulerSurvives(t *testing.T) { specimentest.Scores(t, Factory) }
