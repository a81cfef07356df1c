// The program as an inline program: created, seen to be unchanged, updated where life.json says how, destroyed.
package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

type result map[string]any

func TestUp(t *testing.T) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("life.json")
	check(err)
	var life struct {
		Project        string
		Config, Change map[string]string
		Again          bool
	}
	check(json.Unmarshal(text, &life))
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", life.Project, declare)
	check(err)
	configure := func(settings map[string]string) {
		for key, value := range settings {
			check(stack.SetConfig(ctx, key, auto.ConfigValue{Value: value}))
		}
	}
	up := func() result {
		done, err := stack.Up(ctx)
		check(err)
		found := result{"changes": *done.Summary.ResourceChanges}
		for name, output := range done.Outputs {
			found[name] = output.Value
		}
		return found
	}
	configure(life.Config)
	results := map[string]result{"created": up()}
	if life.Again {
		results["unchanged"] = up()
	}
	if len(life.Change) > 0 {
		configure(life.Change)
		results["updated"] = up()
	}
	gone, err := stack.Destroy(ctx)
	check(err)
	results["destroyed"] = result{"changes": *gone.Summary.ResourceChanges}
	text, err = json.Marshal(results)
	check(err)
	check(os.WriteFile("results.json", text, 0o666))
}
