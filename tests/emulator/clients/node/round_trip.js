// The round trip by npm's @azure/batch, with a key: how many tasks completed, and what one wrote, as JSON.

"use strict";

const { setTimeout: sleep } = require("node:timers/promises");
const { BatchServiceClient, BatchSharedKeyCredentials } = require("@azure/batch");

const { AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY, AZURE_BATCH_ENDPOINT } = process.env;
const credentials = new BatchSharedKeyCredentials(AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY);
const { pool, job, task, file } = new BatchServiceClient(credentials, AZURE_BATCH_ENDPOINT);

async function main() {
  await pool.add({
    id: "p1",
    vmSize: "standard_d2s_v3",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
    targetDedicatedNodes: 2,
    taskSlotsPerNode: 4,
  });
  await job.add({ id: "j1", poolInfo: { poolId: "p1" } });
  const commandLine = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'";
  await task.addCollection("j1", Array.from({ length: 100 }, (_, number) => ({ id: `t${number}`, commandLine })));
  const left = { taskListOptions: { filter: "state ne 'completed'" } };
  while ((await task.list("j1", left)).length) await sleep(100);

  let page = await task.list("j1", { taskListOptions: { filter: "state eq 'completed'", maxResults: 40 } });
  let completed = page.length;
  while (page.odatanextLink) {
    page = await task.listNext(page.odatanextLink);
    completed += page.length;
  }
  let wrote = "";
  for await (const piece of (await file.getFromTask("j1", "t42", "stdout.txt")).readableStreamBody) wrote += piece;
  await job.deleteMethod("j1");
  await pool.deleteMethod("p1");
  while ((await job.list()).length || (await pool.list()).length) await sleep(100);
  console.log(JSON.stringify({ completed, wrote }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
