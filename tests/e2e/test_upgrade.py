"""A stack that an earlier release has left goes on with this version as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.packages import CONFIG, Managed
from tests.e2e.programs import writes
from tests.e2e.stack import Stack
from tests.emulator.clients.environments import HAS_NODE
from tests.emulator_process import EmulatorProcess
from tests.upgrade.recording import Recording, releases


@pytest.fixture(params=releases())
def recording(request: pytest.FixtureRequest) -> Recording:
    return Recording(request.param)


@pytest.fixture
def managed_or_none(request: pytest.FixtureRequest, recording: Recording) -> Managed | None:
    """An empty account that makes packages, for a recording that has some."""
    if not recording.has_packages:
        return None
    if not HAS_NODE:
        pytest.skip("there is no Node on this machine")
    found: Managed = request.getfixturevalue("managed")
    return found


@pytest.fixture
def account(
    emulator_process: EmulatorProcess, recording: Recording, managed_or_none: Managed | None
) -> EmulatorProcess:
    """An account as the release has left it."""
    if managed_or_none is not None:
        recording.replay(managed_or_none.account, managed_or_none)
        return managed_or_none.account
    emulator_process.reset()
    recording.replay(emulator_process)
    return emulator_process


@pytest.fixture
def stack(account: EmulatorProcess, recording: Recording, managed_or_none: Managed | None, tmp_path: Path) -> Stack:
    """A new stack that has been given the recorded state."""
    state = tmp_path / "state.json"
    if managed_or_none is None:
        found = Stack(tmp_path / "stack", recording.program, account.environment())
        state.write_text(recording.state(account.endpoint))
    else:
        found = Stack(tmp_path / "stack", recording.program, managed_or_none.environment, config=CONFIG)
        state.write_text(recording.state(account.endpoint, account.manager))
    found.run("stack", "import", "--stack", "dev", "--file", str(state))
    return found


def test_a_state_of_an_earlier_release_goes_on_without_a_diff_and_without_a_write(
    account: EmulatorProcess, stack: Stack
) -> None:
    assert stack.preview("--expect-no-changes").changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert stack.up("--expect-no-changes").changed == {}
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert writes(account) == []


@pytest.mark.parametrize("recording", ["0.1.0"], indirect=True)
def test_what_an_earlier_release_made_is_changed_and_removed_as_if_this_one_had_made_it(
    account: EmulatorProcess, stack: Stack, recording: Recording
) -> None:
    program = recording.program["resources"]
    secret = "a made-up secret command"
    assert secret in stack.run("stack", "export", "--stack", "dev", "--show-secrets").output
    program["job"]["properties"]["priority"] = 11
    program["first"]["properties"]["displayName"] = "changed"
    stack.write({"resources": program})
    run = stack.up()
    # The engine takes what depends on a task along when that has to go before its successor comes.
    assert run.changed == {"job": "update", "first": "replace", "second": "replace"}
    assert secret not in json.dumps(stack.export())

    assert set(stack.destroy().changed.values()) == {"delete"}
    pool = account.get("/pools/poolId")
    assert pool["startTask"]["commandLine"] == "/bin/true"
    assert pool["metadata"] == [{"name": "owner", "value": "ops"}]
    assert account.get("/jobs/nightly")["state"] in ("terminating", "completed")


@pytest.mark.parametrize("recording", ["0.1.0-pools"], indirect=True)
def test_pools_and_schedules_that_an_earlier_release_made_go_on_as_if_this_one_had_made_them(
    account: EmulatorProcess, stack: Stack, recording: Recording
) -> None:
    program = recording.program["resources"]
    farm = program["farm"]["properties"]
    farm["startTask"]["commandLine"] = "/bin/bash -c 'prepare again'"
    farm["targetDedicatedNodes"] = 1
    program["nightly"]["properties"]["jobSpecification"]["priority"] = 6
    program["empty"]["properties"]["vmSize"] = "standard_d4s_v3"
    program["properties"]["properties"]["triggers"] = ["two"]
    stack.write({"resources": program})
    # What each one remembers tells that the first pool has nodes, and the last one none.
    names = ("farm", "nightly", "empty", "properties")
    assert stack.up().changed == dict.fromkeys(names, "update")
    sent = [(method, path.split("/nodes/")[0]) for method, path in writes(account)]
    assert {("PATCH", "/pools/farm"), ("POST", "/pools/farm/resize"), ("POST", "/pools/farm")} <= set(sent)
    assert "made-up" not in json.dumps(stack.export())
    assert set(stack.destroy().changed.values()) == {"delete"}
    assert account.call("GET", "/pools/farm").status == 404
    assert account.get("/pools/empty")["vmSize"] == "standard_d4s_v3"
    assert account.get("/pools/poolId")["startTask"]["commandLine"] == "/bin/true"


@pytest.mark.parametrize("recording", ["0.1.0-packages"], indirect=True)
def test_packages_that_an_earlier_release_made_go_on_as_if_this_one_had_made_them(
    account: EmulatorProcess, stack: Stack, recording: Recording
) -> None:
    program = recording.program["resources"]
    for name in program:
        ((file, _),) = program[name]["properties"]["source"]["fn::assetArchive"].items()
        program[name]["properties"]["source"] = {"fn::assetArchive": {file: {"fn::stringAsset": "another"}}}
    stack.write({"resources": program})
    # What each one remembers tells that the application allows updates, and that nobody else has uploaded.
    assert stack.up().changed == {"tools": "replace", "named": "update"}
    versions = account.get("/applications/tools")["versions"]
    assert len(versions) == 2
    assert "1.0" in versions
    assert set(stack.destroy().changed.values()) == {"delete"}
    assert account.get("/applications/tools")["versions"] == []


def test_a_recording_shows_no_secret_in_plain_text_and_nothing_of_the_machine_it_was_made_on(
    recording: Recording,
) -> None:
    text = recording.state("http://127.0.0.1:1")
    assert [word for word in ("made-up", "made%2Bup", "/root", "/home", "/tmp") if word in text] == []
