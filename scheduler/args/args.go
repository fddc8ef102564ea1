// Package args owns the configuration of the network_traffic plugin: the fields, their defaults, what is refused and how
// that is said, and the names of the published plugin that are still understood.
//
// It refuses to know how the numbers are used, and which generation of the scheduler's framework reads them: the types
// are plain runtime.Objects that every generation registers in its own scheme (see Register).
package args

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// Name is the plugin's name, in profiles and in pluginConfig, as published.
	Name = "network_traffic"
	// Kind is what the framework derives from Name when a pluginConfig names no kind: the name with "Args" behind it.
	Kind = Name + "Args"
	// PublishedName is the name under which the published configuration gave its arguments, which never arrived.
	PublishedName = "NetworkTraffic"
)

// Args is the configuration of one plugin instance. Durations are Go durations ("2m"), rates decimal bits per second
// ("10Gbps"). The same type serves as the versioned and as the internal one, so nothing is lost in a conversion.
type Args struct {
	metav1.TypeMeta `json:",inline"`

	// PrometheusURL is the address of the HTTP API without /api/v1, http or https. Required.
	PrometheusURL string `json:"prometheusURL,omitempty"`
	// Auth is how the plugin shows who it is to Prometheus. Nothing by default.
	Auth Auth `json:"auth,omitempty"`
	// Device is an RE2 expression, matched whole, for the network devices that count. Default: DefaultDevice.
	Device string `json:"device,omitempty"`
	// Window is the range of rate(); at least twice the interval. Default 2m.
	Window Duration `json:"window,omitempty"`
	// MaxAge is the age from which a node's newest sample no longer counts. Default: the window, or the interval where that is longer.
	MaxAge Duration `json:"maxAge,omitempty"`
	// Timeout is how long one query may take, at most the interval. Default 5s, or the interval where that is shorter.
	Timeout Duration `json:"timeout,omitempty"`
	// Interval is the time between two queries; best the scrape interval of the exporters. Default 15s.
	Interval Duration `json:"interval,omitempty"`
	// Direction is receive, transmit, max or sum. Default max.
	Direction string `json:"direction,omitempty"`
	// LinkCapacity is the capacity of one direction of a link: "auto" (node_network_speed_bytes), a rate, or a map from
	// node names to either, with "*" for all others. Default auto.
	LinkCapacity *LinkCapacity `json:"linkCapacity,omitempty"`
	// InFlight tells how pods count that were placed a moment ago: "annotations" takes kubernetes.io/ingress-bandwidth
	// and egress-bandwidth, a rate takes that for pods without annotations, "none" takes nothing. Default annotations.
	InFlight string `json:"inFlight,omitempty"`
	// UnknownScore is the score of a node whose load is unknown, 0 to 100. Default 0.
	UnknownScore int64 `json:"unknownScore,omitempty"`

	// IP is the published name of PrometheusURL. Deprecated.
	IP string `json:"ip,omitempty"`
	// DeviceName is the published name of Device: one device, literally. Deprecated.
	DeviceName string `json:"deviceName,omitempty"`
	// TimeRange is the published name of Window, in minutes. Deprecated.
	TimeRange *int64 `json:"timeRange,omitempty"`
}

// Auth names files and headers; secrets themselves never stand in a configuration, because /configz shows it.
type Auth struct {
	// BearerTokenFile is read anew for every query, so that a rotated token is used.
	BearerTokenFile string `json:"bearerTokenFile,omitempty"`
	// Basic is HTTP basic authentication.
	Basic *Basic `json:"basic,omitempty"`
	// CAFile holds the certificates that may sign the server's. Default: those of the system.
	CAFile string `json:"caFile,omitempty"`
	// CertFile and KeyFile are the client's certificate and its key.
	CertFile string `json:"certFile,omitempty"`
	KeyFile  string `json:"keyFile,omitempty"`
	// Headers are sent along with every query, such as X-Scope-OrgID.
	Headers map[string]string `json:"headers,omitempty"`
}

// Basic is a user and the file that holds the password.
type Basic struct {
	Username     string `json:"username,omitempty"`
	PasswordFile string `json:"passwordFile,omitempty"`
}

// String is what logs show: the arguments as JSON, not the TypeMeta whose String would otherwise be promoted.
func (a *Args) String() string {
	text, err := json.Marshal(a)
	if err != nil {
		panic("arguments that were read can be written: " + err.Error())
	}
	return string(text)
}

// DeepCopyObject makes Args a runtime.Object.
func (a *Args) DeepCopyObject() runtime.Object { return a.DeepCopy() }

// DeepCopy copies all that can be changed.
func (a *Args) DeepCopy() *Args {
	if a == nil {
		return nil
	}
	out := *a
	if a.Auth.Basic != nil {
		basic := *a.Auth.Basic
		out.Auth.Basic = &basic
	}
	out.Auth.Headers = copyMap(a.Auth.Headers)
	if a.LinkCapacity != nil {
		out.LinkCapacity = &LinkCapacity{All: a.LinkCapacity.All, ByNode: copyMap(a.LinkCapacity.ByNode)}
	}
	if a.TimeRange != nil {
		minutes := *a.TimeRange
		out.TimeRange = &minutes
	}
	return &out
}

func copyMap(in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for key, value := range in {
		out[key] = value
	}
	return out
}
