package specimen

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/k8s134/onward/adapter"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/plugin"
)

// Register makes the plugin's arguments a kind of the configuration, as the plugin's own scheduler does; not where the
// set decodes them in the published way, from what a scheme leaves raw.
func Register(set specimens.Set) error {
	if !plugin.Typed(set) {
		return nil
	}
	return adapter.Register()
}

// Factory makes a generation's plugins with the defects that are in the set when they are built.
type Factory func(set *specimens.Set) frameworkruntime.PluginFactory

// NewCommand is kube-scheduler with the plugin, and with flags that choose its defects.
func NewCommand(factory Factory) *cobra.Command {
	set, list := specimens.Set{}, ""
	chosen := setValue{set: &set}
	command := app.NewSchedulerCommand(app.WithPlugin(args.Name, factory(&set)))
	command.Flags().Var(&chosen, "specimens", "Defects of network_traffic to switch on, separated by commas; also profiles. None by default.")
	command.Flags().StringVar(&list, "list-specimens", "", "Print the defects and profiles, as a table or with =json, and exit.")
	command.Flags().Lookup("list-specimens").NoOptDefVal = "table"
	run := command.RunE
	command.RunE = func(c *cobra.Command, rest []string) error {
		if list != "" {
			return show(c.OutOrStdout(), list)
		}
		if chosen.refused != nil {
			return chosen.refused
		}
		if err := Register(set); err != nil {
			return err
		}
		return run(c, rest)
	}
	return command
}

func show(w io.Writer, format string) error {
	switch format {
	case "table":
		return specimens.Table(w)
	case "json":
		return specimens.JSON(w)
	}
	return fmt.Errorf("--list-specimens: want table or json, got %q", format)
}

// setValue is a set as a flag. An unknown name is refused when the command runs, because what refuses a flag prints all
// of kube-scheduler's flags first.
type setValue struct {
	set     *specimens.Set
	refused error
}

// Set adds to what was given before.
func (v *setValue) Set(text string) error {
	more, err := specimens.Parse(text)
	for name := range more {
		(*v.set)[name] = true
	}
	if v.refused == nil {
		v.refused = err
	}
	return nil
}

// String is what Set reads.
func (v *setValue) String() string {
	if v.set == nil {
		return ""
	}
	return v.set.String()
}

// Type is shown in the help.
func (v *setValue) Type() string { return "names" }
