package plugin

import (
	"strings"
	"testing"

	"kube-windtunnel/scheduler/specimens"
)

// The outer layers have their messages in args_test.go; these need a query.
func TestTheLayersThatAQueryShows(t *testing.T) {
	refuse := serve(t, func(query string) string {
		if strings.Contains(query, "ss]") || strings.Contains(query, "[eth0") {
			return "400 parse error: bad duration in " + query
		}
		return `{"resultType":"vector","result":[{"metric":{"nodename":"a"},"value":[1000,"5"]}]}`
	})
	right := yaml(`{"ip":"` + refuse.URL + `","deviceName":"eth0","timeRange":60}`)
	for _, c := range []struct {
		mended int
		object any
		want   string
	}{
		{3, nil, `Post "/api/v1/query": unsupported protocol scheme ""`},
		{6, yaml(publishedArguments), `unsupported protocol scheme "prometheus.kube-system"`},
		{7, right, `bad_data: parse error: bad duration in sum_over_time(node_network_receive_bytes_total{device="a"}[eth0s]) * on(instance) group_left(nodename) (node_uname_info{nodename="1h0m0s"})`},
		{8, right, `[1h0m0ss]`},
		{9, right, "0"},
	} {
		left, _ := specimens.Mended(c.mended)
		o, err := tryAny(t, left.String(), named("a"), c.object)
		if err != nil {
			t.Fatalf("layer %d: %v", c.mended+1, err)
		}
		got := o.verdicts()
		if text := got[""] + got["a"]; !strings.Contains(text, c.want) {
			t.Errorf("%d layers mended: %v, want %s", c.mended, got, c.want)
		}
	}
}

// The log of the published plugin shows the query as it should have been.
func TestTheLogShowsAQueryThatIsNotSent(t *testing.T) {
	p := serve(t, func(string) string { return "400 no" })
	o, err := try(t, "argument-order,other-klog", named("a"), yaml(`{"ip":"`+p.URL+`","deviceName":"eth0","timeRange":60}`))
	if err != nil {
		t.Fatal(err)
	}
	o.verdicts()
	const said = `{device="eth0"}[1h0m0s]) * on(instance) group_left(nodename) (node_uname_info{nodename="a"})`
	if asked := p.asked(); len(asked) != 1 || strings.Contains(asked[0], said) || !strings.Contains(o.log.String(), said) {
		t.Errorf("asked %q, said %s", asked, o.log)
	}
}
