package stage

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Symptom is what a check saw of a defect. Other errors are trouble of the harness, and say nothing about the subject.
type Symptom struct{ Text string }

// Error implements error.
func (s *Symptom) Error() string { return s.Text }

// Saw makes a Symptom.
func Saw(format string, values ...any) error { return &Symptom{Text: fmt.Sprintf(format, values...)} }

// AsSymptom picks the symptom out of an error.
func AsSymptom(err error) (string, bool) {
	var symptom *Symptom
	if errors.As(err, &symptom) {
		return symptom.Text, true
	}
	return "", false
}

// words are the lines in which a process says why it ends, the most telling first.
var words = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^panic: .*$`),
	regexp.MustCompile(`(?m)^F\d{4} .*$`),
	regexp.MustCompile(`(?m)^.*"command failed".*$`),
	regexp.MustCompile(`(?m)^.*"Observed a panic".*$`),
	regexp.MustCompile(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d .*$`),
}

// LastWords are the line in which the scheduler said why it ended, or else the last line of its log.
func (r *Run) LastWords() string {
	log := r.Scheduler.Log()
	for _, pattern := range words {
		if line := pattern.FindString(log); line != "" {
			return clip(unquoted(line))
		}
	}
	return clip(unquoted(r.Scheduler.Tail(1)))
}

// unquoted shows a message as it was before the log put it in quotes.
func unquoted(line string) string { return strings.ReplaceAll(line, `\"`, `"`) }

// clip keeps a finding readable.
func clip(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 600 {
		return text[:600] + "…"
	}
	return text
}
