import * as batch from "pulumi-azure-batch";

const steps = [
    { name: "schema", does: "create the tables", timeout: "PT10M" },
    { name: "rows", does: "load the rows", timeout: "PT2H" },
];

const load = new batch.Job("load", { jobId: "load", poolInfo: { poolId: "poolId" } });
let before: batch.Task[] = [];
for (const { name, does, timeout } of steps) {
    const task = new batch.Task(
        name,
        {
            jobId: load.jobId,
            commandLine: `/bin/sh -c 'echo ${does}'`,
            awaitCompletion: { timeout },
            // After a failure the next `up` runs it again.
            onFailure: "rerun",
        },
        { dependsOn: before },
    );
    before = [task];
}
// Whatever needs the data comes after the last step, of any provider. Here: the job that works on them.
const working = new batch.Job("work", { jobId: "work", poolInfo: { poolId: "poolId" } }, { dependsOn: before });

export const work = working.jobId;
