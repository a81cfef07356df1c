"""The whole lives of jobs, tasks and pool properties on a Batch account, by the real engine.

That nothing was written is seen by ETags, which move with every write: a real account shows no log of requests.
"""

from __future__ import annotations

from typing import Any, Final

from tests.e2e import samples
from tests.e2e.programs import resource
from tests.live.account import Account
from tests.live.conftest import MakeStack
from tests.live.estate import Estate

CONTENT: Final[dict[str, Any]] = {"applicationPackageReferences": [], "metadata": []}


def in_pool(estate: Estate, name: str, **properties: Any) -> dict[str, Any]:
    return resource("Job", {"jobId": estate.id(name), "poolInfo": {"poolId": estate.pool}, **properties})


def in_job(name: str, id: str | None, **properties: Any) -> dict[str, Any]:
    named = {} if id is None else {"taskId": id}
    return resource("Task", {"jobId": f"${{{name}.jobId}}", **named, "commandLine": "true", **properties})


def etags(account: Account, *paths: str) -> list[str]:
    return [account.get(path)["eTag"] for path in paths]


def test_a_job_and_its_tasks_live_from_the_first_up_to_destroy(
    account: Account, estate: Estate, make_stack: MakeStack
) -> None:
    path = f"/jobs/{estate.id('life')}"
    program = {"job": in_pool(estate, "life", priority=1), "t": in_job("job", "t"), "auto": in_job("job", None)}
    stack = make_stack(program)
    assert stack.preview().changed == {"job": "create", "t": "create", "auto": "create"}
    assert account.call("GET", path).status == 404
    stack.up()
    written = etags(account, path, f"{path}/tasks/t")
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert etags(account, path, f"{path}/tasks/t") == written

    assert account.call("PATCH", path, {"priority": 9}).status == 200
    estate.gone(f"{path}/tasks/t")
    planned = stack.preview()
    assert planned.changed == {"job": "update", "t": "create"}
    assert planned.paths("job") == {"priority": "update"}
    assert stack.up().changed == planned.changed
    assert account.get(path)["priority"] == 1
    assert stack.up().changed == {}

    changed = {
        "job": in_pool(estate, "life", priority=2, metadata=[{"name": "team", "value": "a"}]),
        "t": in_job("job", "t", displayName="second"),
        "auto": in_job("job", None, displayName="second"),
    }
    stack.write(changed)
    assert stack.up().changed == {"job": "update", "t": "replace", "auto": "replace"}
    names = {item["id"]: item.get("displayName") for item in account.get(f"{path}/tasks")["value"]}
    assert len(names) == 2
    assert set(names.values()) == {"second"}
    stack.write({"job": in_pool(estate, "life", usesTaskDependencies=True), "t": in_job("job", "t")})
    replaced = stack.up().changed
    assert replaced.pop("auto") in ("delete", "remove-pending-replace")  # it went with its job, and is forgotten
    assert replaced == {"job": "replace", "t": "replace"}
    assert account.get(path)["usesTaskDependencies"] is True
    assert stack.up().changed == {}
    stack.destroy()
    assert account.call("GET", path).status == 404


def test_what_is_there_already_is_adopted_or_imported_without_a_write(
    account: Account, estate: Estate, make_stack: MakeStack
) -> None:
    id = estate.make_job("there", priority=3)
    account.post(f"/jobs/{id}/tasks", {"id": "t", "commandLine": "true"})
    paths = (f"/jobs/{id}", f"/jobs/{id}/tasks/t")
    before = etags(account, *paths)
    program = {"job": in_pool(estate, "there", priority=3), "t": in_job("job", "t")}
    adopting = make_stack(program)
    adopting.up()
    assert adopting.up().changed == {}
    importing = make_stack({}, name="importing")
    importing.imports("azure-batch:index:Job", "job", f"jobs/{id}")
    importing.imports("azure-batch:index:Task", "t", f"jobs/{id}/tasks/t")
    importing.write(program)
    importing.preview("--expect-no-changes")
    assert etags(account, *paths) == before
    differing = make_stack({"job": in_pool(estate, "there", priority=4)}, name="differing")
    assert "exists already and is not what is declared" in differing.up(expect=None).diagnostics
    assert etags(account, *paths) == before


def test_the_properties_of_a_pool_live_from_the_first_up_to_destroy(
    account: Account, estate: Estate, make_stack: MakeStack
) -> None:
    path = f"/pools/{estate.pool}"

    def program(command: str) -> dict[str, Any]:
        start = {"commandLine": command, "maxTaskRetryCount": 1}
        metadata = [{"name": "team", "value": "a"}]
        return {"p": resource("PoolProperties", {"poolId": estate.pool, "startTask": start, "metadata": metadata})}

    stack = make_stack(program("start 1"))
    stack.up()
    written = etags(account, path)
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert etags(account, path) == written
    foreign = {**CONTENT, "startTask": {"commandLine": "of another client"}}
    assert account.call("POST", f"{path}/updateproperties", foreign).status == 204
    planned = stack.preview()
    assert planned.changed == {"p": "update"}
    assert set(planned.paths("p")) == {"startTask.commandLine", "startTask.maxTaskRetryCount", "metadata"}
    stack.up()
    assert account.get(path)["startTask"]["commandLine"] == "start 1"
    stack.write(program("start 2"))
    assert stack.up().changed == {"p": "update"}
    stack.destroy()
    pool = account.get(path)
    assert not pool.get("startTask")
    assert not pool.get("metadata")


def test_the_sample_tasks_are_accepted_and_read_back_as_they_were_declared(
    account: Account, estate: Estate, make_stack: MakeStack
) -> None:
    program: dict[str, Any] = {}
    for name, sample in samples.TASKS.items():
        action: dict[str, Any] = {"onTaskFailure": "performexitoptionsjobaction"} if "exitConditions" in sample else {}
        program[f"job-{name}"] = in_pool(estate, name, **action)
        program[f"task-{name}"] = resource("Task", samples.declared(f"${{job-{name}.jobId}}", sample))
    stack = make_stack(program)
    stack.up()
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    stack.destroy()
    assert not {f"/jobs/{estate.id(name)}" for name in samples.TASKS} & set(estate.left())
