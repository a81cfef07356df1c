"""Ten thousand tasks, and a job that ends with them."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch


def declare() -> None:
    """Declare everything. The pool itself must exist."""
    config = pulumi.Config()
    run, seeds = config.get("run") or "001", config.get_int("seeds") or 1000
    job = batch.Job("job", job_id=f"sweep-{run}", pool_info={"pool_id": "poolId"})
    batch.TaskCollection(
        "runs",
        job_id=job.job_id,
        sweep={
            "task": {"command_line": "./simulate --seed {seed} --temperature {temperature}"},
            "parameters": {"seed": {"start": 1, "end": seeds}, "temperature": {"values": list(range(250, 341, 10))}},
        },
        on_all_tasks_complete=batch.AllTasksCompleteMode.TERMINATE_JOB,
        opts=pulumi.ResourceOptions(deleted_with=job),
    )
    pulumi.export("job", job.job_id)


if __name__ == "__main__":
    declare()
