package promserver

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/teststorage"
)

const (
	// Scrape is the time between two samples of a loaded series.
	Scrape = 15 * time.Second
	// Lookback is how far the engine looks back for a sample, as in Prometheus by default.
	Lookback = 5 * time.Minute
	// maxSamples is what one query may hold in memory, as in Prometheus by default.
	maxSamples = 50_000_000
)

// Load fills a new storage with series in promtool's notation, one sample every Scrape from the Unix epoch on, and puts a
// server before it whose clock stands at the given time after the epoch. The function that comes back closes the storage.
func Load(at time.Duration, series ...string) (*Server, func() error, error) {
	storage, err := teststorage.NewWithError()
	if err != nil {
		return nil, nil, err
	}
	appender := storage.Appender(context.Background())
	for _, text := range series {
		metric, values, err := parser.ParseSeriesDesc(text)
		if err != nil {
			storage.Close()
			return nil, nil, fmt.Errorf("%s: %w", text, err)
		}
		for i, value := range values {
			if value.Omitted {
				continue
			}
			if _, err := appender.Append(0, metric, int64(i)*Scrape.Milliseconds(), value.Value); err != nil {
				storage.Close()
				return nil, nil, fmt.Errorf("%s: %w", text, err)
			}
		}
	}
	if err := appender.Commit(); err != nil {
		storage.Close()
		return nil, nil, err
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: maxSamples, Timeout: 2 * time.Minute, LookbackDelta: Lookback, EnableAtModifier: true, EnableNegativeOffset: true})
	server := &Server{Storage: storage, Engine: engine, Now: func() time.Time { return time.Unix(0, 0).Add(at) }}
	return server, storage.Close, nil
}
