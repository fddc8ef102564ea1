package scoring

import (
	"math"
	"slices"
	"testing"
)

// asPublished makes every mistake of the published formula.
var asPublished = Rule{DivideByZero: true, Wrap: true}

func raws(values []float64) []int64 {
	raw := make([]int64, len(values))
	for i, value := range values {
		raw[i] = Raw(value)
	}
	return raw
}

// The numbers were had by running the formula apart from this code.
func TestThePublishedFormulaBitForBit(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name   string
		values []float64
		want   []int64
	}{
		{"the one published test", []float64{1, 15, 10, 13}, []int64{94, 0, 34, 14}},
		{"NaN wins", []float64{nan, 1000, 500}, []int64{100, 0, 50}},
		{"Inf wins", []float64{inf, 1000, 500}, []int64{100, 0, 50}},
		{"overflow", []float64{92233720368547760, 46116860184273880, 1000}, []int64{199, 50, 100}},
		{"negative", []float64{-5, 100, 50}, []int64{105, 0, 50}},
		{"relative", []float64{1e7, 9999999, 9900001, 1}, []int64{0, 1, 1, 100}},
		{"noise", []float64{10, 5}, []int64{0, 50}},
		{"R12: old idle node, new busy node", []float64{2.4e15, 4.338e13}, []int64{0, 99}},
		{"R13: one of two equal nodes lost half its scrapes", []float64{2.396e14, 1.198e14}, []int64{0, 50}},
		{"R14: busy node rebooted, steady node", []float64{1.107e13, 2.357e14}, []int64{96, 0}},
	} {
		if got := asPublished.Normalize(raws(c.values)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v = %v, want %v", c.name, c.values, got, c.want)
		}
	}
}

func TestAllIdleDividesByZero(t *testing.T) {
	defer func() {
		if err, ok := recover().(error); !ok || err.Error() != "runtime error: integer divide by zero" {
			t.Errorf("recovered %v", err)
		}
	}()
	asPublished.Normalize([]int64{0, 0})
}

func TestEachMistakeIsOneByItself(t *testing.T) {
	for _, c := range []struct {
		name      string
		rule      Rule
		raw, want []int64
	}{
		{"guarded: all idle", Rule{}, []int64{0, 0}, []int64{100, 100}},
		{"guarded: overflow", Rule{}, []int64{92233720368547760, 46116860184273880, 1000}, []int64{0, 50, 100}},
		{"guarded: the same as published", Rule{}, []int64{1, 15, 10, 13}, []int64{94, 0, 34, 14}},
		{"guarded: nobody", Rule{}, nil, nil},
		{"NaN wins without a wrap, too", Rule{}, []int64{Raw(math.NaN()), 1000, 500}, []int64{100, 0, 50}},
		{"only NaN", Rule{}, []int64{Raw(math.NaN())}, []int64{100}},
		{"wrap: all idle is guarded", Rule{Wrap: true}, []int64{0, 0}, []int64{100, 100}},
		{"wrap", Rule{Wrap: true}, []int64{92233720368547760, 46116860184273880, 1000}, []int64{199, 50, 100}},
		{"divide: overflow is guarded", Rule{DivideByZero: true}, []int64{92233720368547760, 1000}, []int64{0, 100}},
		{"minus a fraction", Rule{MinusAFraction: true}, []int64{1000, 50, 10}, []int64{-900, 50, 90}},
		{"minus a fraction, small numbers", Rule{MinusAFraction: true}, []int64{4, 2}, []int64{121, 123}},
	} {
		if got := c.rule.Normalize(c.raw); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v = %v, want %v", c.name, c.raw, got, c.want)
		}
	}
}
