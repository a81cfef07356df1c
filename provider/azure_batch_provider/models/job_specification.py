"""The jobs of a job schedule: each is made from this (Job Schedules - Create)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Violation
from azure_batch_provider.models.common import AllTasksCompleteMode, ends
from azure_batch_provider.models.job_body import JobBody
from azure_batch_provider.models.rules import known
from azure_batch_provider.models.scalars import Text


class JobSpecification(JobBody):
    """What each job of a schedule is made of: a job without its id, which is `<schedule>:job-<number>`."""

    displayName: Text | None = prop(
        "Name to show of each job, at most 1024 characters; need not be unique.", max_length=1024
    )
    onAllTasksComplete: AllTasksCompleteMode | None = prop(
        "What happens when all tasks of a job have ended (default `noaction`). A job without tasks counts as ended: "
        "`terminatejob` needs a `jobManagerTask` that adds them.",
        default="noaction",
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from super().warnings(value, context)
        manager = value.get("jobManagerTask")
        if not known(value, "jobManagerTask") or not ends(value.get("onAllTasksComplete")):
            return
        if manager is None:
            yield Violation(
                ("onAllTasksComplete",),
                "`terminatejob` without a `jobManagerTask` ends each job at once: the schedule makes it without tasks",
            )
        elif known(manager, "killJobOnCompletion") and manager.get("killJobOnCompletion") is not False:
            yield Violation(
                ("jobManagerTask", "killJobOnCompletion"),
                "is true unless `false` is given: each job ends with its manager, and with it the tasks that it has "
                "added and that still run. Only with `false` does `onAllTasksComplete` end the job",
            )
