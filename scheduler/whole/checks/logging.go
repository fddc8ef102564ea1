package checks

import (
	"encoding/json"
	"strings"

	"kube-windtunnel/scheduler/whole/stage"
)

var logging = []Check{
	{"json-log", "lint", "with --logging-format=json every line of the log is JSON, and no number is printed as text", func(s *stage.Stage) error {
		run, err := s.Begin(stage.Setup{World: someWorld(), Quiet: true, Args: []string{"--logging-format=json"}})
		if err != nil {
			return err
		}
		defer run.End()
		run.Measured()
		if _, err := run.Bound(stage.Pod("one", "one"), stage.Pod("two", "two")); err != nil {
			return describe(run, err)
		}
		for _, line := range strings.Split(strings.TrimSpace(run.Scheduler.Log()), "\n") {
			if !json.Valid([]byte(line)) || strings.Contains(line, "%!") {
				return stage.Saw("a line of the log: %.300s", line)
			}
		}
		return nil
	}},
}
