// Command gensdk writes the SDK of a Pulumi package for one language, from the package's schema.
//
// `pulumi package gen-sdk` does the same through a language host, an executable of its own for each language. Those
// hosts cannot be had as Go modules, so this calls the libraries that stand behind them.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	nodejsgen "github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	pythongen "github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"tools/pulumi/packageschema"
)

// tool is what the head of each generated file names as its origin.
const tool = "tools/pulumi/gensdk"

// generators are the languages that need nothing beside the module this program is built from.
var generators = map[string]func(*schema.Package) (map[string][]byte, error){
	"go": func(pkg *schema.Package) (map[string][]byte, error) {
		return gogen.GeneratePackage(tool, pkg, nil)
	},
	"nodejs": func(pkg *schema.Package) (map[string][]byte, error) {
		// As a local package it compiles itself when it is installed, and is usable from a folder as it is written.
		return nodejsgen.GeneratePackage(tool, pkg, nil, nil, true, packageschema.Loader{})
	},
	"python": python,
}

// license is how the library says it in pyproject.toml: as a table, which builders of distributions have given up.
var license = regexp.MustCompile(`(?m)^  \[project\.license\]\n    text = (".*")\n`)

// python adds the file that the generated pyproject.toml names as the distribution's readme, since the library writes the
// text into the package only, and says the license as it is said now.
func python(pkg *schema.Package) (map[string][]byte, error) {
	files, err := pythongen.GeneratePackage(tool, pkg, nil, packageschema.Loader{})
	if err != nil {
		return nil, err
	}
	project := string(files["pyproject.toml"])
	if found := license.FindStringSubmatch(project); found != nil {
		said := fmt.Sprintf("  license = %s\n  license-files = [\"LICENSE\"]\n  readme = ", found[1])
		project = strings.Replace(strings.Replace(project, found[0], "", 1), "  readme = ", said, 1)
		files["pyproject.toml"] = []byte(strings.Replace(project, "setuptools>=61.0", "setuptools>=77.0", 1))
	}
	for name, text := range files {
		if strings.Count(name, "/") == 1 && strings.HasSuffix(name, "/README.md") {
			files["README.md"] = text
		}
	}
	return files, nil
}

func main() {
	if len(os.Args) != 4 {
		fail("usage: gensdk <%s> <schema.json> <new or empty folder>", strings.Join(languages(), "|"))
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fail("gensdk: %v", err)
	}
}

func run(language, schemaPath, folder string) error {
	generate, ok := generators[language]
	if !ok {
		return fmt.Errorf("no generator for %q; there is one for %s", language, strings.Join(languages(), ", "))
	}
	pkg, err := packageschema.Bind(schemaPath)
	if err != nil {
		return err
	}
	files, err := generate(pkg)
	if err != nil {
		return fmt.Errorf("the %s SDK: %w", language, err)
	}
	return write(folder, files)
}

// write refuses a folder with something in it: files of an earlier schema would stay among the new ones.
func write(folder string, files codegen.Fs) error {
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", folder)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o666); err != nil {
			return err
		}
	}
	return nil
}

func languages() []string {
	return slices.Sorted(maps.Keys(generators))
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
