// Lists, reads and deletes the files of task t1 of job j1: what came back goes to standard output as JSON.

const { BatchServiceClient, BatchSharedKeyCredentials } = require("@azure/batch");

const account = process.env;
const credentials = new BatchSharedKeyCredentials(account.AZURE_BATCH_ACCOUNT, account.AZURE_BATCH_ACCESS_KEY);
const client = new BatchServiceClient(credentials, account.AZURE_BATCH_ENDPOINT);

async function read(name, options) {
  const answer = await client.file.getFromTask("j1", "t1", name, options);
  const pieces = [];
  for await (const piece of answer.readableStreamBody) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function main() {
  const steps = {};
  const name = "wd/out file.txt";
  steps.names = (await client.file.listFromTask("j1", "t1", { recursive: true })).map((file) => file.name);
  steps.content = await read(name);
  steps.part = await read(name, { fileGetFromTaskOptions: { ocpRange: "bytes=1-2" } });
  const properties = await client.file.getPropertiesFromTask("j1", "t1", name);
  steps.properties = [properties.contentLength, properties.ocpBatchFileIsdirectory, properties.ocpBatchFileMode];
  steps.subtasks = (await client.task.listSubtasks("j1", "t1")).value;
  await client.file.deleteFromTask("j1", "t1", "wd", { recursive: true });
  steps.left = (await client.file.listFromTask("j1", "t1")).map((file) => file.name);
  console.log(JSON.stringify(steps));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
