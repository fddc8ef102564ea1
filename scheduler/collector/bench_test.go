package collector

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// prerendered is a server whose own share of a refresh is nil: every answer stands ready.
type prerendered struct{ body func() io.ReadCloser }

// RoundTrip implements http.RoundTripper.
func (p prerendered) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: p.body(), Request: request}, nil
}

// large is the answer for so many nodes with one device each, in the form in which Prometheus writes it, and the nodes.
func large(count int) (string, []Node) {
	rows, nodes := make([]string, 0, 5*count), make([]Node, count)
	for i := range nodes {
		name, instance := fmt.Sprintf("node-%04d", i), fmt.Sprintf("10.%d.%d.1:9100", i/250, i%250)
		nodes[i] = Node{Name: name, InternalIPs: []string{instance[:len(instance)-5]}}
		at := fmt.Sprintf(`,"instance":%q,"device":"eth0"`, instance)
		rows = append(rows, row(seriesReceive, at, fmt.Sprint(float64(i+1)*12345.6789)), row(seriesTransmit, at, fmt.Sprint(float64(i+1)*987.654321)),
			row(seriesSpeed, at, "1250000000"), row(seriesSampled, fmt.Sprintf(`,"instance":%q`, instance), "989.123"), uname(instance, name))
	}
	return answer(rows...), nodes
}

// One refresh for 5,000 nodes without Prometheus's share: request, reading, decoding, pairing, counting. "plain" and "gzip"
// are the two ways in which an answer may come.
func BenchmarkCollector5000(b *testing.B) {
	const count = 5000
	text, nodes := large(count)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	io.WriteString(writer, text)
	writer.Close()
	for _, way := range []struct {
		name string
		body func() io.ReadCloser
	}{
		{"plain", func() io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }},
		{"gzip", func() io.ReadCloser {
			reader, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
			if err != nil {
				b.Fatal(err)
			}
			return reader
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			a := parse(b, "prometheusURL: http://prometheus.invalid:9090")
			client, err := newClient(a, prerendered{way.body})
			if err != nil {
				b.Fatal(err)
			}
			c := New(a, client, known(nodes...), func(Report) {})
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				if err := c.Refresh(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			if got := len(c.Snapshot().Readings); got != count {
				b.Fatalf("%d readings", got)
			}
		})
	}
}
