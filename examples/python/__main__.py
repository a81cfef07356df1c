"""The stack of the repository's Pulumi.yaml in Python: a pool's properties, three jobs and the tasks in them."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch

OWN_USER = batch.UserIdentityArgs(
    auto_user=batch.AutoUserSpecificationArgs(
        scope=batch.AutoUserScope.TASK,
        elevation_level=batch.ElevationLevel.NONADMIN,
    )
)


def declare(pool_id: str = "poolId") -> None:
    """Declare everything. The pool itself must exist."""
    pool = batch.PoolProperties(
        "pool",
        pool_id=pool_id,
        start_task=batch.StartTaskArgs(command_line="/bin/bash -c 'echo start task'"),
        application_package_references=[],
        metadata=[],
    )
    here = batch.PoolInfoArgs(pool_id=pool.pool_id)

    job = batch.Job("job", job_id="jobId", pool_info=here)
    batch.Task("basic", job_id=job.job_id, task_id="task1", command_line="cmd /c echo task1")
    batch.Task(
        "frames",
        job_id=job.job_id,
        task_id="frame",
        command_line="/bin/bash -c 'seq -f \"$AZ_BATCH_TASK_ID %g\" 240'",
    )
    batch.Task(
        "dataIsolation",
        job_id=job.job_id,
        task_id="taskId",
        command_line="bash -c 'echo hello'",
        container_settings=batch.TaskContainerSettingsArgs(
            image_name="ubuntu",
            container_host_batch_bind_mounts=[
                batch.ContainerHostBatchBindMountEntryArgs(source=batch.ContainerHostDataPath.TASK, is_read_only=True)
            ],
        ),
        user_identity=OWN_USER,
    )

    container_job = batch.Job("containerJob", job_id="jobId-container", pool_info=here)
    batch.Task(
        "containerSettings",
        job_id=container_job.job_id,
        task_id="taskId",
        command_line="bash -c 'echo hello'",
        container_settings=batch.TaskContainerSettingsArgs(image_name="ubuntu", container_run_options="--rm"),
        user_identity=OWN_USER,
    )
    batch.Task(
        "extraSlots",
        job_id=container_job.job_id,
        task_id="task1",
        command_line="cmd /c echo task1",
        required_slots=2,
    )

    # Exit codes 2 to 4 of its task end this job, which must allow it.
    exit_job = batch.Job(
        "exitJob",
        job_id="jobId-exit",
        pool_info=here,
        on_task_failure=batch.TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION,
    )
    batch.Task(
        "exitConditions",
        job_id=exit_job.job_id,
        task_id="taskId",
        command_line="cmd /c exit 3",
        exit_conditions=batch.ExitConditionsArgs(
            exit_code_ranges=[
                batch.ExitCodeRangeMappingArgs(
                    start=2, end=4, exit_options=batch.ExitOptionsArgs(job_action=batch.JobAction.TERMINATE)
                )
            ]
        ),
        user_identity=OWN_USER,
    )

    # The same on Linux.
    linux_exit_job = batch.Job(
        "linuxExitJob",
        job_id="jobId-exit-linux",
        pool_info=here,
        on_task_failure=batch.TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION,
    )
    batch.Task(
        "linuxExitConditions",
        job_id=linux_exit_job.job_id,
        task_id="taskId",
        command_line="/bin/bash -c 'exit 3'",
        exit_conditions=batch.ExitConditionsArgs(
            exit_code_ranges=[
                batch.ExitCodeRangeMappingArgs(
                    start=2, end=4, exit_options=batch.ExitOptionsArgs(job_action=batch.JobAction.TERMINATE)
                )
            ]
        ),
    )

    pulumi.export("job", job.job_id)


if __name__ == "__main__":
    declare()
