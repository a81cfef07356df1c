"""Resources of YAML programs, and what the service was asked, in the few words that tests need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.emulator_process import EmulatorProcess

READS = ("GET", "HEAD")


def resource(kind: str, properties: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A resource of this provider: `resource("Task", {...}, dependsOn=["${job}"])`."""
    return {
        "type": f"azure-batch:{kind}",
        "properties": properties,
        **({"options": options} if options else {}),
    }


def job(id: str = "jobId", *, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return resource("Job", {"jobId": id, "poolInfo": {"poolId": "poolId"}, **properties}, **(options or {}))


def task(
    job: str, id: str | None = "task1", *, options: dict[str, Any] | None = None, **properties: Any
) -> dict[str, Any]:
    """Auto-named when `id` is None."""
    named = {} if id is None else {"taskId": id}
    return resource(
        "Task", {"jobId": job, **named, "commandLine": "cmd /c echo task1", **properties}, **(options or {})
    )


def collection(job: str, *, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return resource("TaskCollection", {"jobId": job, **properties}, **(options or {}))


def schedule(id: str | None = "nightly", *, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """One that makes a job each hour, whose manager does nothing; auto-named when `id` is None."""
    manager = {"id": "manager", "commandLine": "cmd /c manage", "killJobOnCompletion": False}
    whole = {
        **({} if id is None else {"jobScheduleId": id}),
        "schedule": {"recurrenceInterval": "PT1H"},
        "jobSpecification": {"poolInfo": {"poolId": "poolId"}, "jobManagerTask": manager},
        **properties,
    }
    return resource("JobSchedule", whole, **(options or {}))


def pool(*, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return resource("PoolProperties", {"poolId": "poolId", **properties}, **(options or {}))


def requests(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """(method, path) of what was asked of the service since the last look, oldest first."""
    return [(entry["method"], entry["path"]) for entry in taken(emulator)]


def writes(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """Those of `requests` that are no reads."""
    return [(method, path) for method, path in requests(emulator) if method not in READS]


def taken(emulator: EmulatorProcess) -> Sequence[dict[str, Any]]:
    """The log's entries since the last look."""
    entries = emulator.requests()
    emulator.clear_requests()
    return entries


def changed(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """Those of `writes` that the service carried out, also when the reply was lost."""
    return [
        (entry["method"], entry["path"])
        for entry in taken(emulator)
        if entry["method"] not in READS and (entry["status"] is None or entry["status"] < 300)
    ]
