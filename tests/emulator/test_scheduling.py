"""Tasks that get nodes and run there, by Microsoft's client: slots, order, dependencies, what scripts say."""

from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.parts import job_options, pool_options, task_options
from tests.emulator_process import EmulatorProcess


@pytest.fixture
def emulator(emulator: EmulatorProcess) -> EmulatorProcess:
    """An empty account with a clock that stands."""
    emulator.switch("scheduling", "on")
    emulator.post("/_emulator/clock", {"frozen": True})
    return emulator


def make_pool(client: BatchClient, emulator: EmulatorProcess, nodes: int = 1, slots: int = 1, **more: Any) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=nodes, task_slots_per_node=slots, **more))
    emulator.settle()


def script(emulator: EmulatorProcess, pattern: str = "*", **says: Any) -> None:
    emulator.post("/_emulator/scripts", {"pattern": pattern, **says})


def add(client: BatchClient, *ids: str, job: str = "j1", **more: Any) -> None:
    client.create_task_collection(
        job, models.BatchTaskGroup(task_values=[task_options(task_id, **more) for task_id in ids])
    )


def states(client: BatchClient, job: str = "j1") -> dict[str, str]:
    return {str(task.id): str(task["state"]) for task in client.list_tasks(job)}


def in_state(client: BatchClient, state: str, job: str = "j1") -> list[str]:
    return [task_id for task_id, found in states(client, job).items() if found == state]


def test_a_task_is_shown_running_and_then_completed(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    client.create_task("j1", task_options("t1"))
    assert client.get_task("j1", "t1").state == models.BatchTaskState.RUNNING
    task = client.get_task("j1", "t1")
    assert (task.state, task.previous_state) == (models.BatchTaskState.COMPLETED, models.BatchTaskState.RUNNING)
    execution, place = task.execution_info, task.node_info
    assert execution is not None and place is not None
    assert (execution.exit_code, execution.result, execution.retry_count) == (0, "success", 0)
    assert execution.start_time is not None and execution.end_time is not None
    (node,) = client.list_nodes("p1")
    assert (place.pool_id, place.node_id, place.affinity_id) == ("p1", node.id, node.affinity_id)
    assert (place.node_url, place.task_root_directory) == (node.url, "workitems/j1/job-1/t1")
    assert place.task_root_directory_url == f"{node.url}/files/workitems/j1/job-1/t1"
    assert (node.total_tasks_run, node.total_tasks_succeeded, node.running_tasks_count) == (1, 1, 0)
    (recent,) = node.recent_tasks or []
    assert (recent.job_id, recent.task_id, recent.task_state) == ("j1", "t1", models.BatchTaskState.COMPLETED)
    assert recent.task_url == task.url and recent.execution_info is not None


def test_a_caller_who_asks_for_tasks_only_sees_them_run(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=2))
    client.create_job(job_options("j1"))
    add(client, *(f"t{number}" for number in range(100)))
    for _ in range(8):
        if len(in_state(client, "completed")) == 100:
            break
    else:
        raise AssertionError("the tasks do not end")


def test_a_node_runs_as_much_as_it_has_slots(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator, nodes=2, slots=3)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "wide1", "wide2", "wide3", required_slots=2)
    add(client, "small1", "small2", "small3")
    add(client, "never", required_slots=4)
    assert in_state(client, "running") == ["small1", "small2", "wide1", "wide2"]
    nodes = list(client.list_nodes("p1"))
    assert {(node["state"], node.running_tasks_count, node.running_task_slots_count) for node in nodes} == {
        ("running", 2, 3)
    }
    counts = client.get_job_task_counts("j1").task_slot_counts
    assert (counts.running, counts.active) == (6, 7)
    emulator.advance(60)
    assert in_state(client, "running") == ["small3", "wide3"]
    emulator.advance(3600)
    assert in_state(client, "active") == ["never"]
    assert {node["state"] for node in client.list_nodes("p1")} == {"idle"}


def test_the_clock_brings_tasks_to_their_end_one_after_the_other(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "a", "b", "c")
    emulator.advance(1000)
    ends = [task.execution_info for task in client.list_tasks("j1")]
    assert [str(end.end_time - end.start_time) for end in ends if end] == ["0:01:00"] * 3  # type: ignore[operator]
    assert ends[1].start_time == ends[0].end_time and ends[2].start_time == ends[1].end_time  # type: ignore[union-attr]


def test_a_script_says_what_a_task_ends_with(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator, slots=4)
    client.create_job(job_options("j1"))
    script(emulator, "*", job="other", exitCode=9)
    script(emulator, "bad-*", exitCode=3)
    script(emulator, "unlucky", failureInfo={"category": "UserError", "code": "BlobNotFound", "message": "gone"})
    script(emulator, "twice", exitCode=1, times=2)
    add(client, "bad-1", "good", "unlucky")
    add(client, "twice", constraints=models.BatchTaskConstraints(max_task_retry_count=5))
    for _ in range(6):
        in_state(client, "completed")
    found = {task.id: task.execution_info for task in client.list_tasks("j1")}
    ends = {name: (end.exit_code, end.result, end.retry_count) for name, end in found.items() if end is not None}
    assert ends == {
        "bad-1": (3, "failure", 0),
        "good": (0, "success", 0),
        "unlucky": (None, "failure", 0),
        "twice": (0, "success", 2),
    }
    assert found["twice"].last_retry_time == found["twice"].start_time  # type: ignore[union-attr]


BAD_SCRIPTS: list[Any] = [
    {},
    [],
    "x",
    {"pattern": 1},
    {"pattern": "*", "duration": -1},
    {"pattern": "*", "exitCode": "0"},
    {"pattern": "*", "kind": "nothing"},
    {"pattern": "*", "failureInfo": {}},
    {"pattern": "*", "more": 1},
]


@pytest.mark.parametrize("sent", BAD_SCRIPTS)
def test_what_is_not_a_script_is_refused(emulator: EmulatorProcess, sent: Any) -> None:
    reply = emulator.call("POST", "/_emulator/scripts", [sent])
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.get("/_emulator/scripts") == []
