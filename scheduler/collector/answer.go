package collector

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	jsoniter "github.com/json-iterator/go"
)

// envelope is an answer of Prometheus's HTTP API, with the result of an instant query still unread.
type envelope struct {
	Status    string   `json:"status"`
	ErrorType string   `json:"errorType"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
	Data      struct {
		ResultType string              `json:"resultType"`
		Result     jsoniter.RawMessage `json:"result"`
	} `json:"data"`
}

var exactly = jsoniter.Config{CaseSensitive: true}.Froze()

func unwrap(body []byte) (envelope, error) {
	var a envelope
	if err := exactly.Unmarshal(body, &a); err != nil {
		return envelope{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	return a, nil
}

func (a envelope) refusal(status int) error {
	text := strings.TrimSpace(a.Error)
	return refusal{status: status, kind: a.ErrorType, text: text[:min(len(text), greatestText)]}
}

// sample is one row of the answer: the labels that the query leaves, the value, and when it was evaluated, in Unix seconds.
type sample struct {
	series, instance, node, device, nodename string
	value, evaluated                         float64
}

// rows hands the rows of an answer to take, one after the other, until one is refused; it returns the server's warnings.
// Anything but a vector of samples is refused. The rows are read as they stand, without model.Vector's map for each.
func rows(body []byte, take func(sample) error) ([]string, error) {
	a, err := unwrap(body)
	switch {
	case err != nil:
		return nil, err
	case a.Status == "error":
		return nil, a.refusal(http.StatusOK)
	case a.Status != "success" || a.Data.ResultType != "vector":
		return nil, fmt.Errorf("%w: want success with a vector, got %q with %q", errAnswer, a.Status, a.Data.ResultType)
	}
	in := exactly.BorrowIterator(a.Data.Result)
	defer exactly.ReturnIterator(in)
	if in.WhatIsNext() != jsoniter.ArrayValue {
		return nil, fmt.Errorf("%w: the vector is no list", errAnswer)
	}
	for in.ReadArray() {
		r, err := readRow(in)
		if err == nil {
			err = take(r)
		}
		if err != nil {
			return nil, err
		}
	}
	if in.Error != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, in.Error)
	}
	return a.Warnings, nil
}

func readRow(in *jsoniter.Iterator) (sample, error) {
	var r sample
	valued := false
	in.ReadObjectCB(func(_ *jsoniter.Iterator, field string) bool {
		switch field {
		case "metric":
			in.ReadMapCB(r.readLabel)
		case "value":
			r.readValue(in)
			valued = true
		default:
			in.Skip()
		}
		return in.Error == nil
	})
	switch {
	case in.Error != nil:
		return sample{}, fmt.Errorf("%w: %w", errAnswer, in.Error)
	case !valued:
		return sample{}, fmt.Errorf("%w: a row without a value", errAnswer)
	}
	return r, nil
}

func (r *sample) readLabel(in *jsoniter.Iterator, label string) bool {
	value := in.ReadString()
	switch label {
	case seriesLabel:
		r.series = value
	case "instance":
		r.instance = value
	case "node":
		r.node = value
	case "device":
		r.device = value
	case "nodename":
		r.nodename = value
	}
	return in.Error == nil
}

// readValue reads [1435781451.781, "1"]: a moment as a number and a value as text, which may be NaN or infinite.
func (r *sample) readValue(in *jsoniter.Iterator) {
	if !in.ReadArray() {
		in.ReportError("value", "want a moment and a number")
		return
	}
	r.evaluated = in.ReadFloat64()
	if !in.ReadArray() {
		in.ReportError("value", "want a number after the moment")
		return
	}
	text := in.ReadString()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		in.ReportError("value", err.Error())
		return
	}
	r.value = value
	if in.ReadArray() {
		in.ReportError("value", "more than a moment and a number")
	}
}
