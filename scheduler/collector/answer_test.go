package collector

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRowsAreReadAsPrometheusWritesThem(t *testing.T) {
	exporters, warnings, err := Decode([]byte(`{
		"status": "success", "warnings": ["one", "two"], "infos": ["three"],
		"data": {"stats": {"samples": 5}, "resultType": "vector", "result": [
			{"metric": {"__name__": "ignored", "series": "receive", "instance": "a\"\u00e9\\:9100", "node": "n", "device": "eth0"}, "value": [1435781451.781, "1.5e+06"]},
			{"value": [1435781451.781, "+Inf"], "metric": {"device": "eth0", "instance": "a\"é\\:9100", "node": "n", "series": "transmit"}},
			{"metric": {"series": "speed", "instance": "a\"é\\:9100", "node": "n", "device": "eth0"}, "value": [1435781451, "NaN"]},
			{"metric": {"series": "sampled", "instance": "a\"é\\:9100", "node": "n"}, "value": [1435781451.781, "1435781441.531"]},
			{"metric": {"series": "uname", "instance": "other", "nodename": "host"}, "value": [1435781451.781, "1"]}
		]}}`))
	if err != nil || !reflect.DeepEqual(warnings, []string{"one", "two"}) || len(exporters) != 2 {
		t.Fatalf("%d exporters, %q, %v", len(exporters), warnings, err)
	}
	first, second := exporters[0], exporters[1]
	if d := first.devices[0]; d.name != "eth0" || d.receive != 1.5e6 || !math.IsInf(d.transmit, 1) || !math.IsNaN(d.speed) || !d.rated || len(first.devices) != 1 {
		t.Errorf("%+v", first.devices)
	}
	if first.instance != `a"é\:9100` || first.node != "n" || first.age.Round(time.Millisecond) != 10250*time.Millisecond {
		t.Errorf("%+v", first)
	}
	if second.instance != "other" || second.age != none || !reflect.DeepEqual(second.names, []string{"host"}) {
		t.Errorf("%+v", second)
	}
}

func TestTheTypeMayStandBehindTheResult(t *testing.T) {
	list := `[` + strings.Join(healthy("a", ""), ",") + `]`
	if exporters, _, err := Decode([]byte(`{"data":{"result":` + list + `,"resultType":"vector"},"status":"success"}`)); err != nil || len(exporters) != 1 {
		t.Errorf("%d exporters, %v", len(exporters), err)
	}
	if _, _, err := Decode([]byte(`{"data":{"result":` + list + `,"resultType":"matrix"},"status":"success"}`)); err == nil || !strings.Contains(err.Error(), `"matrix"`) {
		t.Errorf("a matrix: %v", err)
	}
}

func TestWhatIsNoSampleOfTheQueryIsRefused(t *testing.T) {
	const labels = `"metric":{"series":"receive","instance":"a","device":"eth0"}`
	for name, row := range map[string]string{
		"null":              `null`,
		"a number":          `1`,
		"no value":          `{` + labels + `}`,
		"a histogram":       `{` + labels + `,"histogram":[1000,{"count":"1","sum":"1"}]}`,
		"a range":           `{` + labels + `,"values":[[1000,"1"]]}`,
		"value null":        `{` + labels + `,"value":null}`,
		"value bare":        `{` + labels + `,"value":"1"}`,
		"value empty":       `{` + labels + `,"value":[]}`,
		"only a moment":     `{` + labels + `,"value":[1000]}`,
		"number as number":  `{` + labels + `,"value":[1000,1]}`,
		"number missing":    `{` + labels + `,"value":[1000,null]}`,
		"moment as text":    `{` + labels + `,"value":["1000","1"]}`,
		"moment too large":  `{` + labels + `,"value":[1e999,"1"]}`,
		"three elements":    `{` + labels + `,"value":[1000,"1",2]}`,
		"empty number":      `{` + labels + `,"value":[1000,""]}`,
		"no number":         `{` + labels + `,"value":[1000,"fast"]}`,
		"number too large":  `{` + labels + `,"value":[1000,"1e999"]}`,
		"label a number":    `{"metric":{"series":1},"value":[1000,"1"]}`,
		"labels a list":     `{"metric":[],"value":[1000,"1"]}`,
		"no labels":         `{"value":[1000,"1"]}`,
		"labels null":       `{"metric":null,"value":[1000,"1"]}`,
		"unknown series":    `{"metric":{"series":"sum"},"value":[1000,"1"]}`,
		"a comma too many":  `{` + labels + `,"value":[1000,"1"]},`,
		"an end too early":  `{` + labels + `,"value":[1000,"1"]`,
		"a second document": `{` + labels + `,"value":[1000,"1"]}]}}{"x":[{`,
	} {
		good := healthy("a", "")
		if exporters, _, err := Decode([]byte(answer(append(good, row)...))); err == nil || FailureKind(err) != FailedAnswer || exporters != nil {
			t.Errorf("%s: %d exporters, %v", name, len(exporters), err)
		}
	}
}

