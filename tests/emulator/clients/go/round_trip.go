// The round trip by the client that Terraform's provider for Azure has, with a token: how many tasks completed, and
// what one wrote, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/adal"
	"github.com/jackofallops/kermit/sdk/batch/2022-01.15.0/batch"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func to[T any](value T) *T { return &value }

func main() {
	ctx, endpoint := context.Background(), os.Getenv("AZURE_BATCH_ENDPOINT")
	token := autorest.NewBearerAuthorizer(&adal.Token{AccessToken: os.Getenv("TOKEN")})
	pools, jobs, tasks, files := batch.NewPoolClient(endpoint), batch.NewJobClient(endpoint),
		batch.NewTaskClient(endpoint), batch.NewFileClient(endpoint)
	for _, client := range []*autorest.Client{&pools.Client, &jobs.Client, &tasks.Client, &files.Client} {
		client.Authorizer = token
	}

	_, err := pools.Add(ctx, batch.PoolAddParameter{
		ID:     to("p1"),
		VMSize: to("standard_d2s_v3"),
		VirtualMachineConfiguration: &batch.VirtualMachineConfiguration{
			ImageReference: &batch.ImageReference{
				Publisher: to("canonical"), Offer: to("0001-com-ubuntu-server-jammy"), Sku: to("22_04-lts"),
			},
			NodeAgentSKUID: to("batch.node.ubuntu 22.04"),
		},
		TargetDedicatedNodes: to(int32(2)),
		TaskSlotsPerNode:     to(int32(4)),
	}, nil, nil, nil, nil)
	check(err)
	_, err = jobs.Add(ctx, batch.JobAddParameter{
		ID: to("j1"), PoolInfo: &batch.PoolInformation{PoolID: to("p1")},
	}, nil, nil, nil, nil)
	check(err)
	var added []batch.TaskAddParameter
	for number := range 100 {
		command := "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'"
		added = append(added, batch.TaskAddParameter{ID: to(fmt.Sprintf("t%d", number)), CommandLine: &command})
	}
	_, err = tasks.AddCollection(ctx, "j1", batch.TaskAddCollectionParameter{Value: &added}, nil, nil, nil, nil)
	check(err)
	for {
		left, err := tasks.List(ctx, "j1", "state ne 'completed'", "", "", nil, nil, nil, nil, nil)
		check(err)
		if len(left.Values()) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}

	completed := 0
	listed, err := tasks.ListComplete(ctx, "j1", "state eq 'completed'", "", "", to(int32(40)), nil, nil, nil, nil)
	for check(err); listed.NotDone(); check(listed.NextWithContext(ctx)) {
		completed++
	}
	file, err := files.GetFromTask(ctx, "j1", "t42", "stdout.txt", nil, nil, nil, nil, "", nil, nil)
	check(err)
	wrote, err := io.ReadAll(*file.Value)
	check(err)
	_, err = jobs.Delete(ctx, "j1", nil, nil, nil, nil, "", "", nil, nil)
	check(err)
	_, err = pools.Delete(ctx, "p1", nil, nil, nil, nil, "", "", nil, nil)
	check(err)
	for {
		pool, err := pools.List(ctx, "", "", "", nil, nil, nil, nil, nil)
		check(err)
		job, err := jobs.List(ctx, "", "", "", nil, nil, nil, nil, nil)
		check(err)
		if len(pool.Values())+len(job.Values()) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"completed": completed, "wrote": string(wrote)}))
}
