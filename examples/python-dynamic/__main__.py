"""A job with five tasks, and what each node of its pool does first: by dynamic resources, without any plugin."""

from __future__ import annotations

import pulumi

from azure_batch_provider.dynamic import Job, PoolProperties, Task

AS_ITSELF = {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}}


def declare(pool_id: str = "poolId") -> None:
    """The stack. The pool itself must exist."""
    pool = PoolProperties(
        "properties",
        pool_id=pool_id,
        start_task={"commandLine": "/bin/bash -c 'echo start task'"},
    )
    job = Job(
        "job",
        job_id="jobId",
        pool_info={"poolId": pool.pool_id},
        on_task_failure="performexitoptionsjobaction",
    )
    Task("basic", job_id=job.job_id, task_id="task1", command_line="cmd /c echo task1")
    Task(
        "isolation",
        job_id=job.job_id,
        task_id="isolation",
        command_line="bash -c 'echo hello'",
        container_settings={
            "imageName": "ubuntu",
            "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}],
        },
        user_identity=AS_ITSELF,
    )
    Task(
        "container",
        job_id=job.job_id,
        task_id="container",
        command_line="bash -c 'echo hello'",
        container_settings={"imageName": "ubuntu", "containerRunOptions": "--rm"},
        user_identity=AS_ITSELF,
    )
    Task(
        "conditions",
        job_id=job.job_id,
        task_id="conditions",
        command_line="cmd /c exit 3",
        exit_conditions={"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "terminate"}}]},
        user_identity=AS_ITSELF,
    )
    # Without `task_id` the name is made from the resource's name and inputs: a changed task has a new one.
    slots = Task("slots", job_id=job.job_id, command_line="cmd /c echo task1", required_slots=2)

    pulumi.export("job", job.job_id)
    pulumi.export("slots", slots.task_id)


if __name__ == "__main__":
    declare()
