// A job, and a task in it that says what the stack's configuration tells it to.
package main

import (
	"fmt"

	"github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go/azurebatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	greeting := config.Get(ctx, "greeting")
	if greeting == "" {
		greeting = "hello"
	}
	job, err := azurebatch.NewJob(ctx, "job", &azurebatch.JobArgs{
		PoolInfo: azurebatch.PoolInfoArgs{PoolId: pulumi.String("poolId")},
		Metadata: azurebatch.MetadataItemArray{
			azurebatch.MetadataItemArgs{Name: pulumi.String("says"), Value: pulumi.String(greeting)},
		},
	})
	if err != nil {
		return err
	}
	hello, err := azurebatch.NewTask(ctx, "hello", &azurebatch.TaskArgs{
		JobId:       job.JobId,
		CommandLine: pulumi.String(fmt.Sprintf("/bin/sh -c 'echo %s'", greeting)),
	})
	if err != nil {
		return err
	}
	ctx.Export("job", job.JobId)
	ctx.Export("task", hello.TaskId)
	return nil
}
