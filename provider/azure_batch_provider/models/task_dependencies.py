"""The tasks that a task waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import ordered
from azure_batch_provider.models.scalars import Id, Int32

LONGEST_IDS: Final = 64000
"""Characters that all ids of one `taskIds` may have together."""


class TaskIdRange(Model):
    """A range of tasks whose ids are integers."""

    start: Int32 = prop("First task id of the range.", required=True)
    end: Int32 = prop("Last task id of the range; not smaller than `start`.", required=True)

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from ordered(value, "start", "end")


class TaskDependencies(Model):
    """The tasks that must have succeeded before a task is scheduled. Its job must have `usesTaskDependencies: true`."""

    taskIds: list[Id] | None = prop(
        "Ids of tasks, of at most 64000 characters together. For more, use `taskIdRanges`.", unordered=True
    )
    taskIdRanges: list[TaskIdRange] | None = prop(
        "Ranges of task ids that are integers, both ends included.", unordered=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        ids = value.get("taskIds")
        if isinstance(ids, (list, tuple)):
            # What is known counts even beside unknown ids: those only make the sum larger.
            total = sum(len(item) for item in ids if isinstance(item, str))
            if total > LONGEST_IDS:
                yield Violation(
                    ("taskIds",),
                    f"has ids of {total} characters together, at most {LONGEST_IDS} are allowed: "
                    "name tasks by integers and use `taskIdRanges`",
                )
