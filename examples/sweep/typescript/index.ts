import * as pulumi from "@pulumi/pulumi";
import * as batch from "pulumi-azure-batch";

const config = new pulumi.Config();
const run = config.get("run") ?? "001";
const temperatures = Array.from({ length: 10 }, (_, step) => 250 + 10 * step);

const jobOfAll = new batch.Job("job", { jobId: `sweep-${run}`, poolInfo: { poolId: "poolId" } });
new batch.TaskCollection(
    "runs",
    {
        jobId: jobOfAll.jobId,
        sweep: {
            task: { commandLine: "./simulate --seed {seed} --temperature {temperature}" },
            parameters: {
                seed: { start: 1, end: config.getNumber("seeds") ?? 1000 },
                temperature: { values: temperatures },
            },
        },
        onAllTasksComplete: "terminatejob",
    },
    { deletedWith: jobOfAll },
);

export const job = jobOfAll.jobId;
