package args

import (
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"

	"golang.org/x/net/http/httpguts"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"kube-windtunnel/scheduler/traffic"
)

// Validate returns every problem of defaulted arguments at once, each with its field.
func Validate(a *Args) field.ErrorList {
	var problems field.ErrorList
	problems = append(problems, validateURL(a)...)
	problems = append(problems, validateAuth(field.NewPath("auth"), a)...)
	problems = append(problems, validateDevice(a)...)
	problems = append(problems, validateTimes(a)...)
	directions := make([]string, 0, len(traffic.Directions))
	known := false
	for _, direction := range traffic.Directions {
		directions = append(directions, string(direction))
		known = known || a.Direction == string(direction)
	}
	if !known {
		problems = append(problems, field.NotSupported(field.NewPath("direction"), a.Direction, directions))
	}
	problems = append(problems, validateCapacity(field.NewPath("linkCapacity"), a.LinkCapacity)...)
	if _, ok := ParseRate(a.InFlight); !ok && a.InFlight != InFlightAnnotations && a.InFlight != InFlightNone {
		problems = append(problems, field.Invalid(field.NewPath("inFlight"), a.InFlight, wantRate+", or annotations, or none"))
	}
	if a.UnknownScore < 0 || a.UnknownScore > traffic.MaxPoints {
		problems = append(problems, field.Invalid(field.NewPath("unknownScore"), a.UnknownScore, "must lie in 0 to 100"))
	}
	return problems
}

func validateURL(a *Args) field.ErrorList {
	path := field.NewPath("prometheusURL")
	if a.IP != "" && a.IP != a.PrometheusURL {
		return field.ErrorList{field.Invalid(field.NewPath("ip"), a.IP, "is the deprecated name of prometheusURL, which says "+a.PrometheusURL)}
	}
	if a.IP != "" {
		path = field.NewPath("ip")
	}
	if a.PrometheusURL == "" {
		return field.ErrorList{field.Required(path, fmt.Sprintf("the address of Prometheus, in the pluginConfig named %q", Name))}
	}
	refuse := func(detail string) field.ErrorList {
		return field.ErrorList{field.Invalid(path, a.PrometheusURL, detail)}
	}
	if !strings.Contains(a.PrometheusURL, "://") {
		if meant, err := url.Parse("http://" + a.PrometheusURL); err == nil && meant.Hostname() != "" {
			return refuse(fmt.Sprintf("has no scheme; probably meant is %q", meant))
		}
		return refuse("has no scheme; want http://HOST:PORT or https://HOST:PORT")
	}
	address, err := url.Parse(a.PrometheusURL)
	switch {
	case err != nil:
		return refuse(err.Error())
	case address.Scheme != "http" && address.Scheme != "https":
		return refuse("must begin with http:// or https://")
	case address.Hostname() == "":
		return refuse("has no host")
	case address.User != nil:
		return field.ErrorList{field.Forbidden(path, "names a user; write auth.basic, which keeps the password in a file")}
	case address.RawQuery != "" || address.Fragment != "":
		return refuse("must have no query and no fragment")
	case strings.Contains(address.Path, "/api/v1"):
		return refuse("must stop before /api/v1")
	}
	return nil
}

func validateAuth(path *field.Path, a *Args) field.ErrorList {
	var problems field.ErrorList
	auth := a.Auth
	if auth.BearerTokenFile != "" && auth.Basic != nil {
		problems = append(problems, field.Forbidden(path.Child("basic"), "cannot go with bearerTokenFile"))
	}
	if auth.Basic != nil {
		if auth.Basic.Username == "" {
			problems = append(problems, field.Required(path.Child("basic", "username"), ""))
		}
		if auth.Basic.PasswordFile == "" {
			problems = append(problems, field.Required(path.Child("basic", "passwordFile"), ""))
		}
	}
	if auth.CertFile != "" && auth.KeyFile == "" {
		problems = append(problems, field.Required(path.Child("keyFile"), "goes with certFile"))
	}
	if auth.KeyFile != "" && auth.CertFile == "" {
		problems = append(problems, field.Required(path.Child("certFile"), "goes with keyFile"))
	}
	if strings.HasPrefix(a.PrometheusURL, "http://") && (auth.CAFile != "" || auth.CertFile != "" || auth.KeyFile != "") {
		problems = append(problems, field.Forbidden(path, "caFile, certFile and keyFile need an https address"))
	}
	return append(problems, validateHeaders(path.Child("headers"), auth.Headers)...)
}

func validateHeaders(path *field.Path, headers map[string]string) field.ErrorList {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	var problems field.ErrorList
	for _, name := range names {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			problems = append(problems, field.Invalid(path.Key(name), name, "is no name of a header"))
		case !httpguts.ValidHeaderFieldValue(headers[name]):
			problems = append(problems, field.Invalid(path.Key(name), "", "the value has characters that no header may have"))
		}
		switch strings.ToLower(name) {
		case "authorization":
			problems = append(problems, field.Forbidden(path.Key(name), "write auth.bearerTokenFile or auth.basic, which keep secrets in files"))
		case "host", "content-type", "content-length", "transfer-encoding", "connection":
			problems = append(problems, field.Forbidden(path.Key(name), "is for the client to set"))
		}
	}
	return problems
}

func validateDevice(a *Args) field.ErrorList {
	path := field.NewPath("device")
	if a.DeviceName != "" && a.Device != regexp.QuoteMeta(a.DeviceName) {
		return field.ErrorList{field.Invalid(field.NewPath("deviceName"), a.DeviceName, "is the deprecated name of device, which says "+a.Device)}
	}
	if _, err := regexp.Compile("^(?:" + a.Device + ")$"); err != nil {
		return field.ErrorList{field.Invalid(path, a.Device, err.Error())}
	}
	return nil
}

func validateTimes(a *Args) field.ErrorList {
	var problems field.ErrorList
	refuse := func(name string, value any, detail string) {
		problems = append(problems, field.Invalid(field.NewPath(name), value, detail))
	}
	readable := true
	for _, d := range []struct {
		name  string
		value Duration
	}{{"window", a.Window}, {"maxAge", a.MaxAge}, {"timeout", a.Timeout}, {"interval", a.Interval}} {
		if d.value.unreadable != "" {
			refuse(d.name, d.value.unreadable, "want a duration such as 90s or 2m")
			readable = false
		} else if d.value.Duration < minDuration {
			refuse(d.name, d.value.String(), "must be at least "+minDuration.String())
			readable = false
		}
	}
	if a.TimeRange != nil {
		if window := windowOf(*a.TimeRange); window.IsZero() {
			refuse("timeRange", *a.TimeRange, "must be a positive number of minutes")
		} else if window != a.Window {
			refuse("timeRange", *a.TimeRange, "is the deprecated name of window, which says "+a.Window.String())
		}
	}
	if !readable {
		return problems
	}
	if a.Window.Duration < 2*a.Interval.Duration {
		refuse("window", a.Window.String(), "must be at least twice the interval: rate() needs two samples")
	}
	if a.Timeout.Duration > a.Interval.Duration {
		refuse("timeout", a.Timeout.String(), "must not exceed the interval")
	}
	if a.MaxAge.Duration < a.Interval.Duration {
		refuse("maxAge", a.MaxAge.String(), "must be at least the interval, or every node is unknown between two queries")
	}
	return problems
}
