"""Tasks that wait for each other, and what happens to the rest when one fails."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch


def declare() -> None:
    """Declare everything. The pool itself must exist."""
    job = batch.Job(
        "job",
        pool_info={"pool_id": "poolId"},
        uses_task_dependencies=True,
        # Without it exit conditions may not end the job.
        on_task_failure=batch.TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION,
    )
    fetch = batch.Task(
        "fetch",
        job_id=job.job_id,
        task_id="fetch",
        command_line="/bin/sh -c './fetch --all'",
        exit_conditions={
            # 3: nothing new, so there is nothing to do for the others either. Where no action on the job is named, a
            # failure ends it.
            "exit_codes": [{"code": 3, "exit_options": {"job_action": batch.JobAction.TERMINATE}}],
            "default": {"job_action": batch.JobAction.NONE, "dependency_action": batch.DependencyAction.BLOCK},
        },
    )
    count = batch.Task(
        "count",
        job_id=job.job_id,
        task_id="count",
        command_line="/bin/sh -c './count'",
        # An output of `fetch`: the engine, too, adds `fetch` first.
        depends_on={"task_ids": [fetch.task_id]},
        # 4 to 9: some of it could not be counted. The report is made all the same.
        exit_conditions={
            "exit_code_ranges": [
                {
                    "start": 4,
                    "end": 9,
                    "exit_options": {
                        "job_action": batch.JobAction.NONE,
                        "dependency_action": batch.DependencyAction.SATISFY,
                    },
                }
            ]
        },
    )
    batch.Task(
        "report",
        job_id=job.job_id,
        task_id="report",
        command_line="/bin/sh -c './report'",
        depends_on={"task_ids": [count.task_id]},
    )
    pulumi.export("job", job.job_id)


if __name__ == "__main__":
    declare()
