"""How the arguments of a function say what it is about: by the id of a resource, or by the service's own ids.

A resource's id (`pools/render`) is not known before the resource is there, so that `${pool.id}` lets a first preview
wait for it; a service's id is often a plain text, which is asked for at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.values.job_ids import ID, JOB_ID


@dataclass(frozen=True)
class Named:
    """A pool, job, job schedule or task, as arguments name it.

    Attributes:
        parts: the arguments that name it together, in the order of the REST path.
        pattern: of the id of a resource, with a group for each part.
        form: of that id, for people.
        required: whether it must be named.
    """

    parts: tuple[str, ...]
    pattern: str
    form: str
    required: bool = True

    def rules(self, value: Mapping[str, Any]) -> Iterator[Violation]:
        """It is named in just one way, and an `id` has its form."""
        given = [name for name in self.parts if is_set(value, name)]
        if is_set(value, "id"):
            if re.fullmatch(self.pattern, value["id"]) is None:
                yield Violation(("id",), f"must be the id of a resource, of the form {self.form}")
            for name in given:
                yield Violation((name,), "cannot be given beside `id`, which says it already")
        elif known(value, "id", *self.parts) and len(given) < len(self.parts) and (given or self.required):
            yield Violation((), f"`id`, or {' and '.join(f'`{name}`' for name in self.parts)}, must be given")

    def ids(self, value: Mapping[str, Any]) -> tuple[str, ...]:
        """The service's ids; none where nothing is named, which has to be allowed."""
        if value.get("id") is not None:
            match = re.fullmatch(self.pattern, value["id"])
            return () if match is None else match.groups()
        return tuple(value[name] for name in self.parts if value.get(name) is not None)


POOL: Final = Named(("poolId",), rf"pools/({ID})", "pools/POOL")
JOB: Final = Named(("jobId",), rf"jobs/({JOB_ID})", "jobs/JOB")
JOB_OF_TASKS: Final = Named(
    ("jobId",),
    rf"jobs/({JOB_ID})(?:/collections/{ID}|/tasks(?:/{ID})?)?",
    "jobs/JOB, jobs/JOB/collections/COLLECTION or jobs/JOB/tasks/TASK",
)
SCHEDULE: Final = Named(("jobScheduleId",), rf"jobschedules/({ID})", "jobschedules/JOBSCHEDULE")
TASK: Final = Named(("jobId", "taskId"), rf"jobs/({JOB_ID})/tasks/({ID})", "jobs/JOB/tasks/TASK")
