// Tasks that wait for each other, and what happens to the rest when one fails.
package main

import (
	"github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go/azurebatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	job, err := azurebatch.NewJob(ctx, "job", &azurebatch.JobArgs{
		PoolInfo:             azurebatch.PoolInfoArgs{PoolId: pulumi.String("poolId")},
		UsesTaskDependencies: pulumi.Bool(true),
		// Without it exit conditions may not end the job.
		OnTaskFailure: azurebatch.TaskFailureModePerformExitOptionsJobAction,
	})
	if err != nil {
		return err
	}
	fetch, err := azurebatch.NewTask(ctx, "fetch", &azurebatch.TaskArgs{
		JobId:       job.JobId,
		TaskId:      pulumi.String("fetch"),
		CommandLine: pulumi.String("/bin/sh -c './fetch --all'"),
		ExitConditions: azurebatch.ExitConditionsArgs{
			// 3: nothing new, so there is nothing to do for the others either. Where no action on the job is named, a
			// failure ends it.
			ExitCodes: azurebatch.ExitCodeMappingArray{azurebatch.ExitCodeMappingArgs{
				Code:        pulumi.Int(3),
				ExitOptions: azurebatch.ExitOptionsArgs{JobAction: azurebatch.JobActionTerminate},
			}},
			Default: azurebatch.ExitOptionsArgs{
				JobAction:        azurebatch.JobActionNone,
				DependencyAction: azurebatch.DependencyActionBlock,
			},
		},
	})
	if err != nil {
		return err
	}
	count, err := azurebatch.NewTask(ctx, "count", &azurebatch.TaskArgs{
		JobId:       job.JobId,
		TaskId:      pulumi.String("count"),
		CommandLine: pulumi.String("/bin/sh -c './count'"),
		// An output of `fetch`: the engine, too, adds `fetch` first.
		DependsOn: after(fetch),
		ExitConditions: azurebatch.ExitConditionsArgs{
			// 4 to 9: some of it could not be counted. The report is made all the same.
			ExitCodeRanges: azurebatch.ExitCodeRangeMappingArray{azurebatch.ExitCodeRangeMappingArgs{
				Start: pulumi.Int(4),
				End:   pulumi.Int(9),
				ExitOptions: azurebatch.ExitOptionsArgs{
					JobAction:        azurebatch.JobActionNone,
					DependencyAction: azurebatch.DependencyActionSatisfy,
				},
			}},
		},
	})
	if err != nil {
		return err
	}
	if _, err = azurebatch.NewTask(ctx, "report", &azurebatch.TaskArgs{
		JobId:       job.JobId,
		TaskId:      pulumi.String("report"),
		CommandLine: pulumi.String("/bin/sh -c './report'"),
		DependsOn:   after(count),
	}); err != nil {
		return err
	}
	ctx.Export("job", job.JobId)
	return nil
}

func after(task *azurebatch.Task) azurebatch.TaskDependenciesArgs {
	return azurebatch.TaskDependenciesArgs{TaskIds: pulumi.StringArray{task.TaskId}}
}
