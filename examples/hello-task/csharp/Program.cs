// A job, and a task in it that says what the stack's configuration tells it to.
using System.Collections.Generic;
using Pulumi;
using AzureBatch = AzureBatchPulumi.AzureBatch;

return await Deployment.RunAsync(() =>
{
    var greeting = new Config().Get("greeting") ?? "hello";
    var job = new AzureBatch.Job("job", new()
    {
        PoolInfo = new AzureBatch.Inputs.PoolInfoArgs { PoolId = "poolId" },
        Metadata = { new AzureBatch.Inputs.MetadataItemArgs { Name = "says", Value = greeting } },
    });
    var hello = new AzureBatch.Task("hello", new()
    {
        JobId = job.JobId,
        CommandLine = $"/bin/sh -c 'echo {greeting}'",
    });

    return new Dictionary<string, object?>
    {
        ["job"] = job.JobId,
        ["task"] = hello.TaskId,
    };
});
