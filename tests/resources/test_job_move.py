"""A job that goes to another pool while it lives: what is asked of the service, and what is left when that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from azure_batch_provider.http.errors import Cancelled, ServiceError
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import POOL, Begin, Operation

JOB = "/jobs/it"
MOVE = [("POST", f"{JOB}/disable"), ("PATCH", JOB), ("POST", f"{JOB}/enable")]


def declared(pool: str = "pool", **more: Any) -> dict[str, Any]:
    return {"jobId": "it", "poolInfo": {"poolId": pool}, "movePool": True, **more}


@pytest.fixture
def made(emulator: EmulatorProcess, operation: Begin) -> State:
    """A job in `pool`; there is another pool, `other`."""
    emulator.post("/pools", {**POOL, "id": "other"})
    state = operation()("Job", "it").create(declared())
    emulator.clear_requests()
    return state


def written(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """What was carried out since the last look."""
    entries = emulator.requests()
    emulator.clear_requests()
    done = (entry for entry in entries if entry["method"] != "GET" and (entry["status"] or 0) < 300)
    return [(entry["method"], entry["path"]) for entry in done if entry["path"].startswith(JOB)]


def there(emulator: EmulatorProcess) -> tuple[str, str]:
    job = emulator.get(JOB)
    return job["state"], job["poolInfo"]["poolId"]


def meanwhile(emulator: EmulatorProcess, path: str) -> Callable[[float], None]:
    """Another client's request, once, as soon as something is waited for."""
    left = [path]

    def sleep(seconds: float) -> None:
        if left:
            assert emulator.call("POST", left.pop()).status == 202

    return sleep


def interrupt(seconds: float) -> None:
    """Ctrl-C while something is waited for."""
    raise Cancelled


def failed(operation: Operation, state: State, news: dict[str, Any]) -> State:
    """What the state is after an update that fails and keeps a mark; the engine keeps the old inputs."""
    with pytest.raises(
        InitFailed, match="was disabled so that its pool can change, and has not been enabled"
    ) as caught:
        operation("Job", "it").update(state, news)
    assert caught.value.state.unfinished is not None
    return replace(caught.value.state, inputs=state.inputs)


def test_it_is_disabled_changed_and_enabled_again(emulator: EmulatorProcess, made: State, operation: Begin) -> None:
    news = declared("other", disableTasks="Terminate", priority=5)
    moved = operation()("Job", "it").update(made, news)
    entries = [entry for entry in emulator.requests() if entry["method"] != "GET"]
    assert [(entry["method"], entry["path"]) for entry in entries] == MOVE
    assert [entry["body"] for entry in entries] == [
        {"disableTasks": "terminate"},
        {"poolInfo": {"poolId": "other"}, "priority": 5},
        None,
    ]
    assert entries[0]["headers"]["if-match"] != entries[1]["headers"]["if-match"]
    assert there(emulator) == ("active", "other")
    assert moved.private["state"] == "active"
    assert operation()("Job", "it").diff(moved, news).changes == []


@pytest.mark.parametrize("part", ["disable", "patch", "enable"])
def test_a_lost_answer_makes_no_difference(emulator: EmulatorProcess, made: State, operation: Begin, part: str) -> None:
    method, path = {"disable": MOVE[0], "patch": MOVE[1], "enable": MOVE[2]}[part]
    emulator.fault(method=method, path=path, times=1, drop="after")
    operation()("Job", "it").update(made, declared("other"))
    assert there(emulator) == ("active", "other")


def test_a_job_that_another_client_has_disabled_is_changed_and_stays_so(
    emulator: EmulatorProcess, made: State, operation: Begin
) -> None:
    emulator.post(f"{JOB}/disable", {"disableTasks": "requeue"})
    said: list[str] = []
    again = operation(said=said)
    state = again("Job", "it").read(made)
    assert state is not None
    assert again("Job", "it").diff(state, declared()).changes == []
    assert said == [
        "jobs/it is disabling, which is no difference: it takes tasks, and starts none until it is enabled."
    ]
    operation()("Task", "t").create({"jobId": "it", "taskId": "t", "commandLine": "run"})
    emulator.clear_requests()
    said.clear()
    operation(preview=True, said=said)("Job", "it").update(state, declared("other"))
    assert said == ["jobs/it is disabling: its pool is changed, and it stays disabled."]
    operation()("Job", "it").update(state, declared("other"))
    assert written(emulator) == [("PATCH", JOB)]
    assert there(emulator) == ("disabled", "other")


def test_what_the_service_refuses_leaves_the_job_as_it_was(
    emulator: EmulatorProcess, made: State, operation: Begin
) -> None:
    emulator.fault(method="PATCH", path=JOB, status=400, code="InvalidPropertyValue")
    with pytest.raises(ServiceError, match="InvalidPropertyValue"):
        operation()("Job", "it").update(made, declared("other"))
    assert written(emulator) == [MOVE[0], MOVE[2]]
    assert there(emulator) == ("active", "pool")


def test_another_client_s_change_is_not_overwritten(emulator: EmulatorProcess, made: State, operation: Begin) -> None:
    emulator.post(f"{JOB}/tasks", {"id": "t", "commandLine": "run"})
    emulator.run_task("it", "t", state="running")
    news = declared("other", disableTasks="wait", priority=5)

    def change(seconds: float) -> None:
        emulator.call("PATCH", JOB, {"priority": 7})
        emulator.run_task("it", "t", state="completed", exitCode=0)

    with pytest.raises(Refused, match="was changed by another client"):
        operation(sleep=change)("Job", "it").update(made, news)
    assert there(emulator) == ("active", "pool")
    assert emulator.get(JOB)["priority"] == 7


