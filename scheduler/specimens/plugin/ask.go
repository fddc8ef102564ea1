package plugin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"kube-windtunnel/scheduler/specimens"
)

// workers is how many nodes the scheduler scores at the same time by default.
const workers = 16

// asker sends queries as the published plugin does, with that library and without a way to log in.
type asker struct {
	api     promv1.API
	timeout time.Duration
	vector  func(model.Value) (model.Vector, error)
}

// newAsker makes an asker. An address that is no URL is an error.
func newAsker(set specimens.Set, address string, timeout time.Duration) (*asker, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if !set[specimens.FewIdleConnections] {
		transport.MaxIdleConnsPerHost = 2 * workers
	}
	client, err := api.NewClient(api.Config{Address: address, RoundTripper: transport})
	if err != nil {
		return nil, fmt.Errorf("client for Prometheus: %w", err)
	}
	out := &asker{api: promv1.NewAPI(client), timeout: timeout, vector: checked}
	if set[specimens.NoTimeout] {
		out.timeout = 0
	}
	if set[specimens.UncheckedVector] {
		out.vector = unchecked
	}
	return out, nil
}

// ask returns the rows of the answer. Without a timeout not even the end of the scheduling cycle ends it.
func (a *asker) ask(ctx context.Context, query string) (model.Vector, error) {
	if a.timeout == 0 {
		ctx = context.Background()
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.timeout)
		defer cancel()
	}
	value, _, err := a.api.Query(ctx, query, time.Time{})
	if err != nil {
		return nil, err
	}
	return a.vector(value)
}

func checked(value model.Value) (model.Vector, error) {
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("want a vector, got %T", value)
	}
	return vector, nil
}

func unchecked(value model.Value) (model.Vector, error) { return value.(model.Vector), nil }
