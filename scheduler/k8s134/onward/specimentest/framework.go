// Package specimentest owns the tests that the specimens of every generation since 1.34 have to pass, in the real framework
// and as a program. What it needs to know of a generation is its factory.
package specimentest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kube-windtunnel/scheduler/k8s134/onward/frame"
	"kube-windtunnel/scheduler/k8s134/onward/specimen"
	"kube-windtunnel/scheduler/plugintest"
	"kube-windtunnel/scheduler/specimens"
)

// reading reads for a plugin with these switches.
func reading(set specimens.Set, factory specimen.Factory) plugintest.Read {
	return frame.Reading(factory(&set))
}

// WithoutASwitch tests that without a switch the specimen passes what every adapter of the plugin has to pass: that a switch
// is caught is then due to the switch.
func WithoutASwitch(t *testing.T, factory specimen.Factory) {
	inside, printed, err := apart(t)
	if !inside {
		if err != nil || !strings.Contains(printed, "--- PASS: "+t.Name()+"/frameworks") {
			t.Errorf("%v\n%s", err, printed)
		}
		return
	}
	none := specimens.Set{}
	if err := specimen.Register(none); err != nil {
		t.Fatal(err)
	}
	t.Run("configurations", func(t *testing.T) { plugintest.Configurations(t, reading(none, factory)) })
	t.Run("frameworks", func(t *testing.T) { plugintest.Frameworks(t, reading(none, factory)) })
}

// attempt is all that a user sees of a scheduler with these switches and this configuration: what it prints at start, why it
// does not start, and why a pod fails.
func attempt(t *testing.T, factory specimen.Factory, set specimens.Set, text plugintest.Text) (printed string, err error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	kept := os.Stderr
	os.Stderr = file
	s, err := plugintest.Build(t, reading(set, factory), text)
	if err == nil {
		_, err = s.Schedule(context.Background(), plugintest.Pod("p"))
	}
	os.Stderr = kept
	content, readErr := os.ReadFile(file.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(content), err
}

// Layers tests the onion: one layer after the other comes off, and the next shows, with its words. The scheme knows no
// arguments of the plugin in this process, as in the published scheduler.
func Layers(t *testing.T, factory specimen.Factory) {
	parser := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		if strings.Contains(query, "[1h0m0s]") {
			io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1000,"5"]}]}}`)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":%q}`, "parse error in "+query)
	}))
	t.Cleanup(parser.Close)
	// The first two, the image and the rights, let no framework be reached.
	for _, layer := range specimens.Onion()[2:] {
		code, files := specimens.Mended(layer.Number - 1)
		text := plugintest.Text{Points: plugintest.ScoreAlone, Name: "network_traffic", Arguments: "{ip: '" + parser.URL + "', deviceName: eth0, timeRange: 60}"}
		for _, name := range files {
			switch name {
			case specimens.ConfigName:
				text.Name = "NetworkTraffic"
			case specimens.SchemeLessAddress:
				text.Arguments = "{ip: 'prometheus.kube-system:9090', deviceName: eth0, timeRange: 60}"
			}
		}
		printed, err := attempt(t, factory, code, text)
		if err == nil || !says(printed+err.Error(), layer.Message) {
			t.Errorf("layer %d: printed %s\n%v\nwant %s", layer.Number, printed, err, layer.Message)
			continue
		}
		if layer.Number >= 6 && !strings.Contains(err.Error(), `running Score plugins: plugin "network_traffic" failed with:`) {
			t.Errorf("layer %d: %v", layer.Number, err)
		}
	}
	left, _ := specimens.Mended(len(specimens.Onion()))
	if printed, err := attempt(t, factory, left, plugintest.Text{Points: plugintest.ScoreAlone, Arguments: "{ip: '" + parser.URL + "', deviceName: eth0, timeRange: 60}"}); err != nil {
		t.Errorf("all layers mended: %v\n%s", err, printed)
	}
}

// says tells whether a text has a message, with one of the nodes here where it names one.
func says(text, message string) bool {
	for _, node := range []string{"a", "b", "c"} {
		if strings.Contains(text, strings.Replace(message, "kind-worker", node, 1)) {
			return true
		}
	}
	return false
}

// rows answers the plugin's own query: numbers of the nodes a, b and c, received, on links of 1 Gb/s.
func rows(t *testing.T, numbers ...string) string {
	var out []string
	for i, number := range numbers {
		for _, series := range [][2]string{{`"receive","device":"eth0"`, number}, {`"transmit","device":"eth0"`, "0"}, {`"speed","device":"eth0"`, "125000000"}, {`"sampled"`, "1000"}, {`"uname","nodename":"` + "abc"[i:i+1] + `"`, "1"}} {
			out = append(out, fmt.Sprintf(`{"metric":{"instance":"10.0.0.%d:9100","node":%q,"series":%s},"value":[1000,%q]}`, i, "abc"[i:i+1], series[0], series[1]))
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[`+strings.Join(out, ",")+`]}}`)
	}))
	t.Cleanup(server.Close)
	return "{prometheusURL: '" + server.URL + "'}"
}

// RefusedScores tests what the framework refuses. query-per-node lets the first pod see an answer; the switches by
// themselves ask in the background.
func RefusedScores(t *testing.T, factory specimen.Factory) {
	for _, c := range []struct {
		switches string
		numbers  []string
		want     string
	}{
		{"integer-overflow", []string{"92233720368547760", "46116860184273880", "1000"}, "199"},
		{"negative-raw", []string{"-5", "100", "50"}, "105"},
		{"raw-scores", []string{"12541068340", "1", "1"}, "12541068340"},
		{"minus-a-fraction", []string{"1000", "50", "10"}, "-900"},
	} {
		set, err := specimens.Parse(c.switches + ",query-per-node")
		if err != nil {
			t.Fatal(err)
		}
		_, err = attempt(t, factory, set, plugintest.Text{Arguments: rows(t, c.numbers...)})
		want := `plugin "network_traffic" returns an invalid score ` + c.want + `, it should in the range of [0, 100] after normalizing`
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", c.switches, err, want)
		}
	}
}

// dying is how long a process that panics may take to end, on any machine.
const dying = 30 * time.Second

// IdleLinks tests that they end the scheduler, where that is switched on.
func IdleLinks(t *testing.T, factory specimen.Factory) {
	inside, printed, err := apart(t)
	if !inside {
		if err == nil || !strings.Contains(printed, "panic: runtime error: integer divide by zero") {
			t.Errorf("%v\n%s", err, printed)
		}
		return
	}
	set, err := specimens.Parse("divide-by-zero,query-per-node")
	if err != nil {
		t.Fatal(err)
	}
	s := plugintest.Start(t, reading(set, factory), plugintest.Text{Arguments: rows(t, "0", "0", "0")})
	s.Schedule(context.Background(), plugintest.Pod("p"))
	// The panic is a worker's, who is done with its work before it ends the process: that can be after Schedule returns.
	time.Sleep(dying)
}

// Scores tests what else the published arithmetic makes of rates, where the scheduler survives it.
func Scores(t *testing.T, factory specimen.Factory) {
	s := plugintest.Start(t, reading(specimens.Of(specimens.RelativeToMax, specimens.QueryPerNode), factory), plugintest.Text{Arguments: rows(t, "10", "5", "0")})
	s.WaitForScores(t, 0, 150, 300)
}
