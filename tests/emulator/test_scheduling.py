"""Tasks that get nodes and run there, by Microsoft's client: slots, order, dependencies, what scripts say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.parts import job_options, pool_options, task_options
from tests.emulator.scheduling import add, end_of, in_state, make_pool, schedules, script, states
from tests.emulator_process import EmulatorProcess


@pytest.fixture
def emulator(emulator: EmulatorProcess) -> EmulatorProcess:
    return schedules(emulator)


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


def test_a_script_says_what_a_task_writes(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, stdout="done\n", stderr="well")
    add(client, "a")
    states(client)
    for name, text in (("stdout.txt", b"done\n"), ("stderr.txt", b"well")):
        assert b"".join(client.download_task_file("j1", "a", name)) == text


def test_with_lag_counts_nodes_and_jobs_are_late(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("lag", "on")
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=10)
    add(client, "a")
    client.update_job("j1", models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    assert client.get_job_task_counts("j1").task_counts.running == 0
    assert emulator.get("/pools/p1/nodes")["value"][0]["state"] == "idle"
    emulator.advance(10)
    assert in_state(client, "completed") == ["a"]
    assert client.get_job("j1")["state"] == client.get_job("j1")["state"] == "active"
    emulator.advance(21)
    assert client.get_job_task_counts("j1").task_counts.completed == 1
    emulator.advance(10)
    assert client.get_job("j1")["state"] == "completed"
    assert emulator.get("/nodecounts")["value"][0]["dedicated"]["idle"] == 1


def test_tasks_are_spread_or_packed(client: BatchClient, emulator: EmulatorProcess) -> None:
    script(emulator, duration=60)
    for fill, counts in (("spread", [1, 1, 2]), ("pack", [0, 0, 4])):
        policy = models.BatchTaskSchedulingPolicy(node_fill_type=fill)
        options = pool_options(fill, target_dedicated_nodes=3, task_slots_per_node=4, task_scheduling_policy=policy)
        client.create_pool(options)
        emulator.settle()
        client.create_job(job_options(fill, pool_info=models.BatchPoolInfo(pool_id=fill)))
        add(client, "a", "b", "c", "d", job=fill)
        assert sorted(node.running_tasks_count or 0 for node in client.list_nodes(fill)) == counts


def test_a_task_goes_to_the_node_that_it_asks_for_if_that_is_free(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator, nodes=3)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    wanted = list(client.list_nodes("p1"))[1]
    near = models.BatchAffinityInfo(affinity_id=str(wanted.affinity_id))
    add(client, "near", "elsewhere", affinity_info=near)
    add(client, "anywhere", affinity_info=models.BatchAffinityInfo(affinity_id="TVM:gone"))
    places = {task.id: task.node_info for task in client.list_tasks("j1")}
    assert places["near"].node_id == wanted.id  # type: ignore[union-attr]
    assert len({place.node_id for place in places.values() if place is not None}) == 3


def test_jobs_of_a_higher_priority_come_first_and_then_older_ones(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    script(emulator, duration=60)
    for job, priority in (("low", -5), ("first", 0), ("second", 0), ("high", 9)):
        client.create_job(job_options(job, priority=priority))
        add(client, "t1", job=job)
    make_pool(client, emulator)
    order = []
    for _ in range(4):
        order += [job for job in ("low", "first", "second", "high") if in_state(client, "running", job)]
        emulator.advance(60)
    assert order == ["high", "first", "second", "low"]
    client.update_job("low", models.BatchJobUpdateOptions(priority=20))
    add(client, "t2", job="first")
    add(client, "t2", "t3", job="low")
    emulator.advance(60)
    assert (in_state(client, "running", "low"), in_state(client, "active", "low")) == (["t2"], ["t3"])


@pytest.mark.parametrize(
    ("order", "first", "second", "next_one"), [("none", 2, 2, "second"), ("creationtime", 4, 0, "first")]
)
def test_jobs_of_one_priority_share_nodes_or_the_older_one_comes_first(
    client: BatchClient, emulator: EmulatorProcess, order: str, first: int, second: int, next_one: str
) -> None:
    script(emulator, duration=60)
    script(emulator, "0", job="second", duration=10)
    script(emulator, "0", job="first", duration=10)
    for job in ("first", "second"):
        client.create_job(job_options(job))
        add(client, *map(str, range(6)), job=job)
    policy = models.BatchTaskSchedulingPolicy(node_fill_type="pack", job_default_order=order)
    make_pool(client, emulator, nodes=2, slots=2, task_scheduling_policy=policy)
    assert (len(in_state(client, "running", "first")), len(in_state(client, "running", "second"))) == (first, second)
    client.terminate_task(next_one, in_state(client, "running", next_one)[0])
    assert (len(in_state(client, "running", "first")), len(in_state(client, "running", "second"))) == (first, second)


def test_tasks_of_a_job_that_allows_it_give_way_to_those_of_a_higher_priority(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator, nodes=2, slots=2)
    script(emulator, duration=60)
    for job, priority, allows in (("firm", 0, False), ("low", 0, True), ("lower", -1, True)):
        client.create_job(job_options(job, priority=priority, allow_task_preemption=allows))
    add(client, "a", job="firm")
    add(client, "a", "b", job="low")
    add(client, "a", job="lower")
    client.create_job(job_options("equal", priority=0, allow_task_preemption=True))
    add(client, "a", job="equal")
    assert (states(client, "equal"), states(client, "lower")) == ({"a": "running"}, {"a": "active"})
    found = end_of(client, "a", "lower")
    assert (found.requeue_count, found.retry_count, found.last_requeue_time is not None) == (1, 0, True)
    client.create_job(job_options("high", priority=9, allow_task_preemption=True, max_parallel_tasks=1))
    add(client, "wide", "wide2", job="high", required_slots=2)
    running = {job: in_state(client, "running", job) for job in ("firm", "low", "equal", "high")}
    assert running == {"firm": ["a"], "low": ["b"], "equal": [], "high": ["wide"]}
    client.update_job("high", models.BatchJobUpdateOptions(max_parallel_tasks=-1))
    assert in_state(client, "active", "high") == ["wide2"]
    emulator.advance(600)
    assert all(set(states(client, job).values()) == {"completed"} for job in ("firm", "low", "lower", "equal", "high"))


def test_a_job_runs_no_more_tasks_at_once_than_it_says(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator, slots=4)
    script(emulator, duration=60)
    client.create_job(job_options("j1", max_parallel_tasks=2))
    add(client, "a", "b", "c")
    assert in_state(client, "running") == ["a", "b"]
    client.update_job("j1", models.BatchJobUpdateOptions(max_parallel_tasks=-1))
    assert in_state(client, "running") == ["a", "b", "c"]


def test_tasks_run_by_hand_and_by_the_transition_s_delay(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    emulator.switch("states", "by-hand")
    add(client, "a", "b")
    assert in_state(client, "running") == in_state(client, "running") == ["a"]
    emulator.settle()
    assert (in_state(client, "completed"), in_state(client, "running")) == (["a"], ["b"])
    emulator.settle()
    emulator.switch("states", "by-clock")
    add(client, "c", "d")
    assert in_state(client, "running") == ["c"]
    emulator.advance(1)
    assert in_state(client, "running") == ["d"]


def test_tasks_end_in_real_time_without_a_request(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    emulator.post("/_emulator/clock", {"frozen": False})
    client.create_job(job_options("j1"))
    script(emulator, duration=0.05)
    add(client, "a", "b")
    deadline = time.monotonic() + 10
    while in_state(client, "completed") != ["a", "b"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert in_state(client, "completed") == ["a", "b"]


def test_what_runs_goes_on_after_a_kill(tmp_path: Path) -> None:
    with EmulatorProcess("--set", "scheduling=on", location=tmp_path) as emulator, emulator.client() as client:
        schedules(emulator)
        make_pool(client, emulator, slots=2)
        client.create_job(job_options("j1", uses_task_dependencies=True))
        script(emulator, duration=600)
        add(client, "a", "b", "c")
        add(client, "d", depends_on=models.BatchTaskDependencies(task_ids=["gone", "a"]))
        script(emulator, "gone", duration=0)
        add(client, "gone")
        emulator.advance(600)
        states(client)
        assert in_state(client, "running") == ["c", "d"]
        client.delete_task("j1", "gone")
        before = {task["id"]: task for task in emulator.get("/jobs/j1/tasks")["value"]}
        assert {name: task["state"] for name, task in before.items()} == {
            "a": "completed",
            "b": "completed",
            "c": "running",
            "d": "running",
        }
        emulator.kill()
    with EmulatorProcess("--set", "scheduling=on", location=tmp_path) as emulator, emulator.client() as client:
        found = {task["id"]: task["executionInfo"] for task in emulator.get("/jobs/j1/tasks")["value"]}
        assert found == {name: task["executionInfo"] for name, task in before.items()}
        (node,) = client.list_nodes("p1")
        assert (node.running_tasks_count, node.total_tasks_run) == (2, 3)
        emulator.advance(600)
        assert len(in_state(client, "completed")) == 4
        add(client, "e", depends_on=models.BatchTaskDependencies(task_ids=["gone"]))
        assert in_state(client, "running") == ["e"]
