"""Where a job's tasks run: a pool that exists, or one that the service makes for the job.

Knows which of the two is meant; what a pool is made of is in `pool_specification`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.pool_specification import PoolSpecification
from azure_batch_provider.models.rules import exactly_one, is_set, known
from azure_batch_provider.models.scalars import Bool, Enum, Id, Text


class PoolLifetimeOption(Enum):
    """How long an automatic pool lives."""

    JOB = "job", "As long as the job; each job of a schedule has a pool of its own."
    JOB_SCHEDULE = "jobschedule", "As long as the job schedule, whose jobs share it. For job schedules only."


class AutoPoolSpecification(Model):
    """A pool that the service makes when the job is added, and deletes when it ends.

    If the pool cannot be made, the job is completed at once, with the reason in its scheduling error.
    """

    autoPoolIdPrefix: Text | None = prop(
        "Beginning of the pool's id, at most 20 letters, digits, hyphens and underscores; the service adds a "
        "unique rest.",
        max_length=20,
        pattern=r"^[A-Za-z0-9_-]+$",
    )
    poolLifetimeOption: PoolLifetimeOption = prop(
        "How long the pool lives; `job`, for a job that no schedule makes.", required=True
    )
    keepAlive: Bool | None = prop(
        "Whether the pool stays when its life is over (default false). With true, deleting it is up to you.",
        default=False,
    )
    pool: PoolSpecification | None = prop("What the pool is made of.")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        of_schedule = PoolLifetimeOption.JOB_SCHEDULE.matches(value.get("poolLifetimeOption"))
        if of_schedule and "jobSpecification" not in context.path:
            yield Violation(
                ("poolLifetimeOption",), "is for job schedules: a job that no schedule makes needs a pool of `job`"
            )
        if known(value, "pool") and not is_set(value, "pool"):
            yield Violation((), "does not say what the pool is made of: `pool` is missing")


class PoolInfo(Model):
    """The pool of a job: the id of one that exists, or the description of one to make. Give exactly one of the two."""

    poolId: Id | None = prop(
        "Id of the pool that runs the job's tasks. The service accepts a pool that does not exist: nothing runs until "
        "it does. Excludes `autoPoolSpecification`."
    )
    autoPoolSpecification: AutoPoolSpecification | None = prop(
        "A pool that the service makes for this job and deletes after it. Excludes `poolId`."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from exactly_one(value, "poolId", "autoPoolSpecification")