@pytest.mark.parametrize(
    ("path", "why", "state"),
    [("enable", "is active now, because of another client", "active"), ("terminate", "is terminating", "terminating")],
)
def test_another_client_may_enable_or_end_it_meanwhile(
    emulator: EmulatorProcess, made: State, operation: Begin, path: str, why: str, state: str
) -> None:
    emulator.switch("looks", 3)
    said: list[str] = []
    resource = operation(said=said, sleep=meanwhile(emulator, f"{JOB}/{path}"))("Job", "it")
    with pytest.raises(Refused, match=why):
        resource.update(made, declared("other"))
    assert any(text.startswith("waiting for jobs/it to be disabled: disabling, ") for text in said)
    assert there(emulator) == (state, "pool")


def test_it_goes_on_where_it_was_interrupted(emulator: EmulatorProcess, made: State, operation: Begin) -> None:
    emulator.switch("looks", 3)
    left = failed(operation(sleep=interrupt), made, declared("other"))
    emulator.settle()
    assert there(emulator) == ("disabled", "pool")
    with pytest.raises(InitFailed) as seen:  # so that the engine does not forget it
        operation()("Job", "it").read(left)
    said: list[str] = []
    operation(preview=True, said=said)("Job", "it").update(seen.value.state, declared("other"))
    (moves,) = said
    assert moves.startswith("jobs/it moves to pools/other: it is disabled for that, and enabled again.")
    emulator.clear_requests()
    moved = operation()("Job", "it").update(seen.value.state, declared("other"))
    assert written(emulator) == MOVE[1:]
    assert there(emulator) == ("active", "other")
    assert moved.unfinished is None


def test_a_program_that_changes_its_mind_has_the_job_enabled(
    emulator: EmulatorProcess, made: State, operation: Begin
) -> None:
    emulator.switch("looks", 3)
    left = failed(operation(sleep=interrupt), made, declared("other"))
    emulator.settle()
    emulator.clear_requests()
    operation()("Job", "it").update(left, declared())
    assert written(emulator) == MOVE[2:]
    assert there(emulator) == ("active", "pool")


def test_what_another_client_has_enabled_since_is_no_longer_unfinished(
    emulator: EmulatorProcess, made: State, operation: Begin
) -> None:
    emulator.fault(method="POST", path=f"{JOB}/enable", status=403, code="InsufficientAccountPermissions")
    left = failed(operation(), made, declared("other"))
    emulator.clear_faults()
    assert there(emulator) == ("disabled", "other")
    emulator.post(f"{JOB}/enable")
    found = operation()("Job", "it").read(left)
    assert found is not None
    assert found.unfinished is None
    assert operation()("Job", "it").diff(found, declared("other")).changes == []


def test_a_job_that_is_taken_over_moves_as_well(emulator: EmulatorProcess, made: State, operation: Begin) -> None:
    said: list[str] = []
    operation(preview=True, said=said)("Job", "it").create(declared("other", takeOver=True))
    assert said[-1].startswith("jobs/it moves to pools/other: it is disabled for that")
    operation()("Job", "it").create(declared("other", takeOver=True))
    assert written(emulator) == MOVE
    assert there(emulator) == ("active", "other")


def test_only_a_pool_by_id_and_whether_an_automatic_one_stays_can_change(made: State, operation: Begin) -> None:
    automatic = {"poolLifetimeOption": "job", "pool": {name: POOL[name] for name in POOL if name != "id"}}
    other = {**made.inputs, "poolInfo": {"autoPoolSpecification": automatic}}
    said: list[str] = []
    plan = operation(said=said)("Job", "it").diff(made, other)
    assert all(change.replace for change in plan.changes)
    assert said == []
    state = replace(made, inputs=other)
    kept = {**made.inputs, "poolInfo": {"autoPoolSpecification": {**automatic, "keepAlive": True}}}
    assert [change.replace for change in operation()("Job", "it").diff(state, kept).changes] == [False]
    plan = operation(said=said)("Job", "it").diff(made, declared("other", movePool=False))
    assert [change.replace for change in plan.changes if change.path[0] == "poolInfo"] == [True]
    assert said == ["jobs/it is replaced, because its pool changes. `movePool: true` moves it instead, with its tasks."]


@pytest.mark.parametrize(
    ("option", "what"),
    [
        (None, "are put back into the queue, and run again in the new pool (`disableTasks: requeue`)"),
        ("terminate", "are ended, and do not run again (`disableTasks: terminate`)"),
        ("wait", "complete first, and the job waits for that (`disableTasks: wait`)"),
    ],
)
def test_a_preview_says_what_becomes_of_the_tasks_that_run(
    emulator: EmulatorProcess, made: State, operation: Begin, option: str | None, what: str
) -> None:
    for name in ("a", "b"):
        emulator.post(f"{JOB}/tasks", {"id": name, "commandLine": "run"})
    emulator.run_task("it", "a", state="running")
    said: list[str] = []
    operation(preview=True, said=said)("Job", "it").update(made, declared("gone", disableTasks=option))
    missing, moves = said
    assert missing == "pools/gone does not exist: no task of the job runs until it does."
    count = "By the service's count, 1 of its tasks run and 1 wait: those that run"
    assert moves == f"jobs/it moves to pools/gone: it is disabled for that, and enabled again. {count} {what}."
