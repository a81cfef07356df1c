"""What holds tasks back and what their ends lead to: dependencies, retries, time limits, actions on their job."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.parts import job_options, task_options
from tests.emulator.scheduling import add, end_of, in_state, make_pool, schedules, script, states
from tests.emulator_process import EmulatorProcess


@pytest.fixture
def emulator(emulator: EmulatorProcess) -> EmulatorProcess:
    return schedules(emulator)


def _ids(*task_ids: str) -> models.BatchTaskDependencies:
    return models.BatchTaskDependencies(task_ids=list(task_ids))


def _range(start: int, end: int) -> models.BatchTaskDependencies:
    return models.BatchTaskDependencies(task_id_ranges=[models.BatchTaskIdRange(start=start, end=end)])


def _conditions(**options: Any) -> models.ExitConditions:
    return models.ExitConditions(default=models.ExitOptions(**options))


DEPENDENCIES: list[tuple[models.BatchTaskDependencies, dict[str, int], bool]] = [
    (_ids("a"), {"a": 0}, True),
    (_ids("A", "b"), {"a": 0, "b": 0}, True),
    (_ids("a", "b"), {"a": 0}, False),
    (_ids("a"), {"a": 1}, False),
    (_ids("missing"), {}, False),
    (_ids("04"), {"4": 0}, False),
    (_range(1, 3), {"1": 0, "02": 0, "003": 0}, True),
    (_range(1, 3), {"1": 0, "3": 0}, False),
    (_range(4, 4), {"4": 1, "04": 0}, True),
    (_range(-1, 0), {"0": 0}, False),
    (_range(1, 2_000_000_000), {"1": 0}, False),
]


@pytest.mark.parametrize(("depends_on", "others", "runs"), DEPENDENCIES)
def test_a_task_waits_for_what_it_depends_on(
    client: BatchClient,
    emulator: EmulatorProcess,
    depends_on: models.BatchTaskDependencies,
    others: dict[str, int],
    runs: bool,
) -> None:
    client.create_job(job_options("j1", uses_task_dependencies=True))
    add(client, "dependent", depends_on=depends_on)
    for task_id, exit_code in others.items():
        script(emulator, task_id, exitCode=exit_code)
        add(client, task_id)
    make_pool(client, emulator, slots=2)
    states(client)
    assert in_state(client, "active") == ([] if runs else ["dependent"])
    counts = client.get_job_task_counts("j1").task_counts
    assert (counts.active, counts.completed) == (int(not runs), len(others) + int(runs))


def test_a_task_that_failed_can_satisfy_and_one_that_succeeded_can_block(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1", uses_task_dependencies=True))
    script(emulator, "bad", exitCode=1)
    add(client, "bad", exit_conditions=_conditions(dependency_action="satisfy"))
    blocks = models.ExitCodeMapping(code=0, exit_options=models.ExitOptions(dependency_action="block"))
    add(client, "good", exit_conditions=models.ExitConditions(exit_codes=[blocks]))
    add(client, "after-bad", depends_on=_ids("bad"))
    add(client, "after-good", depends_on=_ids("good"))
    states(client)
    assert in_state(client, "active") == ["after-good"]


def test_a_dependency_is_satisfied_by_its_id_also_after_its_task_was_deleted(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1", uses_task_dependencies=True))
    add(client, "a")
    states(client)
    states(client)
    client.delete_task("j1", "a")
    add(client, "b", depends_on=_ids("a"))
    for task_id in ("a", "bad"):
        script(emulator, task_id, exitCode=1)
        add(client, task_id)
    add(client, "c", depends_on=_ids("a"))
    add(client, "d", depends_on=_ids("bad"))
    states(client)
    states(client)
    emulator.post("/jobs/j1/disable", {"disableTasks": "requeue"})
    for task_id in ("a", "bad"):
        client.delete_task("j1", task_id)
    emulator.post("/jobs/j1/enable")
    states(client)
    assert states(client) == {"b": "completed", "c": "completed", "d": "active"}


RETRIES: list[tuple[int, dict[str, Any], tuple[int | None, int]]] = [
    (0, {"exitCode": 1}, (1, 0)),
    (3, {"exitCode": 1}, (1, 3)),
    (3, {"exitCode": 1, "times": 2}, (0, 2)),
    (-1, {"exitCode": 1, "times": 5}, (0, 5)),
    (3, {"failureInfo": {"category": "UserError", "code": "BlobNotFound"}}, (None, 0)),
    (3, {"exitCode": 0, "failureInfo": {"category": "ServerError", "code": "Unknown"}}, (0, 0)),
]


@pytest.mark.parametrize(("most", "said", "end"), RETRIES)
def test_a_command_that_fails_is_run_again(
    client: BatchClient, emulator: EmulatorProcess, most: int, said: dict[str, Any], end: tuple[int | None, int]
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, **said)
    add(client, "t1", constraints=models.BatchTaskConstraints(max_task_retry_count=most))
    for _ in range(2 * end[1] + 2):
        found = end_of(client, "t1")
    assert (found.exit_code, found.retry_count, found.requeue_count) == (*end, 0)
    assert (found.last_retry_time is not None) == bool(end[1])
    (node,) = client.list_nodes("p1")
    assert node.total_tasks_run == 1


def test_what_runs_too_long_is_ended(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=3600)
    limit = models.BatchTaskConstraints(max_wall_clock_time=datetime.timedelta(minutes=5), max_task_retry_count=3)
    add(client, "t1", constraints=limit)
    add(client, "t2")
    emulator.advance(299)
    assert in_state(client, "running") == ["t1"]
    emulator.advance(2)
    found = end_of(client, "t1")
    assert found.failure_info is not None and found.failure_info.code == "TaskEnded"
    assert (found.result, found.exit_code, found.retry_count) == ("failure", -9, 0)
    assert str(found.end_time - found.start_time) == "0:05:00"  # type: ignore[operator]
    assert in_state(client, "running") == ["t2"]


def test_a_switch_lets_what_has_run_too_long_run_again(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("retry-out-of-time", True)
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=3600)
    limit = models.BatchTaskConstraints(max_wall_clock_time=datetime.timedelta(minutes=5), max_task_retry_count=1)
    add(client, "t1", constraints=limit)
    emulator.advance(301)
    assert (in_state(client, "running"), end_of(client, "t1").retry_count) == (["t1"], 1)
    emulator.advance(301)
    found = end_of(client, "t1")
    assert found.failure_info is not None and found.failure_info.code == "TaskEnded"
    assert (found.exit_code, found.retry_count, str(found.end_time - found.start_time)) == (-9, 1, "0:05:00")  # type: ignore[operator]


def test_a_task_has_180_days_to_end_and_is_gone_180_days_after_that(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    day = 24 * 3600
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, "long", duration=1000 * day)
    script(emulator, "short", duration=day)
    add(client, "short", "long")
    add(client, "never", required_slots=9)
    emulator.advance(180 * day - 60)
    assert states(client) == {"long": "running", "never": "active", "short": "completed"}
    emulator.advance(120)
    assert states(client) == {"long": "completed", "never": "completed", "short": "completed"}
    found = end_of(client, "long")
    assert found.failure_info is not None and found.failure_info.code == "TaskEnded"
    emulator.advance(day)
    assert list(states(client)) == ["long", "never"]
    emulator.advance(180 * day)
    assert states(client) == {}


def test_a_job_that_has_run_too_long_ends_with_its_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    limit = models.BatchJobConstraints(max_wall_clock_time=datetime.timedelta(hours=1))
    client.create_job(job_options("j1", constraints=limit))
    script(emulator, duration=7200)
    add(client, "t1", "t2")
    emulator.advance(3601)
    job = client.get_job("j1")
    assert job.execution_info is not None and job.execution_info.termination_reason == "MaxWallClockTimeExpiry"
    assert states(client) == {"t1": "completed", "t2": "active"}
    assert {node["state"] for node in client.list_nodes("p1")} == {"idle"}


JOB_ENDS: list[tuple[dict[str, Any], dict[str, Any], int, tuple[str, str | None], dict[str, str]]] = [
    (
        {"all_tasks_complete_mode": "terminatejob"},
        {},
        0,
        ("completed", "AllTasksComplete"),
        {"a": "completed", "b": "completed"},
    ),
    (
        {"all_tasks_complete_mode": "terminatejob"},
        {},
        1,
        ("completed", "AllTasksComplete"),
        {"a": "completed", "b": "completed"},
    ),
    ({}, {}, 0, ("active", None), {"a": "completed", "b": "completed"}),
    (
        {"task_failure_mode": "performexitoptionsjobaction"},
        {"exit_conditions": _conditions(job_action="terminate")},
        1,
        ("completed", "TaskFailed"),
        {"a": "completed", "b": "active"},
    ),
    (
        {"task_failure_mode": "performexitoptionsjobaction"},
        {"exit_conditions": _conditions(job_action="disable")},
        1,
        ("disabled", None),
        {"a": "completed", "b": "active"},
    ),
    (
        {"task_failure_mode": "performexitoptionsjobaction"},
        {"exit_conditions": _conditions(job_action="none")},
        1,
        ("active", None),
        {"a": "completed", "b": "completed"},
    ),
]


@pytest.mark.parametrize(("of_job", "of_task", "exit_code", "ends", "tasks"), JOB_ENDS)
def test_the_end_of_a_task_can_end_its_job(
    client: BatchClient,
    emulator: EmulatorProcess,
    of_job: dict[str, Any],
    of_task: dict[str, Any],
    exit_code: int,
    ends: tuple[str, str | None],
    tasks: dict[str, str],
) -> None:
    make_pool(client, emulator)
    modes = {name: mode for name, mode in of_job.items() if name != "all_tasks_complete_mode"}
    client.create_job(job_options("j1", **modes))
    script(emulator, "a", exitCode=exit_code, duration=60)
    add(client, "a", "b", **of_task)
    if "all_tasks_complete_mode" in of_job:
        client.update_job("j1", models.BatchJobUpdateOptions(**of_job))
    emulator.advance(60)
    for _ in range(5):
        job = client.get_job("j1")
    assert job.execution_info is not None
    assert (job["state"], job.execution_info.termination_reason) == ends
    assert states(client) == tasks


@pytest.mark.parametrize(
    ("option", "after", "last"),
    [
        ("requeue", {"a": "active", "b": "active"}, "disabled"),
        ("terminate", {"a": "completed", "b": "active"}, "disabled"),
        ("wait", {"a": "running", "b": "active"}, "disabling"),
    ],
)
def test_a_job_that_is_disabled_runs_nothing_more(
    client: BatchClient, emulator: EmulatorProcess, option: str, after: dict[str, str], last: str
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "a", "b")
    emulator.post("/jobs/j1/disable", {"disableTasks": option})
    for _ in range(3):
        found = client.get_job("j1")["state"]
    assert (states(client), found) == (after, last)
    assert end_of(client, "a").requeue_count == int(option == "requeue")
    emulator.advance(60)
    for _ in range(3):
        found = client.get_job("j1")["state"]
    assert found == "disabled" and "b" in in_state(client, "active")
    emulator.post("/jobs/j1/enable")
    emulator.advance(180)
    assert set(states(client).values()) == {"completed"}


def test_a_task_that_is_terminated_or_deleted_gives_its_slot_free(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "a", "b", "c")
    client.terminate_task("j1", "a")
    assert states(client) == {"a": "completed", "b": "running", "c": "active"}
    assert end_of(client, "a").failure_info.code == "TaskEnded"  # type: ignore[union-attr]
    client.delete_task("j1", "b")
    assert states(client) == {"a": "completed", "c": "running"}
    client.reactivate_task("j1", "a")
    emulator.advance(60)
    assert states(client) == {"a": "running", "c": "completed"}
    client.begin_delete_job("j1", polling_interval=0).result()
    assert {node["state"] for node in client.list_nodes("p1")} == {"idle"}


def test_a_job_that_was_terminated_leaves_its_active_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "a", "b")
    emulator.post("/jobs/j1/terminate")
    emulator.advance(3600)
    assert states(client) == {"a": "completed", "b": "active"}


def test_many_tasks_that_depend_on_one_another_are_over_in_one_look(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1", uses_task_dependencies=True))
    tasks = [task_options("0")] + [
        task_options(str(number), depends_on=_range(0, number - 1)) for number in range(1, 100)
    ]
    client.create_task_collection("j1", models.BatchTaskGroup(task_values=tasks))
    states(client)
    found = list(client.list_tasks("j1"))
    assert {task["state"] for task in found} == {"completed"}
