package args

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"sort"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Auto stands for the speed that the exporter reports.
const Auto = "auto"

// Others is the key of a capacity map that stands for all nodes without a key of their own.
const Others = "*"

// LinkCapacity is "auto", a rate, or a map from node names to either. Exactly one of the two fields is set.
type LinkCapacity struct {
	All    string
	ByNode map[string]string
}

// UnmarshalJSON reads a string or a map of strings; what the strings say is for validation.
func (c *LinkCapacity) UnmarshalJSON(raw []byte) error {
	*c = LinkCapacity{}
	if json.Unmarshal(raw, &c.All) == nil {
		return nil
	}
	if err := json.Unmarshal(raw, &c.ByNode); err != nil {
		return fmt.Errorf(`linkCapacity: want "auto", a rate such as "10Gbps", or a map from node names to these; got %s`, raw)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (c LinkCapacity) MarshalJSON() ([]byte, error) {
	if c.ByNode != nil {
		return json.Marshal(c.ByNode)
	}
	return json.Marshal(c.All)
}

// Of is the configured capacity of the node's links in bytes per second; false where the exporter's speed counts.
// The capacity must be valid.
func (c *LinkCapacity) Of(node string) (float64, bool) {
	text := c.All
	if c.ByNode != nil {
		var ok bool
		if text, ok = c.ByNode[node]; !ok {
			text = c.ByNode[Others]
		}
	}
	if text == "" || text == Auto {
		return 0, false
	}
	rate, ok := ParseRate(text)
	return rate, ok
}

// NeedsSpeed tells whether the exporter's speed counts for any node.
func (c *LinkCapacity) NeedsSpeed() bool {
	if c.ByNode == nil {
		return c.All == Auto
	}
	if others, ok := c.ByNode[Others]; !ok || others == Auto {
		return true
	}
	for _, text := range c.ByNode {
		if text == Auto {
			return true
		}
	}
	return false
}

var ratePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(bps|Kbps|Mbps|Gbps)$`)

var rateUnits = map[string]float64{"bps": 1, "Kbps": 1e3, "Mbps": 1e6, "Gbps": 1e9}

// ParseRate reads decimal bits per second, as scenarios write them ("900Mbps"), and returns bytes per second.
func ParseRate(text string) (float64, bool) {
	match := ratePattern.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	number, err := strconv.ParseFloat(match[1], 64)
	rate := number * rateUnits[match[2]] / 8
	return rate, err == nil && !math.IsInf(rate, 0)
}

const wantRate = "want a number with bps, Kbps, Mbps or Gbps, such as 10Gbps"

func validateCapacity(path *field.Path, capacity *LinkCapacity) field.ErrorList {
	if capacity.ByNode == nil {
		return validateOneCapacity(path, capacity.All)
	}
	names := make([]string, 0, len(capacity.ByNode))
	for name := range capacity.ByNode {
		names = append(names, name)
	}
	sort.Strings(names)
	var problems field.ErrorList
	for _, name := range names {
		problems = append(problems, validateOneCapacity(path.Key(name), capacity.ByNode[name])...)
	}
	return problems
}

func validateOneCapacity(path *field.Path, text string) field.ErrorList {
	if text == Auto {
		return nil
	}
	rate, ok := ParseRate(text)
	if !ok {
		return field.ErrorList{field.Invalid(path, text, wantRate+", or auto")}
	}
	if rate <= 0 {
		return field.ErrorList{field.Invalid(path, text, "a link's capacity is more than 0")}
	}
	return nil
}
