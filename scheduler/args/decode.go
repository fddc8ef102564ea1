package args

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// Decode reads YAML or JSON strictly: an unknown or repeated field is refused by name. It neither defaults nor
// validates. It is for schedulers whose scheme does not hold the plugin's kind; with Register the scheme decodes.
func Decode(raw []byte) (*Args, error) {
	asJSON, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		return nil, fmt.Errorf("%s arguments: %w", Name, err)
	}
	decoded := &Args{}
	problems, err := kjson.UnmarshalStrict(asJSON, decoded)
	if err != nil {
		return nil, fmt.Errorf("%s arguments: %w", Name, err)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s arguments: %w", Name, errors.Join(problems...))
	}
	if decoded.Kind != "" && decoded.Kind != Kind {
		return nil, fmt.Errorf("%s arguments: kind is %q, want %q or none", Name, decoded.Kind, Kind)
	}
	return decoded, nil
}

// From turns what the framework hands to the plugin's constructor into complete, valid arguments: typed ones from the
// scheme, raw ones (runtime.Unknown) where the scheme does not know the kind, or nothing at all. Every problem is in
// the error, each with its field.
func From(object runtime.Object) (*Args, error) {
	var given *Args
	switch typed := object.(type) {
	case nil:
		given = &Args{}
	case *Args:
		given = typed.DeepCopy()
	case *runtime.Unknown:
		decoded, err := Decode(typed.Raw)
		if err != nil {
			return nil, err
		}
		given = decoded
	default:
		return nil, fmt.Errorf("%s arguments: want *args.Args, got %T", Name, object)
	}
	Default(given)
	if problems := Validate(given); len(problems) > 0 {
		return nil, fmt.Errorf("%s arguments: %w", Name, problems.ToAggregate())
	}
	return given, nil
}

// Misnamed stands for arguments under the published pluginConfig name. The framework pairs a pluginConfig with a plugin
// by name and drops what matches none without a word, so this type exists to refuse.
type Misnamed struct {
	Args
}

// DeepCopyObject makes Misnamed a runtime.Object.
func (m *Misnamed) DeepCopyObject() runtime.Object { return &Misnamed{Args: *m.Args.DeepCopy()} }

// UnmarshalJSON always refuses, and names the right name.
func (m *Misnamed) UnmarshalJSON([]byte) error {
	return fmt.Errorf("no plugin is called %q; write the pluginConfig's name (and kind, if any) as %q (%q)", PublishedName, Name, Kind)
}

// Register adds the kinds to a scheme, under a versioned and the internal group version alike, with defaulting. A plain
// AddKnownTypes would name the kind after the Go type, which the framework never asks for.
func Register(scheme *runtime.Scheme, versions ...schema.GroupVersion) error {
	for _, version := range versions {
		scheme.AddKnownTypeWithName(version.WithKind(Kind), &Args{})
		scheme.AddKnownTypeWithName(version.WithKind(PublishedName+"Args"), &Misnamed{})
	}
	scheme.AddTypeDefaultingFunc(&Args{}, func(object interface{}) { Default(object.(*Args)) })
	return nil
}
