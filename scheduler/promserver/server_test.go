package promserver

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

func TestScalarsAreAnsweredAndTheRestIsRefusedInItsOwnWords(t *testing.T) {
	server, url := load(t, "a 1+1x40")
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query string) model.Value {
		value, _, _ := promv1.NewAPI(client).Query(context.Background(), query, time.Now())
		return value
	}
	if value, ok := ask("scalar(a)").(*model.Scalar); !ok || value.Value != 41 {
		t.Errorf("scalar(a) = %v", value)
	}
	ask("a[1m]")
	ask("a[1ss]")
	server.Set(Empty, 0)
	if value, ok := ask("a").(model.Vector); !ok || len(value) != 0 {
		t.Errorf("nothing = %v", value)
	}
	asked := server.Asked()
	if len(asked) != 4 {
		t.Fatalf("%+v", asked)
	}
	for i, want := range []Asked{
		{"scalar(a)", http.StatusOK, ""},
		{"a[1m]", http.StatusUnprocessableEntity, "this server answers no matrix"},
		{"a[1ss]", http.StatusBadRequest, `invalid parameter "query": 1:3: parse error: unknown unit "ss" in duration "1ss"`},
		{"a", http.StatusOK, ""},
	} {
		if asked[i] != want {
			t.Errorf("%+v, want %+v", asked[i], want)
		}
	}
	if server.TotalSamples() != 5 {
		t.Errorf("%d samples", server.TotalSamples())
	}
}

func TestConnectionsAreCountedAndLoadRefusesWhatItCannotRead(t *testing.T) {
	listening, err := Listen(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	for range 3 {
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(listening.URL)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if listening.Connections() != 3 {
		t.Errorf("%d connections", listening.Connections())
	}
	if _, _, err := Load(0, "a{ 1"); err == nil {
		t.Error("loaded what is no series")
	}
}
