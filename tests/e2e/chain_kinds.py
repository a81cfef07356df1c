"""What the life of a property is for each type: how its entities change on the server, and what needs a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from azure_batch_provider.models.base import API_2024, API_2025
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from tests.e2e.chain import Link, links
from tests.e2e.chain_life import Life
from tests.e2e.conftest import POOL
from tests.emulator_process import EmulatorProcess

JOB: Final = {
    "id": "jobId",
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
}
RESET: Final[dict[str, Any]] = {
    "priority": 0,
    "maxParallelTasks": -1,
    "allowTaskPreemption": False,
    "constraints": {},
    "metadata": [],
}
"""What a PATCH says to take a property back; what is not here cannot be taken back."""
PATCHED: Final = frozenset({*RESET, "onAllTasksComplete", "networkConfiguration"})
KEPT_BUSY: Final = {"id": "manager", "commandLine": "work"}
LISTS: Final = {
    API_2025: ("metadata", "applicationPackageReferences"),
    API_2024: ("metadata", "applicationPackageReferences", "certificateReferences"),
}
"""What a replacement of the properties must hold, by api-version."""


class Tasks(Life):
    """Tasks of one job; on the server a task can only be changed by adding another one of its id."""

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return link.prop.traits.in_body or link.prop.traits.replace

    def change(self, link: Link, body: dict[str, Any]) -> None:
        assert self.emulator.call("DELETE", f"/{link.id}").status == 200
        self.emulator.post("/jobs/jobId/tasks", {"id": link.own["taskId"], **body})

    def server(self, link: Link) -> dict[str, Any]:
        return dict(self.emulator.get(f"/{link.id}"))


class Jobs(Life):
    """A job for each property; what PATCH cannot change takes a new job, on the server as well."""

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        if not link.prop.traits.in_body or link.prop.traits.fixed:
            return False
        top = link.sample.path[0]
        if top == "onAllTasksComplete":
            return bool(old == "terminatejob")
        if top == "networkConfiguration" and link.sample.path == (top,):
            return kind == "delete"
        return top not in PATCHED

    def change(self, link: Link, body: dict[str, Any]) -> None:
        top = str(link.sample.path[0])
        if top in RESET or (top in PATCHED and top in body and top != "onAllTasksComplete"):
            assert self.emulator.call("PATCH", f"/{link.id}", {top: body.get(top, RESET.get(top))}).status == 200
            return
        assert self.emulator.call("DELETE", f"/{link.id}").status == 202
        assert self.emulator.call("GET", f"/{link.id}").status == 404
        self.emulator.post("/jobs", {"id": link.own["jobId"], **body}, self.version)

    def besides(self, link: Link) -> dict[str, Any]:
        return {"priority": 77} if link.sample.path[0] != "priority" else {"maxParallelTasks": 77}

    def server(self, link: Link) -> dict[str, Any]:
        return dict(self.emulator.get(f"/{link.id}", self.version))


class Pools(Life):
    """A pool for each property."""

    takes_secrets_later = True

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return False

    def change(self, link: Link, body: dict[str, Any]) -> None:
        whole = {**{name: [] for name in LISTS[self.version]}, **body}
        self.emulator.post(f"/{link.id}/updateproperties", whole, self.version)

    def besides(self, link: Link) -> dict[str, Any]:
        if link.sample.path[0] == "metadata":
            return {"applicationPackageReferences": [{"applicationId": "besides"}]}
        return {"metadata": [{"name": "besides", "value": "this"}]}

    def server(self, link: Link) -> dict[str, Any]:
        return dict(self.emulator.get(f"/{link.id}", self.version))


def task_links(emulator: EmulatorProcess, version: str) -> list[Link]:
    """A task for every property, and the job that they belong to."""
    emulator.post("/jobs", JOB)
    return links(
        Task, version, lambda number: (f"jobs/jobId/tasks/t{number}", {"jobId": "jobId", "taskId": f"t{number}"})
    )


def job_links(emulator: EmulatorProcess, version: str) -> list[Link]:
    """A job for every property."""
    of = links(Job, version, lambda number: (f"jobs/j{number}", {"jobId": f"j{number}"}))
    for link in of:
        if link.sample.path[0] == "onAllTasksComplete":
            own = {**link.own, "jobManagerTask": KEPT_BUSY}  # a job without tasks would end at once
            of[of.index(link)] = replace(link, own=own)
    return of


def pool_links(emulator: EmulatorProcess, version: str) -> list[Link]:
    """A pool for every property."""
    of = links(PoolProperties, version, lambda number: (f"pools/p{number}", {"poolId": f"p{number}"}))
    for link in of:
        emulator.post("/pools", {**POOL, "id": link.own["poolId"]})
    return of
