package main

import (
	"testing"

	"kube-windtunnel/scheduler/plugintest"
)

func TestMain(m *testing.M) { plugintest.Main(m, main) }

func TestBinary(t *testing.T) { plugintest.Binary(t, plugintest.Self) }
