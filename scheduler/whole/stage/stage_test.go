package stage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestArgumentsGetTheAddressUnlessTheyHaveOne(t *testing.T) {
	const url = "http://127.0.0.1:1"
	for _, c := range []struct {
		setup   Setup
		without bool
		want    string
		lacks   string
	}{
		{Setup{Arguments: "window: 1h"}, false, "          prometheusURL: http://127.0.0.1:1\n          window: 1h\n", "PROMETHEUS"},
		{Setup{Arguments: "ip: PROMETHEUS"}, false, "ip: http://127.0.0.1:1", "prometheusURL"},
		{Setup{Arguments: "ip: 10.0.0.4:9090"}, false, "ip: 10.0.0.4:9090", url},
		{Setup{Config: "a: PROMETHEUS"}, false, "a: " + url, "profiles"},
		{Setup{Config: "a: PROMETHEUS"}, true, "schedulerName: " + SchedulerName, Plugin},
	} {
		if got := c.setup.config(url, c.without); !strings.Contains(got, c.want) || strings.Contains(got, c.lacks) {
			t.Errorf("%+v:\n%s", c.setup, got)
		}
	}
}

func TestSymptomsAreToldFromTrouble(t *testing.T) {
	if text, ok := AsSymptom(fmt.Errorf("more: %w", Saw("%d of %d", 1, 2))); !ok || text != "1 of 2" {
		t.Errorf("%q %v", text, ok)
	}
	if _, ok := AsSymptom(errors.New("no connection")); ok {
		t.Error("trouble is no symptom")
	}
}

func TestPairsChangeRolesRound(t *testing.T) {
	world := Pairs(Role{Name: "better"}, Role{Name: "worse"})
	got := fmt.Sprint(world.Roles)
	if want := "map[one-a:better one-b:worse two-a:worse two-b:better]"; got != want || len(world.Nodes) != 4 || len(world.Series) != 16 {
		t.Errorf("%s, %d nodes, %d series", got, len(world.Nodes), len(world.Series))
	}
}
