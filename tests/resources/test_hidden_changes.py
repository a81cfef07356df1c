"""What the service never returns is sent when the declaration of it changes, and only then."""

from __future__ import annotations

import copy
from typing import Any

from azure_batch_provider.lifecycle.results import State
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import POOL, MakeLifecycle

MACHINE = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}


def schedule(password: str) -> dict[str, Any]:
    pool = {**copy.deepcopy(MACHINE), "userAccounts": [{"name": "u", "password": password}]}
    automatic = {"poolLifetimeOption": "job", "pool": pool}
    return {
        "jobScheduleId": "s",
        "schedule": {"doNotRunUntil": "2099-01-01T00:00:00Z"},
        "jobSpecification": {"poolInfo": {"autoPoolSpecification": automatic}},
    }


def test_a_password_in_what_a_patch_can_change_is_sent(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    schedules = lifecycle("JobSchedule")
    made = schedules.create(schedule("old-passw0rd"))
    emulator.clear_requests()

    same = schedules.update(State(made.id, made.inputs, made.outputs, made.private), schedule("old-passw0rd"))
    assert [entry["method"] for entry in emulator.requests()] == ["GET"]
    schedules.update(same, schedule("new-passw0rd"))

    (patch,) = [entry for entry in emulator.requests() if entry["method"] == "PATCH"]
    pool = patch["body"]["jobSpecification"]["poolInfo"]["autoPoolSpecification"]["pool"]
    assert pool["userAccounts"] == [{"name": "u", "password": "new-passw0rd"}]
