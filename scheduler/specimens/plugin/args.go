package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"kube-windtunnel/scheduler/args"
	"kube-windtunnel/scheduler/specimens"
)

// NetworkTrafficArgs are the published arguments, under the names that the published configuration does not use.
type NetworkTrafficArgs struct {
	IP         string `json:"ip"`
	DeviceName string `json:"device_name"`
	// TimeRange is in minutes.
	TimeRange int `json:"time_range"`
}

// publishedDecoding are the switches for which arguments must not be typed: a scheme that knows the kind decodes them
// itself, and rightly.
var publishedDecoding = []specimens.Switch{specimens.SilentArgs, specimens.DecodeByValue, specimens.SnakeCaseTags}

// Typed tells whether the scheduler's scheme is to know the plugin's arguments.
func Typed(set specimens.Set) bool { return !set.Any(publishedDecoding...) }

// arguments are what the plugin works with, and what it says of them.
type arguments struct {
	*args.Args
	// device is the one device of the published query, verbatim; eth0 where today's arguments name none.
	device string
	shown  string
}

// decode turns what the framework hands over into arguments, with the set's mistakes.
func decode(set specimens.Set, object runtime.Object) (arguments, error) {
	if object == nil && set[specimens.SilentArgs] {
		return ofPublished(NetworkTrafficArgs{}), nil
	}
	if object == nil || !set.Any(specimens.DecodeByValue, specimens.SnakeCaseTags) {
		return ofToday(set, object)
	}
	unknown, ok := object.(*runtime.Unknown)
	if !ok {
		return arguments{}, fmt.Errorf("want args of type runtime.Unknown, got %T", object)
	}
	published := NetworkTrafficArgs{}
	var into any = &published
	if set[specimens.DecodeByValue] {
		into = published
	}
	if err := json.Unmarshal(unknown.Raw, into); err != nil {
		return arguments{}, err
	}
	out := ofPublished(published)
	return out, refused(set, args.Validate(&args.Args{PrometheusURL: published.IP, LinkCapacity: out.LinkCapacity}), "prometheusURL")
}

// ofPublished are published arguments as they are: an empty device matches none, a range of 0 is 0.
func ofPublished(published NetworkTrafficArgs) arguments {
	a := &args.Args{PrometheusURL: published.IP}
	args.Default(a)
	a.Device = regexp.QuoteMeta(published.DeviceName)
	a.Window = args.DurationOf(time.Duration(published.TimeRange) * time.Minute)
	return arguments{Args: a, device: published.DeviceName, shown: fmt.Sprintf("%+v", published)}
}

// ofToday reads as the plugin does, and forgives an address where the set does.
func ofToday(set specimens.Set, object runtime.Object) (arguments, error) {
	if !set[specimens.AnyAddress] {
		a, err := args.From(object)
		if err != nil {
			return arguments{}, err
		}
		return shown(a), nil
	}
	var a *args.Args
	switch typed := object.(type) {
	case *args.Args:
		a = typed.DeepCopy()
	case *runtime.Unknown:
		decoded, err := args.Decode(typed.Raw)
		if err != nil {
			return arguments{}, err
		}
		a = decoded
	default:
		_, err := args.From(object)
		return arguments{}, err
	}
	args.Default(a)
	return shown(a), refused(set, args.Validate(a), "")
}

func shown(a *args.Args) arguments {
	out := arguments{Args: a, device: a.DeviceName, shown: a.String()}
	if out.device == "" {
		out.device = "eth0"
	}
	if a.IP != "" {
		published := NetworkTrafficArgs{IP: a.IP, DeviceName: a.DeviceName}
		if a.TimeRange != nil {
			published.TimeRange = int(*a.TimeRange)
		}
		out.shown = fmt.Sprintf("%+v", published)
	}
	return out
}

// refused is what validation says and the set does not forgive; of one field alone where only is given.
func refused(set specimens.Set, problems field.ErrorList, only string) error {
	problems = slices.DeleteFunc(problems, func(problem *field.Error) bool {
		address := problem.Field == "ip" || problem.Field == "prometheusURL"
		forgiven := problem.Type == field.ErrorTypeInvalid && set[specimens.AnyAddress] || problem.Type == field.ErrorTypeRequired && set[specimens.SilentArgs]
		return only != "" && problem.Field != only || address && forgiven
	})
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s arguments: %w", args.Name, errors.Join(problems.ToAggregate().Errors()...))
}

// mistaken applies the mistakes that are nothing but other arguments.
func (a arguments) mistaken(set specimens.Set) arguments {
	out := a
	out.Args = a.Args.DeepCopy()
	if set[specimens.HourWindow] {
		out.Window = args.DurationOf(time.Hour)
	}
	if set[specimens.ReceiveOnly] {
		out.Direction = "receive"
	}
	if set[specimens.Herding] {
		out.InFlight = args.InFlightNone
	}
	if set[specimens.NoCapacity] {
		out.LinkCapacity = &args.LinkCapacity{All: "1Gbps"}
	}
	if set[specimens.OneDevice] {
		out.Device = regexp.QuoteMeta(out.device)
	}
	return out
}
