package args

import (
	"encoding/json"
	"time"
)

// Duration is a Go duration such as "2m". One that cannot be read is kept as written, so that validation can name its
// field together with all other problems, instead of decoding stopping at the first without a name.
type Duration struct {
	time.Duration
	// unreadable is the text that is no duration, empty otherwise.
	unreadable string
}

// DurationOf wraps a time.Duration.
func DurationOf(d time.Duration) Duration { return Duration{Duration: d} }

// IsZero tells whether nothing was written.
func (d Duration) IsZero() bool { return d.Duration == 0 && d.unreadable == "" }

// UnmarshalJSON accepts everything that is JSON; see Duration.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		*d = Duration{unreadable: string(raw)}
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		*d = Duration{unreadable: text}
		if text == "" {
			d.unreadable = `""`
		}
		return nil
	}
	*d = Duration{Duration: parsed}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (d Duration) MarshalJSON() ([]byte, error) {
	if d.unreadable != "" {
		return json.Marshal(d.unreadable)
	}
	return json.Marshal(d.Duration.String())
}
