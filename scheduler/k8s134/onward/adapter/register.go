package adapter

import (
	"k8s.io/apimachinery/pkg/runtime"
	configv1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"

	"kube-windtunnel/scheduler/args"
)

// Register makes the plugin's arguments a kind of the scheduler's configuration, so that the scheduler itself decodes them
// strictly, fills in defaults, and shows what is in effect on /configz. The scheme is there already; the builders serve
// the second scheme, which the scheduler makes for conversions (pkg/scheduler/apis/config/v1/conversion.go). It is no
// init, because what it did cannot be taken back, and the specimens' scheduler does without it for some defects.
func Register() error {
	if err := args.Register(scheme.Scheme, configv1.SchemeGroupVersion, config.SchemeGroupVersion); err != nil {
		return err
	}
	configv1.SchemeBuilder.Register(func(s *runtime.Scheme) error { return args.Register(s, configv1.SchemeGroupVersion) })
	config.SchemeBuilder.Register(func(s *runtime.Scheme) error { return args.Register(s, config.SchemeGroupVersion) })
	return nil
}
