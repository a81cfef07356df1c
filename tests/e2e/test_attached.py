"""Engines that attach to one running plugin get on as if each provider had a process of its own."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.programs import job
from tests.emulator_process import EmulatorProcess


def account(emulator: EmulatorProcess) -> dict[str, Any]:
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    return {"type": "pulumi:providers:azure-batch", "properties": values}


def test_two_accounts_of_one_program_stay_two(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    with EmulatorProcess() as other:
        other.post("/pools", POOL)
        here, there = job(displayName="here"), job(displayName="there")
        there["options"] = {"provider": "${other}"}
        stack = make_stack({"other": account(other), "here": here, "there": there})
        stack.up()

        assert emulator.get("/jobs/jobId")["displayName"] == "here"
        assert other.get("/jobs/jobId")["displayName"] == "there"
        assert stack.preview().changed == {}
        stack.destroy()
        assert [each.get("/jobs")["value"] for each in (emulator, other)] == [[], []]
