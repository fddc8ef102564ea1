package cluster

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// insecure talks to the schedulers' self-signed certificates on loopback, with a certificate of its own or without.
func insecure(certificate *tls.Certificate) *http.Client {
	config := &tls.Config{InsecureSkipVerify: true}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// Get reads a path that the scheduler serves, as admin.
func (s *Scheduler) Get(path string) (string, error) { return s.GetAs(path, s.cluster.AdminToken()) }

// GetAs reads a path with the bearer token given. An answer other than 200 is an error that holds its status.
func (s *Scheduler) GetAs(path, token string) (string, error) { return s.get(path, token, nil) }

// GetByCertificate reads a path as admin, who is known by a certificate: the scheduler must know the authority that signed it.
func (s *Scheduler) GetByCertificate(path string) (string, error) {
	return s.get(path, "", s.cluster.certificate)
}

func (s *Scheduler) get(path, token string, certificate *tls.Certificate) (string, error) {
	request, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := insecure(certificate).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %.300s", path, response.Status, body)
	}
	return string(body), nil
}

// Metrics is one scrape of a scheduler.
type Metrics map[string]*dto.MetricFamily

// Metrics scrapes /metrics as admin.
func (s *Scheduler) Metrics() (Metrics, error) {
	text, err := s.Get("/metrics")
	if err != nil {
		return nil, err
	}
	return ParseMetrics(text)
}

// ParseMetrics reads the text that /metrics serves.
func ParseMetrics(text string) (Metrics, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(strings.NewReader(text))
}

// Sum adds the values of all series of a metric that have the given labels ("name", "value", ...): of counters and gauges
// the value, of histograms the number of observations. It is false where there is no such series.
func (m Metrics) Sum(name string, labels ...string) (float64, bool) {
	sum, found := 0.0, false
	for _, metric := range m[name].GetMetric() {
		if !carries(metric, labels) {
			continue
		}
		found = true
		sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
	}
	return sum, found
}

func carries(metric *dto.Metric, labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		has := false
		for _, label := range metric.GetLabel() {
			has = has || label.GetName() == labels[i] && label.GetValue() == labels[i+1]
		}
		if !has {
			return false
		}
	}
	return true
}
