import * as pulumi from "@pulumi/pulumi";
import * as batch from "pulumi-azure-batch";

const greeting = new pulumi.Config().get("greeting") ?? "hello";

const batchJob = new batch.Job("job", {
    poolInfo: { poolId: "poolId" },
    metadata: [{ name: "says", value: greeting }],
});
const hello = new batch.Task("hello", {
    jobId: batchJob.jobId,
    commandLine: `/bin/sh -c 'echo ${greeting}'`,
});

export const job = batchJob.jobId;
export const task = hello.taskId;
