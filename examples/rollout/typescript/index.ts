import * as pulumi from "@pulumi/pulumi";
import * as batch from "pulumi-azure-batch";

const tools = new pulumi.Config().get("tools") ?? "ffmpeg";

// The pool exists already; the start task of its nodes is ours.
const nodes = new batch.PoolProperties("nodes", {
    poolId: "poolId",
    startTask: {
        commandLine: `/bin/sh -c 'apt-get update && apt-get install -y ${tools}'`,
        userIdentity: { autoUser: { elevationLevel: "admin", scope: "pool" } },
        waitForSuccess: true,
    },
    // Of three nodes two go on working, and a task that runs on a node is waited for before the node restarts.
    rollout: { strategy: "reboot", maxUnavailable: "1", nodeOption: "taskcompletion" },
});

export const startTask = nodes.startTask.apply((task) => task?.commandLine);
