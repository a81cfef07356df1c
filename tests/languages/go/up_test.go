// The program as an inline program: created, seen to be unchanged, updated, destroyed.
package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

type result struct {
	Changes map[string]int `json:"changes"`
	Job     any            `json:"job,omitempty"`
	Task    any            `json:"task,omitempty"`
}

func TestUp(t *testing.T) {
	ctx := context.Background()
	stack, err := auto.NewStackInlineSource(ctx, "dev", "hello-task", declare)
	if err != nil {
		t.Fatal(err)
	}
	up := func() result {
		done, err := stack.Up(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return result{*done.Summary.ResourceChanges, done.Outputs["job"].Value, done.Outputs["task"].Value}
	}
	results := map[string]result{"created": up(), "unchanged": up()}
	if err := stack.SetConfig(ctx, "greeting", auto.ConfigValue{Value: "good morning"}); err != nil {
		t.Fatal(err)
	}
	results["updated"] = up()
	gone, err := stack.Destroy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	results["destroyed"] = result{Changes: *gone.Summary.ResourceChanges}
	text, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("RESULTS"), text, 0o666); err != nil {
		t.Fatal(err)
	}
}
