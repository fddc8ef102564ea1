package traffic

import (
	"math"
	"slices"
	"testing"
)

// The rates are those of the published formula's mistakes; what it makes of them is in specimens/scoring.
func TestScoresAreAbsolute(t *testing.T) {
	const gigabit = 125e6
	const unknown = -1
	for _, c := range []struct {
		name  string
		rates []float64
		want  []int64
	}{
		{"NaN", []float64{math.NaN(), 1000, 500}, []int64{unknown, 100, 100}},
		{"Inf", []float64{math.Inf(1), 1000, 500}, []int64{unknown, 100, 100}},
		{"what overflows integers", []float64{92233720368547760, 46116860184273880, 1000}, []int64{0, 0, 100}},
		{"negative", []float64{-5, 100, 50}, []int64{unknown, 100, 100}},
		{"nearly equal", []float64{1e7, 9999999, 9900001, 1}, []int64{92, 92, 92, 100}},
		{"noise", []float64{10, 5}, []int64{100, 100}},
		{"the one published test", []float64{1, 15, 10, 13}, []int64{100, 100, 100, 100}},
		{"all idle", []float64{0, 0}, []int64{100, 100}},
	} {
		got := make([]int64, len(c.rates))
		for i, rate := range c.rates {
			used := Receive.Used(Link{Load: Load{Receive: rate}, Capacity: gigabit})
			got[i] = Points(used)
			if math.IsNaN(used) {
				got[i] = unknown
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v = %v, want %v", c.name, c.rates, got, c.want)
		}
	}
}

func TestTheRateDecidesAndNotTheSumOfACounter(t *testing.T) {
	for _, c := range []struct {
		name     string
		rates    []float64
		capacity float64
		want     []int64
	}{
		{"old idle node, new busy node", []float64{1e6, 1e8}, 125e6, []int64{99, 20}},
		{"one of two equal nodes lost half its scrapes", []float64{1e6, 1e6}, 125e6, []int64{99, 99}},
		{"busy node rebooted, steady node", []float64{9e8, 1e7}, 1.25e9, []int64{28, 99}},
	} {
		for i, rate := range c.rates {
			if got := Points(Receive.Used(Link{Load: Load{Receive: rate}, Capacity: c.capacity})); got != c.want[i] {
				t.Errorf("%s: %v = %d, want %d", c.name, rate, got, c.want[i])
			}
		}
	}
}
