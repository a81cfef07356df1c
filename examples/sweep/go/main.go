// Ten thousand tasks, and a job that ends with them.
package main

import (
	"github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go/azurebatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	run, seeds := config.Get(ctx, "run"), config.GetInt(ctx, "seeds")
	if run == "" {
		run = "001"
	}
	if seeds == 0 {
		seeds = 1000
	}
	var temperatures pulumi.Array
	for temperature := 250; temperature < 350; temperature += 10 {
		temperatures = append(temperatures, pulumi.Int(temperature))
	}
	job, err := azurebatch.NewJob(ctx, "job", &azurebatch.JobArgs{
		JobId:    pulumi.String("sweep-" + run),
		PoolInfo: azurebatch.PoolInfoArgs{PoolId: pulumi.String("poolId")},
	})
	if err != nil {
		return err
	}
	_, err = azurebatch.NewTaskCollection(ctx, "runs", &azurebatch.TaskCollectionArgs{
		JobId: job.JobId,
		Sweep: azurebatch.SweepArgs{
			Task: azurebatch.TaskBodyArgs{
				CommandLine: pulumi.String("./simulate --seed {seed} --temperature {temperature}"),
			},
			Parameters: azurebatch.SweepParameterMap{
				"seed":        azurebatch.SweepParameterArgs{Start: pulumi.Int(1), End: pulumi.Int(seeds)},
				"temperature": azurebatch.SweepParameterArgs{Values: temperatures},
			},
		},
		OnAllTasksComplete: azurebatch.AllTasksCompleteModeTerminateJob,
	}, pulumi.DeletedWith(job))
	if err != nil {
		return err
	}
	ctx.Export("job", job.JobId)
	return nil
}
