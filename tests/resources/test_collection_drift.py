"""What a plan says of a task that another client has changed, where it is made of defaults."""

from __future__ import annotations

from typing import Any

from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import MakeLifecycle


def test_only_what_is_not_as_the_defaults_say_is_named(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    defaults = {"commandLine": "run", "displayName": "d", "constraints": {"retentionTime": "P1D"}}
    declared: dict[str, Any] = {"jobId": "job", "tasks": {"t": {}, "u": {}}, "defaults": defaults}
    made = lifecycle("TaskCollection").create(declared)
    changed = {"constraints": {"retentionTime": "P2D"}}
    assert emulator.call("PUT", "/jobs/job/tasks/t", changed).status == 200
    seen = lifecycle("TaskCollection").read(made)
    assert seen is not None
    assert seen.inputs["tasks"] == {"t": changed, "u": {}}
    lifecycle("TaskCollection").update(seen, declared)
    assert emulator.get("/jobs/job/tasks/t")["constraints"]["retentionTime"] == "P1D"
