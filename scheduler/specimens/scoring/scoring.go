// Package scoring is the published plugin's arithmetic, each of its mistakes by itself: raw integers to scores relative to
// the highest. It knows neither Kubernetes nor Prometheus.
package scoring

import (
	"math"
	"slices"
)

// maxPoints is the highest score that the framework allows.
const maxPoints = 100

// Rule says which mistakes are made. The zero Rule is 100 - raw*100/highest with every guard.
type Rule struct {
	// DivideByZero: no guard where the highest is 0. It panics.
	DivideByZero bool
	// Wrap: raw*100 wraps around in 64 bits.
	Wrap bool
	// MinusAFraction is 100 - (raw - 100/highest).
	MinusAFraction bool
}

// Raw is what amd64 makes of a float: the integer part, or the lowest number for what no int64 can hold. (arm64 gives 0 for
// NaN, which scores the same: in 64 bits a hundred times the lowest number is 0, too.)
func Raw(value float64) int64 {
	if math.IsNaN(value) || value >= math.MaxInt64 || value < math.MinInt64 {
		return math.MinInt64
	}
	return int64(value)
}

// Normalize turns raw numbers into scores, which may lie outside of 0 to 100.
func (r Rule) Normalize(raw []int64) []int64 {
	if len(raw) == 0 {
		return nil
	}
	highest := slices.Max(raw)
	if highest <= 0 && !r.DivideByZero {
		highest = 1
	}
	scores := make([]int64, len(raw))
	for i, number := range raw {
		if r.MinusAFraction {
			scores[i] = maxPoints - (number - maxPoints/highest)
			continue
		}
		scores[i] = maxPoints - r.share(number, highest)
	}
	return scores
}

// share is number's percentage of the highest. Numbers too high for a hundredfold are divided first, unless Wrap.
func (r Rule) share(number, highest int64) int64 {
	if number > math.MaxInt64/maxPoints && !r.Wrap {
		return int64(float64(number) / float64(highest) * maxPoints)
	}
	return number * maxPoints / highest
}
