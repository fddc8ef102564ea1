package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

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

// errBroken marks a connection that broke while the answer came.
var errBroken = errors.New("the answer broke off")

// refusal is Prometheus, or what stands in front of it, saying no.
type refusal struct {
	// status is the HTTP status; kind and text are Prometheus's errorType and error where the answer had them.
	status     int
	kind, text string
}

// Error gives all three, so that a log shows which part of a query is at fault.
func (r refusal) Error() string {
	parts := []string{fmt.Sprintf("Prometheus answered %d %s", r.status, http.StatusText(r.status))}
	for _, part := range []string{r.kind, r.text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// greatestText bounds how much of a foreign text goes into a message, in bytes.
const greatestText = 1000

// refused makes an error of a bad status: of Prometheus's own words, or of the body that a proxy sent.
func refused(status int, body []byte) error {
	answer, err := unwrap(body)
	if err != nil || answer.ErrorType == "" && answer.Error == "" {
		answer.Error = strings.ToValidUTF8(string(body[:min(len(body), greatestText)]), "")
	}
	return answer.refusal(status)
}

// FailureKind sorts an error of Ask or Decode. What is neither the request's nor the connection's is an answer that could
// not be read.
func FailureKind(err error) string {
	var no refusal
	var request *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return FailedTimeout
	case errors.As(err, &no):
		return FailedStatus
	case errors.As(err, &request), errors.Is(err, errBroken):
		return FailedTransport
	}
	return FailedAnswer
}
