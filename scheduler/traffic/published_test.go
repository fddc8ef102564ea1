package traffic

import (
	"math"
	"slices"
	"testing"
)

// published is the formula of the published plugin, as its description gives it: the raw number of bytes as an integer,
// then 100 - raw*100/highest. It stands here only to pin, bit for bit, what ours must not do.
func published(raw []int64) []int64 {
	highest := slices.Max(raw)
	scores := make([]int64, len(raw))
	for i, bytes := range raw {
		scores[i] = MaxPoints - bytes*MaxPoints/highest
	}
	return scores
}

// asInt is what amd64 makes of a float that no int64 can hold; arm64 gives 0 for NaN, which scores the same.
func asInt(value float64) int64 {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return math.MinInt64
	}
	return int64(value)
}

func TestScoresAreAbsoluteWherePublishedOnesGoWrong(t *testing.T) {
	const gigabit = 125e6
	nan, inf := math.NaN(), math.Inf(1)
	const unknown = -1
	for _, c := range []struct {
		name      string
		rates     []float64
		published []int64
		ours      []int64
	}{
		{"NaN wins", []float64{nan, 1000, 500}, []int64{100, 0, 50}, []int64{unknown, 100, 100}},
		{"Inf wins", []float64{inf, 1000, 500}, []int64{100, 0, 50}, []int64{unknown, 100, 100}},
		{"overflow", []float64{92233720368547760, 46116860184273880, 1000}, []int64{199, 50, 100}, []int64{0, 0, 100}},
		{"negative", []float64{-5, 100, 50}, []int64{105, 0, 50}, []int64{unknown, 100, 100}},
		{"relative", []float64{1e7, 9999999, 9900001, 1}, []int64{0, 1, 1, 100}, []int64{92, 92, 92, 100}},
		{"noise", []float64{10, 5}, []int64{0, 50}, []int64{100, 100}},
		{"the one published test", []float64{1, 15, 10, 13}, []int64{94, 0, 34, 14}, []int64{100, 100, 100, 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := make([]int64, len(c.rates))
			ours := make([]int64, len(c.rates))
			for i, rate := range c.rates {
				raw[i] = asInt(rate)
				ours[i] = Points(Receive.Used(Link{Load: Load{Receive: rate}, Capacity: gigabit}))
				if math.IsNaN(Receive.Used(Link{Load: Load{Receive: rate}, Capacity: gigabit})) {
					ours[i] = unknown
				}
			}
			if got := published(raw); !slices.Equal(got, c.published) {
				t.Errorf("published formula of %v = %v, want %v", raw, got, c.published)
			}
			if !slices.Equal(ours, c.ours) {
				t.Errorf("ours of %v = %v, want %v", c.rates, ours, c.ours)
			}
		})
	}
}

func TestSummingACounterInvertsWhatTheRateSays(t *testing.T) {
	for _, c := range []struct {
		name      string
		sums      []int64
		published []int64
		rates     []float64
		ours      []int64
	}{
		{"old idle node, new busy node", []int64{2.4e15, 4.338e13}, []int64{0, 99}, []float64{1e6, 1e8}, []int64{99, 20}},
		{"one of two equal nodes lost half its scrapes", []int64{2.396e14, 1.198e14}, []int64{0, 50}, []float64{1e6, 1e6}, []int64{99, 99}},
		{"busy node rebooted, steady node", []int64{1.107e13, 2.357e14}, []int64{96, 0}, []float64{9e8, 1e7}, []int64{28, 99}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := published(c.sums); !slices.Equal(got, c.published) {
				t.Errorf("published formula of %v = %v, want %v", c.sums, got, c.published)
			}
			capacity := 125e6
			if slices.Max(c.rates) > capacity {
				capacity = 1.25e9
			}
			for i, rate := range c.rates {
				if got := Points(Receive.Used(Link{Load: Load{Receive: rate}, Capacity: capacity})); got != c.ours[i] {
					t.Errorf("ours of %v = %d, want %d", rate, got, c.ours[i])
				}
			}
		})
	}
}

func TestAllIdleIsAFullScoreWherePublishedDividesByZero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the published formula should have divided by zero")
		}
	}()
	if got := Points(Max.Used(Link{Capacity: 125e6})); got != MaxPoints {
		t.Errorf("idle link = %d, want %d", got, MaxPoints)
	}
	published([]int64{0, 0})
}
