// Provisioning that goes on when the data are there.
package main

import (
	"fmt"

	"github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go/azurebatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var steps = []struct{ name, does, timeout string }{
	{"schema", "create the tables", "PT10M"},
	{"rows", "load the rows", "PT2H"},
}

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	pool := azurebatch.PoolInfoArgs{PoolId: pulumi.String("poolId")}
	load, err := azurebatch.NewJob(ctx, "load", &azurebatch.JobArgs{JobId: pulumi.String("load"), PoolInfo: pool})
	if err != nil {
		return err
	}
	var before []pulumi.Resource
	for _, step := range steps {
		task, err := azurebatch.NewTask(ctx, step.name, &azurebatch.TaskArgs{
			JobId:           load.JobId,
			CommandLine:     pulumi.String(fmt.Sprintf("/bin/sh -c 'echo %s'", step.does)),
			AwaitCompletion: azurebatch.AwaitCompletionArgs{Timeout: pulumi.String(step.timeout)},
			// After a failure the next `up` runs it again.
			OnFailure: azurebatch.OnFailureRerun,
		}, pulumi.DependsOn(before))
		if err != nil {
			return err
		}
		before = []pulumi.Resource{task}
	}
	// Whatever needs the data comes after the last step, of any provider. Here: the job that works on them.
	arguments := &azurebatch.JobArgs{JobId: pulumi.String("work"), PoolInfo: pool}
	work, err := azurebatch.NewJob(ctx, "work", arguments, pulumi.DependsOn(before))
	if err != nil {
		return err
	}
	ctx.Export("work", work.JobId)
	return nil
}
