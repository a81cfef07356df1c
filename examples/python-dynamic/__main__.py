"""The stack of the repository's Pulumi.yaml by dynamic resources: no plugin, no SDK, only this Python package."""

from __future__ import annotations

import pulumi

from azure_batch_provider.dynamic import Job, PoolProperties, Task

OWN_USER = {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}}


def declare(pool_id: str = "poolId") -> None:
    """Declare everything. The pool itself must exist."""
    pool = PoolProperties(
        "pool",
        pool_id=pool_id,
        start_task={"commandLine": "/bin/bash -c 'echo start task'"},
        application_package_references=[],
        metadata=[],
    )
    here = {"poolId": pool.pool_id}

    job = Job("job", job_id="jobId", pool_info=here)
    Task("basic", job_id=job.job_id, task_id="task1", command_line="cmd /c echo task1")
    Task(
        "frames",
        job_id=job.job_id,
        task_id="frame",
        command_line="/bin/bash -c 'seq -f \"$AZ_BATCH_TASK_ID %g\" 240'",
    )
    Task(
        "dataIsolation",
        job_id=job.job_id,
        task_id="taskId",
        command_line="bash -c 'echo hello'",
        container_settings={
            "imageName": "ubuntu",
            "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}],
        },
        user_identity=OWN_USER,
    )

    container_job = Job("containerJob", job_id="jobId-container", pool_info=here)
    Task(
        "containerSettings",
        job_id=container_job.job_id,
        task_id="taskId",
        command_line="bash -c 'echo hello'",
        container_settings={"imageName": "ubuntu", "containerRunOptions": "--rm"},
        user_identity=OWN_USER,
    )
    Task(
        "extraSlots",
        job_id=container_job.job_id,
        task_id="task1",
        command_line="cmd /c echo task1",
        required_slots=2,
    )

    # Exit codes 2 to 4 of its task end this job, which must allow it.
    exit_job = Job(
        "exitJob",
        job_id="jobId-exit",
        pool_info=here,
        on_task_failure="performexitoptionsjobaction",
    )
    Task(
        "exitConditions",
        job_id=exit_job.job_id,
        task_id="taskId",
        command_line="cmd /c exit 3",
        exit_conditions={"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "terminate"}}]},
        user_identity=OWN_USER,
    )

    # The same on Linux.
    linux_exit_job = Job(
        "linuxExitJob",
        job_id="jobId-exit-linux",
        pool_info=here,
        on_task_failure="performexitoptionsjobaction",
    )
    Task(
        "linuxExitConditions",
        job_id=linux_exit_job.job_id,
        task_id="taskId",
        command_line="/bin/bash -c 'exit 3'",
        exit_conditions={"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "terminate"}}]},
    )

    pulumi.export("job", job.job_id)


if __name__ == "__main__":
    declare()
