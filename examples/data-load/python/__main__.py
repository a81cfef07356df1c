"""Provisioning that goes on when the data are there."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch

STEPS = [("schema", "create the tables", "PT10M"), ("rows", "load the rows", "PT2H")]


def declare() -> None:
    """Declare everything. The pool itself must exist."""
    load = batch.Job("load", job_id="load", pool_info={"pool_id": "poolId"})
    before: list[pulumi.Resource] = []
    for name, does, timeout in STEPS:
        task = batch.Task(
            name,
            job_id=load.job_id,
            command_line=f"/bin/sh -c 'echo {does}'",
            await_completion={"timeout": timeout},
            # After a failure the next `up` runs it again.
            on_failure=batch.OnFailure.RERUN,
            opts=pulumi.ResourceOptions(depends_on=before),
        )
        before = [task]
    # Whatever needs the data comes after the last step, of any provider. Here: the job that works on them.
    work = batch.Job(
        "work", job_id="work", pool_info={"pool_id": "poolId"}, opts=pulumi.ResourceOptions(depends_on=before)
    )
    pulumi.export("work", work.job_id)


if __name__ == "__main__":
    declare()
