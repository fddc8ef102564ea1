package main

import (
	"testing"

	"kube-windtunnel/scheduler/k8s134/onward/specimentest"
	"kube-windtunnel/scheduler/plugintest"
)

func TestMain(m *testing.M) { plugintest.Main(m, main) }

// Without a switch it reads and refuses what bandwidth-scheduler reads and refuses.
func TestBinary(t *testing.T) { plugintest.Binary(t, plugintest.Self) }

func TestTheCatalogueIsListed(t *testing.T) { specimentest.Catalogue(t) }

func TestWhatCannotBeMeantEndsTheStart(t *testing.T) { specimentest.Refused(t) }

func TestHowTheProcessStarts(t *testing.T) { specimentest.Starts(t) }

func TestTheRealSchedulerHoldsNoSpecimen(t *testing.T) { specimentest.Held(t, "k8s136") }

func TestTheRealSchedulerImportsNoSpecimen(t *testing.T) { specimentest.Imported(t) }
