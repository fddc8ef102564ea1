package k8s128

import (
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	configv1 "k8s.io/kube-scheduler/config/v1"
	configv1beta3 "k8s.io/kube-scheduler/config/v1beta3"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"

	"kube-windtunnel/scheduler/args"
)

// init makes the plugin's arguments a kind of the scheduler's configuration, so that the scheduler itself decodes them
// strictly, fills in defaults, and shows what is in effect on /configz. The scheme is there already; the builders serve
// the schemes that the scheduler makes for conversions, one for v1 and one for v1beta3, which this generation still reads
// (pkg/scheduler/apis/config/*/conversion.go).
func init() {
	utilruntime.Must(args.Register(scheme.Scheme, configv1.SchemeGroupVersion, configv1beta3.SchemeGroupVersion, config.SchemeGroupVersion))
	configv1.SchemeBuilder.Register(func(s *runtime.Scheme) error { return args.Register(s, configv1.SchemeGroupVersion) })
	configv1beta3.SchemeBuilder.Register(func(s *runtime.Scheme) error { return args.Register(s, configv1beta3.SchemeGroupVersion) })
	config.SchemeBuilder.Register(func(s *runtime.Scheme) error { return args.Register(s, config.SchemeGroupVersion) })
}
