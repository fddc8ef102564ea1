package collector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/config"

	"kube-windtunnel/scheduler/args"
)

// Client sends the one query. It gives up after the configured timeout, whatever the server does.
type Client struct {
	http http.Client
	// url takes no query of its own, which args sees to; form is the query, encoded.
	url, form string
	timeout   time.Duration
	// limit is the greatest answer that is read, in bytes after decompression.
	limit int64
}

// greatestAnswer is some 900,000 rows of 140 bytes; 5,000 nodes with one device each answer with 25,000.
const greatestAnswer = 128 << 20

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
	return newClient(a, withHeaders{headers: a.Auth.Headers, next: transport})
}

func newClient(a *args.Args, transport http.RoundTripper) (*Client, error) {
	base, err := url.Parse(a.PrometheusURL)
	if err != nil {
		return nil, fmt.Errorf("client for Prometheus: %w", err)
	}
	return &Client{
		http: http.Client{Transport: transport}, url: base.JoinPath("api/v1/query").String(), form: url.Values{"query": {Query(a)}}.Encode(),
		timeout: a.Timeout.Duration, limit: greatestAnswer,
	}, nil
}

// Ask sends the query once and returns the body of the answer, unread. Prometheus evaluates at its own present, so that
// the two clocks need not agree. A server that takes no POST is asked with GET.
func (c *Client) Ask(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	status, body, err := c.send(ctx, http.MethodPost)
	if err == nil && (status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented) {
		status, body, err = c.send(ctx, http.MethodGet)
	}
	switch {
	case err != nil && ctx.Err() == context.DeadlineExceeded:
		return nil, fmt.Errorf("no answer within %s: %w", c.timeout, context.DeadlineExceeded)
	case err != nil:
		return nil, err
	case status/100 != 2:
		return nil, refused(status, body)
	}
	return body, nil
}

func (c *Client) send(ctx context.Context, method string) (int, []byte, error) {
	request, err := c.request(ctx, method)
	if err != nil {
		return 0, nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, c.limit+1))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	if int64(len(body)) > c.limit {
		return 0, nil, fmt.Errorf("%w: more than %d bytes", errAnswer, c.limit)
	}
	return response.StatusCode, body, nil
}

func (c *Client) request(ctx context.Context, method string) (*http.Request, error) {
	if method == http.MethodGet {
		return http.NewRequestWithContext(ctx, method, c.url+"?"+c.form, nil)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url, strings.NewReader(c.form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// A query changes nothing, so it may be sent again where a kept connection turns out closed; nil keeps it off the wire.
	request.Header["Idempotency-Key"] = nil
	return request, nil
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
