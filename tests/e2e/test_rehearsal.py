"""A change is rehearsed: on a copy of account and stack, of which neither sees anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.programs import READS, job, pool, task, writes
from tests.e2e.stack import LIMIT, Stack
from tests.emulator_process import EmulatorProcess

TOOL = Path(sys.executable).with_name("azure-batch-rehearse")
SECRET = "do not tell"
DUMP = """
import json, os
from batch_emulator.testing import ControlClient

copy = ControlClient(*(os.environ[f"AZURE_BATCH_REHEARSAL_{part}"] for part in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY")))
print(json.dumps(copy.requests()), file=open("requests.json", "w"))
"""
COMMAND = """
pulumi up --yes --skip-preview --non-interactive --show-secrets || exit
pulumi stack export --file rehearsed.json
"$0" dump.py
exit 3
"""


def program(command: str, **tasks: dict[str, Any]) -> dict[str, Any]:
    setting = {"name": "TOKEN", "value": {"fn::secret": SECRET}}
    return {
        "nodes": pool(startTask={"commandLine": command, "environmentSettings": [setting]}),
        "nightly": job("nightly", options={"dependsOn": ["${nodes}"]}),
        **tasks,
    }


def files(stack: Stack) -> dict[Path, bytes]:
    """The state and the configuration of the stack, to the byte."""
    found = [*(stack.folder / "backend").rglob("*"), *stack.folder.glob("Pulumi.*.yaml")]
    return {file: file.read_bytes() for file in found if file.is_file()}


def rehearse(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    temporary = stack.folder / "temporary"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        [TOOL, "--stack", "dev", "--", *command],
        cwd=stack.folder,
        env={**stack.environment, "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
    )
    assert list(temporary.iterdir()) == []
    return done


def test_a_rehearsed_change_reaches_neither_account_nor_stack(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    user = {"name": "u", "password": SECRET}
    emulator.post("/pools", {**POOL, "id": "other", "userAccounts": [user], "targetDedicatedNodes": 1})
    emulator.post("/jobs", {"id": "unmanaged", "poolInfo": {"poolId": "other"}})
    emulator.post("/jobs/unmanaged/tasks", {"id": "waits", "commandLine": "run"})
    schedule = {"id": "daily", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "other"}}}
    emulator.post("/jobschedules", schedule)
    job_id = "${nightly.jobId}"
    stack = make_stack(program("setup 1", first=task(job_id, "t1"), second=task(job_id, "t2")))
    stack.up()

    # Something is changed, something goes, and something comes whose end is waited for.
    waits = {"awaitCompletion": {"timeout": "PT1M"}}
    stack.write(program("setup 2", first=task(job_id, "t1"), third=task(job_id, "t3", **waits)))
    before = files(stack)
    emulator.clear_requests()
    (stack.folder / "dump.py").write_text(DUMP)
    done = rehearse(stack, "sh", "-c", COMMAND, sys.executable)

    assert done.returncode == 3, done.stdout
    assert writes(emulator) == []
    assert files(stack) == before
    expected = ["DELETE /jobs/nightly/tasks/t2", "POST /jobs/nightly/tasks", "POST /pools/poolId/updateproperties"]
    listed = done.stdout.rpartition(f"Requests to write to {emulator.endpoint}, sent to its copy: 3\n")[2]
    assert sorted(line.strip() for line in listed.splitlines()) == expected
    assert "does not return it where it is set: userAccounts.password of pools/other" in done.stdout

    # What went to the copy is signed with its key only: it knows no other.
    asked = json.loads((stack.folder / "requests.json").read_text())
    assert sorted(f"{it['method']} {it['path']}" for it in asked if it["method"] not in READS) == expected
    assert not {401, 403} & {request["status"] for request in asked}
    key = emulator.key
    assert key not in done.stdout and key not in (stack.folder / "rehearsed.json").read_text()
    assert SECRET not in (stack.folder / "rehearsed.json").read_text()

    # The state of a rehearsal is of no use where the change has not been made.
    stack.run("stack", "import", "--stack", "dev", "--file", "rehearsed.json")
    for operation in (stack.preview, stack.up, stack.destroy):
        refused = operation(expect=None)
        assert "is that of a rehearsal: what it says has not been done in the account." in refused.output
    assert writes(emulator) == []


def test_a_stack_that_would_change_more_than_the_account_is_refused(make_stack: MakeStack) -> None:
    stack = make_stack({"nightly": job("nightly")})
    urn = "urn:pulumi:dev::e2e::{0}::{1}"
    resources = [
        {"urn": urn.format("pulumi:pulumi:Stack", "e2e-dev"), "type": "pulumi:pulumi:Stack"},
        {"urn": urn.format("random:index:Pet", "pet"), "type": "random:index:Pet", "custom": True, "id": "x"},
    ]
    state = stack.export()
    state["deployment"]["resources"] = resources
    (stack.folder / "state.json").write_text(json.dumps(state))
    stack.run("stack", "import", "--stack", "dev", "--file", "state.json")
    done = rehearse(stack, "true")
    assert (done.returncode, "resources of random too" in done.stdout, "--with random" in done.stdout) == (
        2,
        True,
        True,
    )
