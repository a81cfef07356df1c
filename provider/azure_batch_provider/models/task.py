"""A task: one execution of a command in a job (Task - Add)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, StrictStr

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Violation
from azure_batch_provider.models.common import OnMissing
from azure_batch_provider.models.completion import AwaitCompletion, OnFailure, completion_warnings
from azure_batch_provider.models.scalars import SCALARS, Id, Known, Text
from azure_batch_provider.models.task_body import COMMAND, TaskBody, task_rules, task_warnings
from azure_batch_provider.values.job_ids import JOB_ID

_JOB_ID: Final = re.compile(JOB_ID)


def _job_id(value: str) -> str:
    if not _JOB_ID.fullmatch(value):
        raise ValueError("must be the id of a job: 1 to 64 letters, digits, hyphens and underscores")
    return value


JobReference = Annotated[StrictStr, AfterValidator(_job_id), Known, SCALARS["id"]]
"""The id of a job, be it one that a job schedule made: those are called `<schedule>:job-<number>`."""


class Task(TaskBody):
    """A task in a job: a command that the service runs once on a node of the job's pool.

    A task cannot be changed once it was added, so each change replaces it: with an explicit `taskId` the old task is
    deleted first, otherwise the new one gets a name of its own. Whether a task has run, and how it ended, is
    not a difference. A task that has not ended 180 days after it was added is ended by the service.
    """

    id_form: ClassVar[str] = "jobs/<jobId>/tasks/<taskId>"
    mutable: ClassVar[frozenset[str]] = frozenset({"onMissing", "awaitCompletion", "onFailure"})

    jobId: JobReference = prop("Job that the task belongs to.", required=True, in_body=False)
    taskId: Id | None = prop(
        "Id of the task in its job: 1 to 64 letters, digits, hyphens and underscores; case is kept but does not tell "
        "ids apart. Left out, the name of the resource with a suffix made from its inputs.",
        wire_name="id",
    )
    commandLine: Text = prop(COMMAND, required=True, min_length=1)
    onMissing: OnMissing | None = prop(
        "What to do when the task is gone from its job although it was not deleted here (default `recreate`). A task "
        "of a job that has ended is never added again, nor is one that was added more than 179 days ago.",
        default="recreate",
        in_body=False,
    )
    triggers: list[Any] | None = prop(
        "Values of any kind; when one of them changes, the task is replaced, and so runs again. Compared as they are, "
        "and not sent to the service.",
        in_body=False,
    )
    awaitCompletion: AwaitCompletion | None = prop(
        "Wait until the task has completed (`{}` will do). Left out, the task is added and left to itself. A preview "
        "never waits.",
        in_body=False,
        empty_is_distinct=True,
    )
    onFailure: OnFailure | None = prop(
        "What the next `pulumi up` does when the task was waited for and has failed (default `keep`).",
        default="keep",
        in_body=False,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from task_rules(value)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from task_warnings(value.get("taskId"), value)
        yield from completion_warnings(value)
