package args

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
)

func TestPublishedNamesAreTranslatedWithAWarning(t *testing.T) {
	a, err := from("ip: http://prometheus.kube-system:9090\ndeviceName: eth0.5\ntimeRange: 60\n")
	if err != nil {
		t.Fatal(err)
	}
	if a.PrometheusURL != "http://prometheus.kube-system:9090" || a.Device != `eth0\.5` || a.Window.Duration != time.Hour {
		t.Errorf("got %+v", a)
	}
	want := []string{
		`ip is deprecated, write prometheusURL: "http://prometheus.kube-system:9090"`,
		`deviceName is deprecated, write device: "eth0\\.5"`,
		`timeRange (minutes) is deprecated, write window: "1h0m0s"`,
	}
	if !slices.Equal(Warnings(a), want) {
		t.Errorf("warnings: %q", Warnings(a))
	}
	again := a.DeepCopy()
	Default(again)
	if problems := Validate(again); len(problems) != 0 || *again.TimeRange != 60 || again.Window != a.Window {
		t.Errorf("defaulting twice: %+v %v", again, problems)
	}
}

func TestAddressesWithoutASchemeNameTheURLThatWasMeant(t *testing.T) {
	for text, want := range map[string]string{
		"ip: prometheus.kube-system:9090":            `ip: Invalid value: "prometheus.kube-system:9090": has no scheme; probably meant is "http://prometheus.kube-system:9090"`,
		"ip: 10.0.0.4:9090":                          `probably meant is "http://10.0.0.4:9090"`,
		"ip: prometheus":                             `probably meant is "http://prometheus"`,
		"ip: '[fd00::1]:9090'":                       `probably meant is "http://[fd00::1]:9090"`,
		"prometheusURL: prometheus:9090":             `prometheusURL: Invalid value: "prometheus:9090": has no scheme; probably meant is "http://prometheus:9090"`,
		"ip: ':9090'":                                "has no scheme; want http://HOST:PORT",
		"prometheusURL: 'http://:9090'":              "has no host",
		"prometheusURL: http://u:p@host":             "prometheusURL: Forbidden: names a user",
		"prometheusURL: http://host?x=1":             "no query",
		"prometheusURL: http://host/api/v1/query":    "must stop before /api/v1",
		"prometheusURL: 'http://ho st'":              "invalid character",
		valid + "auth: {caFile: /ca}":                "auth: Forbidden: caFile, certFile and keyFile need an https address",
		valid + "auth: {keyFile: /k}":                "auth.certFile: Required",
		valid + "ip: http://other:9090":              `ip: Invalid value: "http://other:9090": is the deprecated name of prometheusURL, which says http://prometheus.monitoring:9090`,
		valid + "deviceName: eth0\ndevice: ens.*":    "deviceName: Invalid",
		valid + "timeRange: 5\nwindow: 2m":           "timeRange: Invalid value: 5: is the deprecated name of window, which says 2m0s",
		valid + "timeRange: 0":                       "timeRange: Invalid",
		valid + "timeRange: 9223372036854775807":     "timeRange: Invalid",
		valid + "timeRange: -60":                     "timeRange: Invalid",
		"deviceName: eth0\ntimeRange: 60\nip: ''\n":  "prometheusURL: Required",
		"ip: http://a\nprometheusURL: ftp://b\nx: 1": `unknown field "x"`,
	} {
		if _, err := from(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestTheDefaultDevicesAreNetworkCards(t *testing.T) {
	device := regexp.MustCompile("^(?:" + DefaultDevice + ")$")
	for _, name := range strings.Fields("eth0 eth12 eno1 ens33 ens5f0np0 enp3s0 enp0s31f6 enx001122334455 enP4p1s0 end0 em1 p1p1 p10p2 bond0 team0 ib0 ibp5s0 wlan0 wlp2s0") {
		if !device.MatchString(name) {
			t.Errorf("%s should count", name)
		}
	}
	for _, name := range strings.Fields("lo veth1a2b3c cni0 cali1234 flannel.1 tunl0 docker0 br-1234 virbr0 kube-ipvs0 dummy0 cilium_host lxc123 eni0a1b2c3d azv12 eth0.100 bond0.5 kube-bridge nodelocaldns vxlan.calico wg0 ifb0") {
		if device.MatchString(name) {
			t.Errorf("%s should not count", name)
		}
	}
}

func TestCapacitiesByNode(t *testing.T) {
	for _, c := range []struct {
		capacity LinkCapacity
		node     string
		want     float64
		known    bool
		speed    bool
	}{
		{LinkCapacity{All: Auto}, "n", 0, false, true},
		{LinkCapacity{All: "10Gbps"}, "n", 1.25e9, true, false},
		{LinkCapacity{ByNode: map[string]string{"n": "1Gbps"}}, "n", 125e6, true, true},
		{LinkCapacity{ByNode: map[string]string{"n": "1Gbps"}}, "m", 0, false, true},
		{LinkCapacity{ByNode: map[string]string{"n": Auto, Others: "8bps"}}, "n", 0, false, true},
		{LinkCapacity{ByNode: map[string]string{"n": "1Gbps", Others: "8bps"}}, "m", 1, true, false},
	} {
		if got, known := c.capacity.Of(c.node); got != c.want || known != c.known || c.capacity.NeedsSpeed() != c.speed {
			t.Errorf("%+v of %s = %v %v, speed %v", c.capacity, c.node, got, known, c.capacity.NeedsSpeed())
		}
	}
	for _, text := range []string{"", "10", "10gbps", "10Gbit", "-1Gbps", "1e3Mbps", "1 Gbps", ".5Gbps", strings.Repeat("9", 400) + "bps"} {
		if rate, ok := ParseRate(text); ok {
			t.Errorf("ParseRate(%.20q) = %v", text, rate)
		}
	}
	if rate, ok := ParseRate("0.5Mbps"); !ok || rate != 62500 {
		t.Errorf("0.5Mbps = %v %v", rate, ok)
	}
}

func FuzzArgsAreRefusedOrComplete(f *testing.F) {
	f.Add(valid)
	f.Add("ip: prometheus.kube-system:9090\ndeviceName: eth0\ntimeRange: 60\n")
	f.Add(valid + "linkCapacity: {a: 1Gbps}\ninFlight: 1Mbps\nauth: {headers: {a: b}}")
	f.Add("{\"prometheusURL\": \"https://[::1]\", \"window\": 1}")
	f.Add(valid + "maxAge: 1ns\ntimeRange: 153722867280912930")
	f.Add("null")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := From(&runtime.Unknown{Raw: []byte(text)})
		if err != nil {
			if a != nil || err.Error() == "" {
				t.Errorf("half refused: %v %v", a, err)
			}
			return
		}
		if a.Window.Duration < 2*a.Interval.Duration || a.Timeout.Duration > a.Interval.Duration || a.PrometheusURL == "" || a.LinkCapacity == nil {
			t.Errorf("accepted and incomplete: %+v", a)
		}
		regexp.MustCompile("^(?:" + a.Device + ")$")
	})
}
