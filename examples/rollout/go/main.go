// A start task that reaches the nodes which are there already, one after the other.
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
	tools := config.Get(ctx, "tools")
	if tools == "" {
		tools = "ffmpeg"
	}
	// The pool exists already; the start task of its nodes is ours.
	nodes, err := azurebatch.NewPoolProperties(ctx, "nodes", &azurebatch.PoolPropertiesArgs{
		PoolId: pulumi.String("poolId"),
		StartTask: azurebatch.StartTaskArgs{
			CommandLine: pulumi.String(fmt.Sprintf("/bin/sh -c 'apt-get update && apt-get install -y %s'", tools)),
			UserIdentity: azurebatch.UserIdentityArgs{AutoUser: azurebatch.AutoUserSpecificationArgs{
				ElevationLevel: azurebatch.ElevationLevelAdmin,
				Scope:          azurebatch.AutoUserScopePool,
			}},
			WaitForSuccess: pulumi.Bool(true),
		},
		// Of three nodes two go on working, and a task that runs on a node is waited for before the node restarts.
		Rollout: azurebatch.RolloutArgs{
			Strategy:       azurebatch.RolloutStrategyReboot,
			MaxUnavailable: pulumi.String("1"),
			NodeOption:     azurebatch.NodeRestartOptionTaskCompletion,
		},
	})
	if err != nil {
		return err
	}
	ctx.Export("startTask", nodes.StartTask.CommandLine())
	return nil
}
