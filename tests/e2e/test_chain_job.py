"""Every property of a job, its auto pool's included, through its whole life on the real engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from azure_batch_provider.models.job import Job
from tests.e2e.chain import Link, links
from tests.e2e.chain_life import Life
from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess

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


class Jobs(Life):
    """A job for each property; what PATCH cannot change takes a new job, on the server as well."""

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        if not link.prop.traits.wire:
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


def placed(number: int) -> tuple[str, dict[str, Any]]:
    return f"jobs/j{number}", {"jobId": f"j{number}"}


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_job_is_created_drifts_heals_changes_and_is_imported(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    of = links(Job, version, placed, apart_from=API_2025 if version == API_2024 else None)
    for link in of:
        if link.sample.path[0] == "onAllTasksComplete":
            own = {**link.own, "jobManagerTask": KEPT_BUSY}  # a job without tasks would end at once
            of[of.index(link)] = replace(link, own=own)
    life = Jobs(make_stack, emulator, "Job", of, version)
    life.lives()
    if version == API_2025:
        life.is_left_alone(among=lambda link: link.sample.path[0] in PATCHED)
