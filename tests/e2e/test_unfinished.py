"""What an operation could not see the end of is not forgotten: it fails, a preview shows it, and the next `up` goes on.

Whichever way drift is seen: with `live` the engine reads first, and forgets a failure as soon as a read succeeds.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.e2e.conftest import DRIFT, POOL, MakeStack
from tests.e2e.programs import changed, job, resource, task
from tests.e2e.saying import says
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

CASES: Final = ("there", "absent", "other", "stranger")
"""What there is of it after the failure: just what is declared; nothing; another client's, twice."""
START: Final[dict[str, Any]] = {"commandLine": "cmd /c ours"}
THEIRS: Final[dict[str, Any]] = {"commandLine": "cmd /c theirs"}
ADDS: Final = [("POST", "/jobs"), ("POST", "/jobs/parent/tasks")]


def replace(pool: str) -> tuple[str, str]:
    return ("POST", f"/pools/{pool}/updateproperties")


def program(*cases: str, priority: int = 1, start: dict[str, Any] = START) -> dict[str, Any]:
    """A job, a task and a pool's properties for each case."""
    found: dict[str, Any] = {}
    for case in cases:
        found[f"job-{case}"] = job(f"job-{case}", priority=priority)
        found[f"task-{case}"] = task("parent", case)
        found[f"pool-{case}"] = resource("PoolProperties", {"poolId": case, "startTask": start})
    return found


def made(emulator: EmulatorProcess, case: str, *, ours: bool) -> None:
    """By another client, or by us, which nobody can tell."""
    start = START if ours else THEIRS
    emulator.post("/jobs", {"id": f"job-{case}", "poolInfo": {"poolId": "poolId"}, "priority": 1 if ours else 9})
    command = "cmd /c echo task1" if ours else THEIRS["commandLine"]
    emulator.post("/jobs/parent/tasks", {"id": case, "commandLine": command})
    emulator.post(
        f"/pools/{case}/updateproperties", {"startTask": start, "metadata": [], "applicationPackageReferences": []}
    )


def unhealthy(stack: Stack) -> set[str]:
    return {name for name, found in stack.resources().items() if found.get("initErrors")}


def of(case: str) -> set[str]:
    return {f"job-{case}", f"task-{case}", f"pool-{case}"}


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    for case in CASES:
        emulator.post("/pools", {**POOL, "id": case})
    emulator.post("/jobs", {"id": "parent", "poolInfo": {"poolId": "poolId"}})
    emulator.clear_requests()
    return emulator


def settings(drift: str) -> dict[str, Any]:
    return {"azure-batch:requestTimeout": {"value": "PT2S"}, "azure-batch:driftDetection": {"value": drift}}


@pytest.mark.parametrize("drift", DRIFT)
def test_a_creation_whose_end_is_not_known_goes_on_and_never_touches_what_another_client_made(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program(*CASES), config=settings(drift))
    account.fault(method="POST", path="*", status=504, times=1000)
    says(stack.up("--continue-on-error", expect=None), "504 OperationTimedOut")
    assert unhealthy(stack) == set().union(*map(of, CASES))
    account.clear_faults()
    for case in CASES:
        if case != "absent":
            made(account, case, ours=case == "there")
    account.clear_requests()

    # What was found as declared is finished, what is gone is made again, and the rest is shown as an update.
    planned = stack.preview("--target", *_urns(stack, "there", "absent"))
    absent = dict.fromkeys(of("absent"), "create") | {"pool-absent": "update"}
    waiting = dict.fromkeys(of("there") | of("absent"), "update")
    assert planned.changed == (absent if drift == "live" else waiting)
    says(stack.preview(expect=None), "exists already and is not what is declared")
    assert changed(account) == []

    removed = stack.destroy("--target", *_urns(stack, "stranger"))
    for id in ("jobs/job-stranger", "jobs/parent/tasks/stranger", "pools/stranger"):
        says(removed, f"{id} is not deleted, because it may be another client's")
    assert changed(account) == []
    assert set(stack.resources()) & of("stranger") == set()

    stack.write(program("there", "absent", "other"))
    done = stack.up("--continue-on-error", expect=None)
    says(done, "jobs/job-other exists already and is not what is declared: `priority`: the server has 9, declared is 1")
    says(done, "jobs/parent/tasks/other exists already and is not what is declared: `commandLine`: the server has")
    says(done, "pools/other exists already and is not what is declared: `startTask.commandLine`: the server has")
    assert "pulumi import" not in done.output
    assert sorted(changed(account)) == sorted([*ADDS, replace("absent")])
    assert unhealthy(stack) == of("other")

    # The way is free.
    for path in ("/jobs/job-other", "/jobs/parent/tasks/other"):
        account.call("DELETE", path)
    account.post("/pools/other/updateproperties", {"metadata": [], "applicationPackageReferences": []})
    account.clear_requests()
    stack.up()
    assert sorted(changed(account)) == sorted([*ADDS, replace("other")])
    assert unhealthy(stack) == set()


def _urns(stack: Stack, *cases: str) -> list[str]:
    """The URNs of the resources of these cases, with the option before each but the first."""
    names = sorted(set().union(*map(of, cases)))
    first, *rest = [stack.resource(name)["urn"] for name in names]
    return [first, *(text for urn in rest for text in ("--target", urn))]


@pytest.mark.parametrize("drift", DRIFT)
def test_a_change_whose_end_is_not_known_goes_on_where_it_has_not_been_made(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    first, second = ("there", "absent", "other"), {"commandLine": "cmd /c next"}
    stack = make_stack(program(*first), config=settings(drift))
    stack.up()
    # One change arrives and its answer is lost, one does not arrive, and one cannot be looked at.
    account.fault(method="PATCH", path="/jobs/job-there", drop="after", times=1000)
    account.fault(method="PATCH", path="/jobs/job-absent", status=504, times=1000)
    account.fault(method="POST", path="/pools/there/updateproperties", drop="after", times=1000)
    account.fault(method="POST", path="/pools/absent/updateproperties", status=504, times=1000)
    account.fault(method="GET", path="/pools/other", status=500, times=1000, skip=2 if drift == "live" else 1)
    stack.write(program(*first, priority=2, start=second))
    says(stack.up("--continue-on-error", expect=None), "pools/other was written, and then: GET /pools/other")
    assert unhealthy(stack) == {"pool-there", "pool-absent", "pool-other"}
    account.clear_faults()
    account.clear_requests()

    unsure = {"job-there", "job-absent", "pool-there", "pool-absent", "pool-other"}
    unmade = {"job-absent", "pool-absent"}
    planned = dict.fromkeys(unmade if drift == "live" else unsure, "update")
    assert stack.preview().changed == planned
    assert stack.up().changed == planned
    assert sorted(changed(account)) == [("PATCH", "/jobs/job-absent"), replace("absent")]
    assert account.get("/jobs/job-other")["priority"] == 2
    assert unhealthy(stack) == set()
