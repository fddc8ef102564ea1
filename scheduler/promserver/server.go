// Package promserver is a Prometheus for tests: its own storage and PromQL engine behind the one endpoint that the plugin
// asks, with faults that can be switched on.
//
// It owns HTTP and the faults; storage and evaluation are Prometheus's. Departures from the real thing: only instant
// queries, no histograms, no warnings, a clock that the test may set, and no limits but the engine's.
package promserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// Fault is a way to fail.
type Fault string

const (
	// Healthy answers.
	Healthy Fault = ""
	// Hang accepts the request and never answers.
	Hang Fault = "hang"
	// Refuse closes the connection without an answer.
	Refuse Fault = "refuse"
	// BadRequest answers 400 as Prometheus does for a query that it cannot parse.
	BadRequest Fault = "400"
	// Failing answers 500 without JSON, as a proxy in front would.
	Failing Fault = "500"
	// Half stops in the middle of the answer.
	Half Fault = "half"
)

// Server answers /api/v1/query from a storage, at the moment that Now gives.
type Server struct {
	Storage storage.Queryable
	Engine  *promql.Engine
	Now     func() time.Time

	mu      sync.Mutex
	fault   Fault
	delay   time.Duration
	queries []string
	samples int64
}

// Set switches a fault on, or off with Healthy, and lets every answer wait for delay.
func (s *Server) Set(fault Fault, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.delay = fault, delay
}

// Queries are the PromQL texts that came, in order.
func (s *Server) Queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.queries...)
}

// Samples is the number of samples that the last evaluation read.
func (s *Server) Samples() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/query" {
		http.NotFound(w, r)
		return
	}
	query := r.FormValue("query")
	s.mu.Lock()
	s.queries = append(s.queries, query)
	fault, delay := s.fault, s.delay
	s.mu.Unlock()
	select {
	case <-r.Context().Done():
		return
	case <-time.After(delay):
	}
	switch fault {
	case Hang:
		<-r.Context().Done()
	case Refuse:
		panic(http.ErrAbortHandler)
	case BadRequest:
		fail(w, http.StatusBadRequest, "bad_data", "invalid parameter \"query\": parse error")
	case Failing:
		http.Error(w, "upstream connect error", http.StatusInternalServerError)
	default:
		s.answer(w, r, query, fault == Half)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, query string, half bool) {
	evaluation, err := s.Engine.NewInstantQuery(r.Context(), s.Storage, nil, query, s.Now())
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_data", err.Error())
		return
	}
	defer evaluation.Close()
	result := evaluation.Exec(r.Context())
	if result.Err != nil {
		fail(w, http.StatusUnprocessableEntity, "execution", result.Err.Error())
		return
	}
	s.mu.Lock()
	s.samples = evaluation.Stats().Samples.TotalSamples
	s.mu.Unlock()
	vector, err := result.Vector()
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, "execution", err.Error())
		return
	}
	body, err := json.Marshal(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": rows(vector)}})
	if err != nil {
		fail(w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if half {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		body = body[:len(body)/2]
	}
	w.Write(body)
}

func rows(vector promql.Vector) model.Vector {
	out := make(model.Vector, 0, len(vector))
	for _, sample := range vector {
		metric := model.Metric{}
		sample.Metric.Range(func(l labels.Label) { metric[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
		out = append(out, &model.Sample{Metric: metric, Value: model.SampleValue(sample.F), Timestamp: model.Time(sample.T)})
	}
	return out
}

func fail(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": message})
}
