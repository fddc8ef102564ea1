// Package promserver is a Prometheus for tests: its own storage and PromQL engine behind the one endpoint that the plugin
// asks, with faults that can be switched on.
//
// It owns HTTP, the faults and the record of what was asked; storage and evaluation are Prometheus's. Departures from the
// real thing: only instant queries of vectors and scalars, always at the server's own clock, which the test sets (the
// parameter time is not read), no histograms, no warnings, and no limits but the engine's.
package promserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
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
	// Scalar answers a number where a vector was asked for.
	Scalar Fault = "scalar"
	// Empty answers that nothing matches, whatever was asked.
	Empty Fault = "empty"
)

// Asked is one query that came.
type Asked struct {
	Query string
	// Status is what the answer began with; 0 as long as there is none.
	Status int
	// Problem is the error that the answer held.
	Problem string
}

// Server answers /api/v1/query from a storage, at the moment that Now gives.
type Server struct {
	Storage storage.Queryable
	Engine  *promql.Engine
	Now     func() time.Time

	mu      sync.Mutex
	fault   Fault
	delay   time.Duration
	asked   []Asked
	samples int64
	total   int64
}

// Set switches a fault on, or off with Healthy, and lets every answer wait for delay.
func (s *Server) Set(fault Fault, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.delay = fault, delay
}

// Queries are the PromQL texts that came, in order.
func (s *Server) Queries() []string {
	var out []string
	for _, asked := range s.Asked() {
		out = append(out, asked.Query)
	}
	return out
}

// Asked are the queries that came, in order.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Samples is the number of samples that the last evaluation read.
func (s *Server) Samples() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples
}

// TotalSamples is the number of samples that all evaluations read.
func (s *Server) TotalSamples() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/query" {
		http.NotFound(w, r)
		return
	}
	query := r.FormValue("query")
	s.mu.Lock()
	number := len(s.asked)
	s.asked = append(s.asked, Asked{Query: query})
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
	default:
		status, problem := s.answer(w, r, query, fault)
		s.mu.Lock()
		s.asked[number].Status, s.asked[number].Problem = status, problem
		s.mu.Unlock()
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, query string, fault Fault) (int, string) {
	switch fault {
	case BadRequest:
		return fail(w, http.StatusBadRequest, "bad_data", "invalid parameter \"query\": parse error")
	case Failing:
		http.Error(w, "upstream connect error", http.StatusInternalServerError)
		return http.StatusInternalServerError, "upstream connect error"
	case Scalar:
		return succeed(w, &model.Scalar{Value: 1, Timestamp: model.TimeFromUnixNano(s.Now().UnixNano())}, false)
	case Empty:
		return succeed(w, model.Vector{}, false)
	}
	evaluation, err := s.Engine.NewInstantQuery(r.Context(), s.Storage, nil, query, s.Now())
	if err != nil {
		return fail(w, http.StatusBadRequest, "bad_data", "invalid parameter \"query\": "+err.Error())
	}
	defer evaluation.Close()
	result := evaluation.Exec(r.Context())
	if result.Err != nil {
		return fail(w, http.StatusUnprocessableEntity, "execution", result.Err.Error())
	}
	s.mu.Lock()
	s.samples = evaluation.Stats().Samples.TotalSamples
	s.total += s.samples
	s.mu.Unlock()
	switch value := result.Value.(type) {
	case promql.Vector:
		return succeed(w, rows(value), fault == Half)
	case promql.Scalar:
		return succeed(w, &model.Scalar{Value: model.SampleValue(value.V), Timestamp: model.Time(value.T)}, fault == Half)
	default:
		return fail(w, http.StatusUnprocessableEntity, "execution", fmt.Sprintf("this server answers no %s", result.Value.Type()))
	}
}

func succeed(w http.ResponseWriter, value model.Value, half bool) (int, string) {
	body, err := json.Marshal(map[string]any{"status": "success", "data": map[string]any{"resultType": value.Type(), "result": value}})
	if err != nil {
		return fail(w, http.StatusInternalServerError, "internal", err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	if half {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		body = body[:len(body)/2]
	}
	w.Write(body)
	return http.StatusOK, ""
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

func fail(w http.ResponseWriter, status int, kind, message string) (int, string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": message})
	return status, message
}
