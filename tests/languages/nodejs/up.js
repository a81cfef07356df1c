// The program in bin/index.js as an inline program: created, seen to be unchanged, updated, destroyed.
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

const PROGRAM = require.resolve("./bin/index.js");

async function main() {
    const program = async () => {
        delete require.cache[PROGRAM];
        return require(PROGRAM);
    };
    const stack = await LocalWorkspace.createStack({ stackName: "dev", projectName: "hello-task", program });
    const up = async () => {
        const { summary, outputs } = await stack.up();
        return { changes: summary.resourceChanges, job: outputs.job.value, task: outputs.task.value };
    };
    const created = await up();
    const unchanged = await up();
    await stack.setConfig("greeting", { value: "good morning" });
    const updated = await up();
    const destroyed = { changes: (await stack.destroy()).summary.resourceChanges };
    console.log(JSON.stringify({ created, unchanged, updated, destroyed }));
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
