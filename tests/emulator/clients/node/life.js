// Takes a pool, a job and tasks through their lives by npm's @azure/batch, and prints what each step came to as JSON.
// What the answers should be is not known here.

"use strict";

const { BatchServiceClient, BatchSharedKeyCredentials } = require("@azure/batch");

const { AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY, AZURE_BATCH_ENDPOINT } = process.env;
const credentials = new BatchSharedKeyCredentials(AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY);
const client = new BatchServiceClient(credentials, AZURE_BATCH_ENDPOINT, { noRetryPolicy: true });
const steps = {};

function plain(answer) {
  return Array.isArray(answer) ? answer.map((item) => ({ ...item })) : { ...answer, _response: undefined };
}

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return [error.statusCode, error.code];
  }
  return "none";
}

const machine = {
  imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
  nodeAgentSKUId: "batch.node.ubuntu 22.04",
};
const note = [{ name: "a", value: "1" }];
const poolInfo = { poolId: "p1" };

async function life() {
  const { pool, job, task } = client;
  await pool.add({
    id: "p1",
    vmSize: "STANDARD_D2s_v3",
    virtualMachineConfiguration: machine,
    targetDedicatedNodes: 1,
    metadata: note,
    startTask: { commandLine: "/bin/true" },
  });
  steps["pool"] = plain(await pool.get("p1"));
  steps["pool exists"] = [(await pool.exists("p1")).body, (await pool.exists("p2")).body];
  const poolListOptions = { filter: "id eq 'p1'", select: "id,state", maxResults: 1 };
  steps["pools"] = plain(await pool.list({ poolListOptions }));
  await pool.patch("p1", { metadata: [] });
  steps["pool patched"] = plain(await pool.get("p1"));
  await pool.updateProperties("p1", { metadata: note, applicationPackageReferences: [], certificateReferences: [] });
  steps["pool replaced"] = plain(await pool.get("p1"));

  await job.add({ id: "j1", poolInfo, priority: 3, constraints: { maxWallClockTime: "PT24H" } });
  steps["job"] = plain(await job.get("j1"));
  steps["jobs"] = plain(await job.list({ jobListOptions: { select: "id" } }));
  await job.patch("j1", { priority: 7 });
  steps["job patched"] = plain(await job.get("j1"));
  await job.update("j1", { poolInfo, metadata: note });
  steps["job updated"] = plain(await job.get("j1"));
  await job.disable("j1", "requeue");
  await job.get("j1");
  steps["job disabled"] = plain(await job.get("j1"));
  await job.enable("j1");

  await task.add("j1", { id: "t1", commandLine: "/bin/true" });
  steps["task"] = plain(await task.get("j1", "t1"));
  const many = ["m0", "m1", "t1"].map((id) => ({ id, commandLine: "\u00fc" }));
  steps["tasks added"] = plain((await task.addCollection("j1", many)).value);
  const taskListOptions = { filter: "state eq 'active'", select: "id", maxResults: 2 };
  const first = await task.list("j1", { taskListOptions });
  const second = await task.listNext(first.odatanextLink);
  steps["tasks"] = plain([...first, ...second]);
  await task.update("j1", "t1", { constraints: { maxTaskRetryCount: 2 } });
  steps["task updated"] = plain(await task.get("j1", "t1"));
  await task.terminate("j1", "t1");
  steps["task terminated"] = plain(await task.get("j1", "t1"));
  await task.reactivate("j1", "t1");
  await task.deleteMethod("j1", "t1");
  steps["task counts"] = plain(await job.getTaskCounts("j1"));

  await job.terminate("j1", { terminateReason: "enough" });
  steps["job terminated"] = plain(await job.get("j1"));
  await job.deleteMethod("j1");
  await pool.deleteMethod("p1");
  steps["refusals"] = [
    await refusal(() => task.get("j1", "t1")),
    await refusal(() => job.get("j2")),
    await refusal(() => pool.get("p2")),
    await refusal(() => pool.add({ id: "a b", vmSize: "a", virtualMachineConfiguration: machine })),
  ];
}

life().then(
  () => console.log(JSON.stringify(steps)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
