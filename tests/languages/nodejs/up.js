// Programs as inline programs: created, seen to be unchanged, updated where life.json says how, destroyed.
//
//     node up.js FOLDER...
//
// Each folder has life.json, and bin/index.js or index.js.
const fs = require("node:fs");
const path = require("node:path");
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

async function live(folder) {
    const { project, config, change, again } = JSON.parse(fs.readFileSync(path.join(folder, "life.json"), "utf8"));
    const compiled = ["bin/index.js", "index.js"].map((name) => path.resolve(folder, name)).find(fs.existsSync);
    const program = async () => {
        delete require.cache[compiled];
        return require(compiled);
    };
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: project, program });
    const configure = async (settings) => {
        for (const [key, value] of Object.entries(settings)) {
            await stack.setConfig(key, { value });
        }
    };
    const up = async () => {
        const { summary, outputs } = await stack.up();
        const values = Object.entries(outputs).map(([name, output]) => [name, output.value]);
        return { changes: summary.resourceChanges, ...Object.fromEntries(values) };
    };
    await configure(config);
    const results = { created: await up() };
    if (again) {
        results.unchanged = await up();
    }
    if (Object.keys(change).length > 0) {
        await configure(change);
        results.updated = await up();
    }
    results.destroyed = { changes: (await stack.destroy()).summary.resourceChanges };
    fs.writeFileSync(path.join(folder, "results.json"), JSON.stringify(results));
}

async function main() {
    for (const folder of process.argv.slice(2)) {
        await live(folder);
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
