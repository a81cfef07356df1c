"""What the service does with a job and with waiting tasks when a task has ended in a certain way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set, items, ordered, repeated
from azure_batch_provider.models.scalars import Enum, Int32


class JobAction(Enum):
    """What is done to the job of a task that has ended."""

    NONE = "none", "Nothing."
    DISABLE = "disable", "Disable the job; its running tasks go back to the queue."
    TERMINATE = "terminate", "Terminate the job, with `TaskFailed` as the reason."


class DependencyAction(Enum):
    """What is done to the tasks that wait for a task that has ended."""

    SATISFY = "satisfy", "They no longer wait for it."
    BLOCK = "block", "They go on waiting, and are not scheduled."


class ExitOptions(Model):
    """What to do after a certain end of a task."""

    jobAction: JobAction | None = prop(
        "What to do with the job. Left out, `none` after exit code 0 and `terminate` otherwise. The job must have "
        "`onTaskFailure: performexitoptionsjobaction`, or the service refuses the task."
    )
    dependencyAction: DependencyAction | None = prop(
        "What to do with tasks that depend on this one. Left out, `satisfy` after exit code 0 and `block` otherwise."
    )


class ExitCodeMapping(Model):
    """What to do after one exit code."""

    code: Int32 = prop("The exit code.", required=True)
    exitOptions: ExitOptions = prop("What to do after it.", required=True, empty_is_distinct=True)


class ExitCodeRangeMapping(Model):
    """What to do after any exit code of a range."""

    start: Int32 = prop("First exit code of the range.", required=True)
    end: Int32 = prop("Last exit code of the range; not smaller than `start`.", required=True)
    exitOptions: ExitOptions = prop("What to do after any of them.", required=True, empty_is_distinct=True)

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from ordered(value, "start", "end")


class ExitConditions(Model):
    """What to do after each way in which a task can end."""

    exitCodes: list[ExitCodeMapping] | None = prop(
        "Single exit codes. Exit code 0 is treated specially only if it is listed here or in a range.", key="code"
    )
    exitCodeRanges: list[ExitCodeRangeMapping] | None = prop("Ranges of exit codes, both ends included.")
    preProcessingError: ExitOptions | None = prop(
        "What to do when the task could not be started. Overrides `default`, also when empty.", empty_is_distinct=True
    )
    fileUploadError: ExitOptions | None = prop(
        "What to do when files could not be uploaded. Overrides `default`, also when empty; an action for the exit "
        "code comes first.",
        empty_is_distinct=True,
    )
    default: ExitOptions | None = prop(
        "What to do after any other failure: an exit code that is not 0 and not listed, and the two errors above "
        "where they are not given.",
        empty_is_distinct=True,
        # Seen on active tasks that were added without it, and gone from them once they ran.
        computed=True,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        for index, first in repeated(value, "exitCodes", "code"):
            yield Violation(
                ("exitCodes", index, "code"),
                f"is the exit code of exitCodes[{first}] again: which of the two counts is not documented",
            )
        ranges = sorted(
            (item["start"], item["end"], index)
            for index, item in items(value, "exitCodeRanges")
            if is_set(item, "start") and is_set(item, "end") and item["start"] <= item["end"]
        )
        reach: tuple[int, int] | None = None
        for start, end, index in ranges:
            if reach is not None and start <= reach[0]:
                yield Violation(
                    ("exitCodeRanges", index),
                    f"overlaps exitCodeRanges[{reach[1]}]: which of the two counts is not documented",
                )
            if reach is None or end > reach[0]:
                reach = (end, index)
