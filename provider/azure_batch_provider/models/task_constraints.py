"""How long and how often a task may run, and where it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import endless_retries, never_reached
from azure_batch_provider.models.scalars import Duration, Int32, Text


class TaskConstraints(Model):
    """Limits to the execution of a task."""

    maxWallClockTime: Duration | None = prop(
        "Longest time that a run may take, as an ISO 8601 duration such as `PT2H` (default: no limit). A task that "
        "takes longer is ended.",
        default="P10675199DT2H48M5.4775807S",
    )
    retentionTime: Duration | None = prop(
        "How long the task's directory is kept on the node after its end, as an ISO 8601 duration (default `P7D`).",
        default="P7D",
    )
    maxTaskRetryCount: Int32 | None = prop(
        "How often to run the task again after an exit code other than 0; -1 means without end. Left out, the value "
        "of its job counts.",
        computed=True,
        ge=-1,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from never_reached(value)
        yield from endless_retries(value)


class JobPreparationTaskConstraints(TaskConstraints):
    """Limits to the execution of a job preparation task. The service takes no retries from the job for it."""

    maxTaskRetryCount: Int32 | None = prop(
        "How often to run it again after an exit code other than 0 (default 0, whatever the job's retries are); -1 "
        "means without end.",
        default=0,
        ge=-1,
    )


class AffinityInfo(Model):
    """A wish for the compute node that a task should run on."""

    affinityId: Text = prop(
        "Affinity id of a node, or of a task that has run there. If that node is busy or gone, another one is taken.",
        required=True,
        min_length=1,
    )
