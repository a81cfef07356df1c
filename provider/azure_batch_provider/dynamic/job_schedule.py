"""The resource `JobSchedule`, as a program without a plugin declares it.

Written by scripts/generate.py from the resource's model: a change belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from azure_batch_provider.dynamic.provider import JobScheduleProvider
from azure_batch_provider.dynamic.resource import BatchResource, Body


class JobSchedule(BatchResource, module="azure-batch", name="JobSchedule"):
    """A job schedule: makes jobs from a specification, once or again and again.

    `schedule`, `jobSpecification` and `metadata` can be changed; what changes in the specification holds for the jobs
    that are made from then on. `displayName` stays what it is. That a schedule is completed is not a difference; but
    the service changes nothing of it any more, so a change replaces it, **with all jobs that it made**. Deleting waits
    until the schedule and its jobs are gone.

    Its jobs are called `<jobScheduleId>:job-<number>`.

    Follows the same rules as the resource of that name in the `azure-batch` plugin; see docs/dynamic.md for what
    dynamic providers cannot do.
    """

    def __init__(
        self,
        name: str,
        *,
        schedule: pulumi.Input[Body],
        job_specification: pulumi.Input[Body],
        job_schedule_id: pulumi.Input[str] | None = None,
        display_name: pulumi.Input[str] | None = None,
        metadata: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        take_over: pulumi.Input[bool] | None = None,
        deletion_policy: pulumi.Input[str] | None = None,
        on_missing: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. Nested bodies are spelled as in the REST API: dicts in camelCase, or the models of this package.

        Args:
            name: of the resource in the stack.
            schedule: When jobs are made.
            job_specification: What each job is made of.
            job_schedule_id: Id of the schedule in its account: 1 to 64 letters, digits, hyphens and underscores; case
                is kept but does not tell ids apart, and no job may have it. Left out, the name of the resource with a
                suffix.
            display_name: Name to show, at most 1024 characters; need not be unique. It cannot be changed: what a
                schedule was created with stays, unless `replaceOnChanges` asks for a new one.
            metadata: Names and values stored with the schedule.
            take_over: Accept that a schedule of this id may exist and differ from what is declared, and change it
                (default false: such a schedule is refused when this resource is created).
            deletion_policy: What happens to the schedule and its jobs when this resource is deleted (default `delete`).
            on_missing: What to do when the schedule is gone although it was not deleted here (default `recreate`).
            opts: of the resource; `import_` is not possible here.

        Raises:
            pulumi.RunError: `opts` asks for what a dynamic provider cannot do.
        """
        super().__init__(
            JobScheduleProvider(),
            name,
            {
                "jobScheduleId": job_schedule_id,
                "displayName": display_name,
                "schedule": schedule,
                "jobSpecification": job_specification,
                "metadata": metadata,
                "takeOver": take_over,
                "deletionPolicy": deletion_policy,
                "onMissing": on_missing,
            },
            opts,
        )

    @property
    @pulumi.getter(name="jobScheduleId")
    def job_schedule_id(self) -> pulumi.Output[str]:
        return self._declared("jobScheduleId")

    @property
    @pulumi.getter(name="displayName")
    def display_name(self) -> pulumi.Output[str | None]:
        return self._declared("displayName")

    @property
    @pulumi.getter(name="schedule")
    def schedule(self) -> pulumi.Output[Mapping[str, Any]]:
        return self._declared("schedule")

    @property
    @pulumi.getter(name="jobSpecification")
    def job_specification(self) -> pulumi.Output[Mapping[str, Any]]:
        return self._declared("jobSpecification")

    @property
    @pulumi.getter(name="metadata")
    def metadata(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("metadata")

    @property
    @pulumi.getter(name="takeOver")
    def take_over(self) -> pulumi.Output[bool | None]:
        return self._declared("takeOver")

    @property
    @pulumi.getter(name="deletionPolicy")
    def deletion_policy(self) -> pulumi.Output[str | None]:
        return self._declared("deletionPolicy")

    @property
    @pulumi.getter(name="onMissing")
    def on_missing(self) -> pulumi.Output[str | None]:
        return self._declared("onMissing")
