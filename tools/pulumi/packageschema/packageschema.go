// Package packageschema reads the schema of the package, and answers for it where Pulumi's libraries ask for schemas.
package packageschema

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Loader knows one package, or none: our schema refers to no other.
type Loader struct{ Package *schema.Package }

// Bind reads a package's schema and checks it against Pulumi's rules for schemas. What these warn of is an error too.
func Bind(path string) (*schema.Package, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("%s is not a package schema: %w", path, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, Loader{}, schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, diagnostic := range diagnostics {
		fmt.Fprintf(os.Stderr, "%s: %s\n", path, strings.TrimSuffix(diagnostic.Summary, "; "))
	}
	if len(diagnostics) > 0 {
		return nil, fmt.Errorf("%s is not a valid package schema", path)
	}
	return pkg, nil
}

func (l Loader) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	if l.Package == nil || name != l.Package.Name {
		return nil, fmt.Errorf("package %q is referred to, whose schema is not here", name)
	}
	return l.Package, nil
}

func (l Loader) LoadPackageV2(_ context.Context, descriptor *schema.PackageDescriptor) (*schema.Package, error) {
	return l.LoadPackage(descriptor.Name, nil)
}

func (l Loader) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	pkg, err := l.LoadPackage(name, nil)
	if err != nil {
		return nil, err
	}
	return pkg.Reference(), nil
}

func (l Loader) LoadPackageReferenceV2(
	_ context.Context, descriptor *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return l.LoadPackageReference(descriptor.Name, nil)
}
