"""A job, and a task in it that says what the stack's configuration tells it to."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch


def declare() -> None:
    """Declare everything. The pool itself must exist."""
    greeting = pulumi.Config().get("greeting") or "hello"
    job = batch.Job("job", pool_info={"pool_id": "poolId"}, metadata=[{"name": "says", "value": greeting}])
    hello = batch.Task("hello", job_id=job.job_id, command_line=f"/bin/sh -c 'echo {greeting}'")

    pulumi.export("job", job.job_id)
    pulumi.export("task", hello.task_id)


if __name__ == "__main__":
    declare()
