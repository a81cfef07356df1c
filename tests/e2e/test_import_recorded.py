"""What the program says and the service does not show counts from the deployment that imports."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.e2e.conftest import DRIFT, POOL, MakeStack
from tests.e2e.programs import changed, job, pool, resource, taken, task, writes
from tests.emulator_process import EmulatorProcess

START: Final[dict[str, Any]] = {"commandLine": "cmd /c start"}
SHOWN: Final[dict[str, Any]] = {"username": "reader", "registryServer": "registry.example.com"}
IMAGE: Final[dict[str, Any]] = {"imageName": "registry.example.com/tool"}
IDS: Final = {
    "job": "jobs/theirs",
    "t": "jobs/theirs/tasks/task1",
    "p": "pools/poolId",
    # An automatic name, which the program leaves out.
    "image-task": "jobs/theirs/tasks/image-0123abcd",
    "image-pool": "pools/image",
}


def container(**secret: str) -> dict[str, Any]:
    return {**IMAGE, "registry": {**SHOWN, **secret}}


def program(password: str) -> dict[str, Any]:
    """What is there already, with what only the provider knows, and what the service never returns."""
    secret = {"password": password}
    image_pool = {"poolId": "image", "startTask": {**START, "containerSettings": container(**secret)}}
    return {
        "job": job("theirs", deletionPolicy="retain", takeOver=True),
        "t": task("theirs", onMissing="ignore"),
        "p": pool(startTask=START, deletionPolicy="retain"),
        "image-task": task("theirs", None, containerSettings=container(**secret)),
        "image-pool": resource("PoolProperties", image_pool),
    }


def made(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {**POOL, "id": "image"})
    emulator.post("/jobs", {"id": "theirs", "poolInfo": {"poolId": "poolId"}})
    emulator.post("/jobs/theirs/tasks", {"id": "task1", "commandLine": "cmd /c echo task1"})
    registry = container(password="theirs")
    emulator.post(
        "/jobs/theirs/tasks",
        {"id": "image-0123abcd", "commandLine": "cmd /c echo task1", "containerSettings": registry},
    )
    for id, start in (("poolId", START), ("image", {**START, "containerSettings": registry})):
        whole = {"startTask": start, "metadata": [], "applicationPackageReferences": []}
        emulator.post(f"/pools/{id}/updateproperties", whole)
    emulator.clear_requests()


def imported(declared: dict[str, Any]) -> dict[str, Any]:
    return {name: {**body, "options": {"import": IDS[name]}} for name, body in declared.items()}


def sent(emulator: EmulatorProcess) -> list[tuple[str, Any]]:
    """(path, password) of what was written to pools, and nothing else was written."""
    entries = [entry for entry in taken(emulator) if entry["method"] != "GET"]
    assert all(entry["path"].startswith("/pools/") for entry in entries)
    return [
        (entry["path"], entry["body"]["startTask"]["containerSettings"]["registry"]["password"]) for entry in entries
    ]


def test_the_deployment_that_imports_records_what_only_the_provider_knows_and_sends_passwords_where_it_can(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    stack = make_stack(imported(program("ours")))
    stack.preview()
    assert writes(emulator) == []

    done = stack.up()
    assert done.changed == dict.fromkeys(IDS, "update")
    assert done.paths("job") == {"deletionPolicy": "add", "takeOver": "add"}
    assert done.paths("t") == {"onMissing": "add"}
    assert done.paths("image-task") == {"containerSettings.registry.password": "add"}
    assert (
        "jobs/theirs/tasks/image-0123abcd was imported, and the service takes this only when a task is created"
        in done.output
    )
    assert sent(emulator) == [("/pools/image/updateproperties", "ours")]
    assert stack.resource("job")["inputs"]["deletionPolicy"] == "retain"

    # A janitor tidies up: the task is over, as the program says.
    emulator.call("DELETE", "/jobs/theirs/tasks/task1")
    emulator.clear_requests()
    assert stack.up().changed == {}
    # What a task was never sent is no reason to run it again.
    stack.write(imported(program("rotated")))
    assert stack.up().changed == {"image-task": "update", "image-pool": "update"}
    assert sent(emulator) == [("/pools/image/updateproperties", "rotated")]

    stack.destroy()
    assert sorted(changed(emulator)) == [
        ("DELETE", "/jobs/theirs/tasks/image-0123abcd"),
        ("POST", "/pools/image/updateproperties"),
    ]


def test_after_an_import_alone_a_destroy_keeps_what_the_program_retains(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    kept = {name: body for name, body in program("ours").items() if name in ("job", "p", "t")}
    stack = make_stack(imported(kept))
    stack.up()
    emulator.call("DELETE", "/jobs/theirs/tasks/task1")
    emulator.clear_requests()
    stack.destroy()
    assert changed(emulator) == []
    assert emulator.get("/jobs/theirs")["state"] == "active"
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == START["commandLine"]


@pytest.mark.parametrize("drift", DRIFT)
def test_the_first_up_after_an_import_by_command_records_it(
    emulator: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    made(emulator)
    kept = {name: body for name, body in program("ours").items() if name in ("job", "p", "t")}
    stack = make_stack({}, config={"azure-batch:driftDetection": {"value": drift}})
    for name, kind in (("job", "Job"), ("p", "PoolProperties"), ("t", "Task")):
        stack.imports(f"azure-batch:index:{kind}", name, IDS[name])
    stack.write(kept)
    assert stack.up().changed == dict.fromkeys(kept, "update")
    stack.destroy()
    assert writes(emulator) == [("DELETE", "/jobs/theirs/tasks/task1")]
