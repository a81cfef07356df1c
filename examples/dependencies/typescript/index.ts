import * as batch from "pulumi-azure-batch";

const jobOfAll = new batch.Job("job", {
    poolInfo: { poolId: "poolId" },
    usesTaskDependencies: true,
    // Without it exit conditions may not end the job.
    onTaskFailure: "performexitoptionsjobaction",
});
const fetched = new batch.Task("fetch", {
    jobId: jobOfAll.jobId,
    taskId: "fetch",
    commandLine: "/bin/sh -c './fetch --all'",
    exitConditions: {
        // 3: nothing new, so there is nothing to do for the others either. Where no action on the job is named, a failure
        // ends it.
        exitCodes: [{ code: 3, exitOptions: { jobAction: "terminate" } }],
        default: { jobAction: "none", dependencyAction: "block" },
    },
});
const counted = new batch.Task("count", {
    jobId: jobOfAll.jobId,
    taskId: "count",
    commandLine: "/bin/sh -c './count'",
    // An output of `fetched`: the engine, too, adds `fetch` first.
    dependsOn: { taskIds: [fetched.taskId] },
    // 4 to 9: some of it could not be counted. The report is made all the same.
    exitConditions: {
        exitCodeRanges: [{ start: 4, end: 9, exitOptions: { jobAction: "none", dependencyAction: "satisfy" } }],
    },
});
new batch.Task("report", {
    jobId: jobOfAll.jobId,
    taskId: "report",
    commandLine: "/bin/sh -c './report'",
    dependsOn: { taskIds: [counted.taskId] },
});

export const job = jobOfAll.jobId;
