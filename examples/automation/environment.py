"""An environment of Azure Batch for each branch, made and taken away by a program.

    python environment.py up NAME
    python environment.py down NAME

Pulumi's Automation API runs the engine from here: there is no project file, and nothing to type.
"""

from __future__ import annotations

import sys

import pulumi
from pulumi import automation

import pulumi_azure_batch as batch


def environment(name: str) -> None:
    """A pool of its own, a job in it, and a task that must have succeeded before the environment counts as made."""
    pool = batch.Pool(
        "pool",
        pool_id=f"env-{name}",
        vm_size="standard_d2s_v3",
        virtual_machine_configuration={
            "image_reference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "node_agent_sku_id": "batch.node.ubuntu 24.04",
        },
        target_dedicated_nodes=1,
    )
    job = batch.Job("job", job_id=f"env-{name}", pool_info={"pool_id": pool.pool_id})
    batch.Task(
        "check", job_id=job.job_id, command_line="/bin/sh -c 'echo ready'", await_completion={"timeout": "PT15M"}
    )
    pulumi.export("job", job.job_id)


def main(verb: str, name: str) -> None:
    stack = automation.create_or_select_stack(
        stack_name=name, project_name="batch-environments", program=lambda: environment(name)
    )
    if verb == "down":
        stack.destroy(on_output=print, remove=True)
    else:
        print("Job:", stack.up(on_output=print).outputs["job"].value)


if __name__ == "__main__":
    main(*sys.argv[1:3])
