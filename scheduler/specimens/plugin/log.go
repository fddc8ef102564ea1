package plugin

import (
	"fmt"
	"io"
	"time"

	"k8s.io/klog/v2"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/specimens"
)

// logger writes as the scheduler does, or to out as if the scheduler had no log.
type logger struct {
	klog.Logger
	out io.Writer
}

func newLogger(set specimens.Set, base klog.Logger, out io.Writer) *logger {
	l := &logger{Logger: base.WithName(args.Name)}
	if set[specimens.OtherKlog] {
		l.out = out
	}
	return l
}

// own writes one line in the format of a log that knows neither --v nor --logging-format. Its verbs are not checked: that
// one of them does not fit is the defect.
func (l *logger) own(format string, values ...any) {
	fmt.Fprintf(l.out, "I"+time.Now().Format("0102 15:04:05.000000")+"       1 networktraffic.go:1] "+format+"\n", values...)
}

func (l *logger) start(shown string) {
	if l.out != nil {
		l.own("[NetworkTraffic] args received. NetworkTrafficArgs: %s", shown)
		return
	}
	l.Info("Arguments of the specimen", "args", shown)
}

func (l *logger) query(text string) {
	if l.out != nil {
		l.own("query %s", text)
		return
	}
	l.V(6).Info("The query", "query", text)
}

// bandwidth notes a node's raw number: as text, in a log of its own.
func (l *logger) bandwidth(node string, raw int64) {
	if l.out != nil {
		l.own("[NetworkTraffic] node %s bandwidth: %s", node, raw)
		return
	}
	l.V(6).Info("Scored", "node", node, "raw", raw)
}

// dump notes all scores at the default verbosity.
func (l *logger) dump(nodes []string, scores []int64) {
	if l.out != nil {
		l.own("[NetworkTraffic] scores: %v %v", nodes, scores)
		return
	}
	l.Info("Scores", "nodes", nodes, "scores", scores)
}

func (l *logger) failed(err error) { l.Error(err, "Prometheus did not answer") }

func (l *logger) debug(what string, value any) { l.V(6).Info("Looked", "at", what, "value", value) }
