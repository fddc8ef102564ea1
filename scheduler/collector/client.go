package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/args"
)

// Client sends the one query. It gives up after the configured timeout, whatever the server does.
type Client struct {
	api     promv1.API
	query   string
	timeout time.Duration
}

// NewClient builds the client of valid arguments. Tokens, passwords and certificates are read from their files when they
// are used, so a file that does not exist yet is an error of the query, not of the start; only a CA file must exist.
func NewClient(a *args.Args) (*Client, error) {
	settings := config.DefaultHTTPClientConfig
	settings.TLSConfig = config.TLSConfig{CAFile: a.Auth.CAFile, CertFile: a.Auth.CertFile, KeyFile: a.Auth.KeyFile}
	if a.Auth.BearerTokenFile != "" {
		settings.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: a.Auth.BearerTokenFile}
	}
	if basic := a.Auth.Basic; basic != nil {
		settings.BasicAuth = &config.BasicAuth{Username: basic.Username, PasswordFile: basic.PasswordFile}
	}
	transport, err := config.NewRoundTripperFromConfig(settings, args.Name)
	if err != nil {
		return nil, fmt.Errorf("client for Prometheus: %w", err)
	}
	client, err := api.NewClient(api.Config{Address: a.PrometheusURL, RoundTripper: withHeaders{headers: a.Auth.Headers, next: transport}})
	if err != nil {
		return nil, fmt.Errorf("client for Prometheus: %w", err)
	}
	return &Client{api: promv1.NewAPI(client), query: Query(a), timeout: a.Timeout.Duration}, nil
}

// Ask sends the query once and returns the answer, with the server's warnings. Prometheus evaluates at its own present, so
// that the two clocks need not agree.
func (c *Client) Ask(ctx context.Context) (model.Value, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	value, warnings, err := c.api.Query(ctx, c.query, time.Time{})
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		err = fmt.Errorf("no answer within %s: %w", c.timeout, context.DeadlineExceeded)
	}
	return value, warnings, err
}

// The kinds of failed queries, as the metric of query errors counts them.
const (
	FailedTimeout   = "timeout"
	FailedTransport = "transport"
	FailedStatus    = "status"
	FailedAnswer    = "answer"
)

// FailureKinds lists them all.
var FailureKinds = []string{FailedTimeout, FailedTransport, FailedStatus, FailedAnswer}

// errAnswer marks an answer that came and is not what was asked for.
var errAnswer = errors.New("not the answer to the query")

// FailureKind sorts an error of Ask or Decode. What is neither the request's nor the connection's is an answer that could
// not be read.
func FailureKind(err error) string {
	var status *promv1.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return FailedTimeout
	case errors.As(err, &status) && status.Type == promv1.ErrBadResponse:
		return FailedAnswer
	case errors.As(err, &status):
		return FailedStatus
	}
	var request *url.Error
	if errors.As(err, &request) || errors.Is(err, io.ErrUnexpectedEOF) {
		return FailedTransport
	}
	return FailedAnswer
}

// withHeaders adds the configured headers to each request.
type withHeaders struct {
	headers map[string]string
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w withHeaders) RoundTrip(request *http.Request) (*http.Response, error) {
	if len(w.headers) > 0 {
		request = request.Clone(request.Context())
		for name, value := range w.headers {
			request.Header.Set(name, value)
		}
	}
	return w.next.RoundTrip(request)
}
