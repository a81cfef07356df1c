// Command genexamples converts programs in YAML into the other languages of Pulumi, by the libraries that stand behind
// `pulumi convert`: for Go, Python and TypeScript those of the module this program is built from, for other languages
// the hosts of these, which are asked to.
//
//	genexamples <schema.json> <folder with *.yaml> [language=executable of its host ...]
//
// It prints an object of JSON: the text in each language, by the name of the file and the language.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml"
	yamlgen "github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	nodejsgen "github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	pythongen "github.com/pulumi/pulumi/pkg/v3/codegen/python"

	"tools/pulumi/packageschema"
)

// converter makes the files of a program in one language from a program that it may change.
type converter func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)

func main() {
	if len(os.Args) < 3 {
		fail("usage: genexamples <schema.json> <folder with *.yaml> [language=executable of its host ...]")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fail("genexamples: %v", err)
	}
}

func run(schemaPath, folder string, hosts []string) error {
	pkg, err := packageschema.Bind(schemaPath)
	if err != nil {
		return err
	}
	known := packageschema.Loader{Package: pkg}
	converters := map[string]converter{
		"go":         gogen.GenerateProgram,
		"python":     pythongen.GenerateProgram,
		"typescript": nodejsgen.GenerateProgram,
	}
	for _, named := range hosts {
		language, executable, _ := strings.Cut(named, "=")
		host, err := start(executable, known)
		if err != nil {
			return fmt.Errorf("the host of %s: %w", language, err)
		}
		defer host.stop()
		converters[language] = host.convert
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	texts := map[string]map[string]string{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		texts[name] = map[string]string{}
		for _, language := range slices.Sorted(maps.Keys(converters)) {
			text, err := convert(path, known, converters[language])
			if err != nil {
				return fmt.Errorf("%s in %s: %w", path, language, err)
			}
			texts[name][language] = text
		}
	}
	return json.NewEncoder(os.Stdout).Encode(texts)
}

// convert is the one file of a program that a language's converter makes. What a reader would have to mend is an error.
func convert(path string, known packageschema.Loader, into converter) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	template, found, err := pulumiyaml.LoadYAMLBytes(path, text)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return "", found.HCL()
	}
	program, diagnostics, err := yamlgen.EjectProgram(template, known)
	if err != nil {
		return "", err
	}
	if len(diagnostics) > 0 {
		return "", diagnostics
	}
	files, diagnostics, err := into(program)
	if err != nil {
		return "", err
	}
	if len(diagnostics) > 0 {
		return "", diagnostics
	}
	if len(files) != 1 {
		return "", fmt.Errorf("%d files instead of one", len(files))
	}
	for _, text := range files {
		return string(text), nil
	}
	return "", nil
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