func TestAnErrorIsShownInTheServersWords(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body, want string
	}{
		"bad query":            {400, `{"status":"error","errorType":"bad_data","error":"1:5: parse error"}`, "Prometheus answered 400 Bad Request: bad_data: 1:5: parse error"},
		"error with a 200":     {200, `{"status":"error","errorType":"internal","error":"no storage"}`, "Prometheus answered 200 OK: internal: no storage"},
		"a proxy's":            {502, "<html>\nno upstream</html>\n", "Prometheus answered 502 Bad Gateway: <html>\nno upstream</html>"},
		"nothing":              {503, "", "Prometheus answered 503 Service Unavailable"},
		"another JSON":         {429, `{"message":"slow down"}`, `Prometheus answered 429 Too Many Requests: {"message":"slow down"}`},
		"a good text, refused": {422, answer(), "Prometheus answered 422 Unprocessable Entity: " + answer()},
		"a whole page":         {500, strings.Repeat("x", 5000), "Prometheus answered 500 Internal Server Error: " + strings.Repeat("x", greatestText)},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status); io.WriteString(w, c.body) }))
		_, report, err := collect(t, s.URL, "")
		if err == nil || err.Error() != c.want || report.Failed != FailedStatus {
			t.Errorf("%s: %v counted as %q\nwant %s", name, err, report.Failed, c.want)
		}
		s.Close()
	}
}

func TestAnAnswerBeyondTheLimitIsNotTaken(t *testing.T) {
	text := answer(healthy("a", "")...)
	client, err := NewClient(parse(t, "prometheusURL: "+serve(t, text).URL))
	if err != nil {
		t.Fatal(err)
	}
	client.limit = int64(len(text))
	if body, err := client.Ask(context.Background()); err != nil || string(body) != text {
		t.Errorf("at the limit: %q %v", body, err)
	}
	client.limit--
	want := fmt.Sprintf("more than %d bytes", client.limit)
	if body, err := client.Ask(context.Background()); err == nil || FailureKind(err) != FailedAnswer || !strings.Contains(err.Error(), want) || body != nil {
		t.Errorf("beyond the limit: %d bytes, %v", len(body), err)
	}
}

func TestAServerWithoutPOSTIsAskedWithGET(t *testing.T) {
	for _, status := range []int{http.StatusMethodNotAllowed, http.StatusNotImplemented} {
		var asked []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Form.Get("query")[:14])
			if r.Method == http.MethodPost {
				w.WriteHeader(status)
				return
			}
			io.WriteString(w, answer(healthy("a", "")...))
		}))
		collected, _, err := collect(t, s.URL+"/prom/", "", Node{Name: "a"})
		want := []string{"POST /prom/api/v1/query label_replace(", "GET /prom/api/v1/query label_replace("}
		if err != nil || !reflect.DeepEqual(asked, want) || len(collected.Snapshot().Readings) != 1 {
			t.Errorf("%v %q", err, asked)
		}
		s.Close()
	}
}
