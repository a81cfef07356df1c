"""A start task that reaches the nodes which are there already, one after the other."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch


def declare() -> None:
    """Declare everything. The pool exists already; the start task of its nodes is ours."""
    tools = pulumi.Config().get("tools") or "ffmpeg"
    nodes = batch.PoolProperties(
        "nodes",
        pool_id="poolId",
        start_task={
            "command_line": f"/bin/sh -c 'apt-get update && apt-get install -y {tools}'",
            "user_identity": {
                "auto_user": {"elevation_level": batch.ElevationLevel.ADMIN, "scope": batch.AutoUserScope.POOL}
            },
            "wait_for_success": True,
        },
        # Of three nodes two go on working, and a task that runs on a node is waited for before the node restarts.
        rollout={
            "strategy": batch.RolloutStrategy.REBOOT,
            "max_unavailable": "1",
            "node_option": batch.NodeRestartOption.TASK_COMPLETION,
        },
    )
    pulumi.export("startTask", nodes.start_task.apply(lambda task: task and task.command_line))


if __name__ == "__main__":
    declare()
