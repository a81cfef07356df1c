"""Job managers, preparation and release tasks, multi-instance tasks and start tasks that run."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.parts import job_options, pool_options, task_options
from tests.emulator.scheduling import add, end_of, in_state, make_pool, schedules, script, states
from tests.emulator_process import EmulatorProcess


@pytest.fixture
def emulator(emulator: EmulatorProcess) -> EmulatorProcess:
    return schedules(emulator)


def _prepared(client: BatchClient, release: bool = False, **says: Any) -> None:
    """A job with a preparation task."""
    client.create_job(
        job_options(
            "j1",
            job_preparation_task=models.BatchJobPreparationTask(command_line="prepare", **says),
            job_release_task=models.BatchJobReleaseTask(command_line="release") if release else None,
        )
    )


def _ran(client: BatchClient) -> list[tuple[Any, ...]]:
    """What preparation and release did: state, result, retries; state, result."""
    found = []
    for node in client.list_job_preparation_and_release_task_status("j1"):
        first, last = node.job_preparation_task_execution_info, node.job_release_task_execution_info
        assert first is not None
        shown: tuple[Any, ...] = (first["state"], first.result and first["result"], first.retry_count)
        found.append(shown if last is None else (*shown, last["state"], last.result and last["result"]))
    return found


def _node_states(client: BatchClient) -> list[str]:
    return sorted(str(node["state"]) for node in client.list_nodes("p1"))


def test_a_job_s_tasks_wait_for_its_preparation_on_their_node(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator, slots=2)
    _prepared(client, release=True)
    script(emulator, kind="preparation", duration=60)
    script(emulator, kind="release", duration=60)
    script(emulator, duration=30)
    add(client, "a", "b", "c")
    assert states(client) == {"a": "preparing", "b": "preparing", "c": "active"}
    assert end_of(client, "a").start_time is None and _ran(client) == [("running", None, 0)]
    emulator.advance(60)
    assert states(client) == {"a": "running", "b": "running", "c": "active"}
    assert _ran(client) == [("completed", "success", 0)]
    emulator.advance(30)
    assert states(client) == {"a": "completed", "b": "completed", "c": "running"}
    emulator.post("/jobs/j1/terminate")
    assert _ran(client) == [("completed", "success", 0, "running", None)]
    assert client.get_job("j1")["state"] == client.get_job("j1")["state"] == "terminating"
    emulator.advance(60)
    for _ in range(3):
        found = client.get_job("j1")["state"]
    assert (found, _ran(client)) == ("completed", [("completed", "success", 0, "completed", "success")])


def test_a_job_that_ends_by_itself_runs_its_release_task(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    _prepared(client, release=True)
    script(emulator, kind="release", duration=60)
    add(client, "a")
    client.update_job("j1", models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    for _ in range(8):
        found = client.get_job("j1")["state"]
    assert (found, states(client)) == ("terminating", {"a": "completed"})
    emulator.advance(60)
    for _ in range(3):
        job = client.get_job("j1")
    assert job.execution_info is not None and job.execution_info.termination_reason == "AllTasksComplete"
    assert job["state"] == "completed"


def test_a_preparation_that_is_tried_again_has_its_time_again(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator)
    minutes = datetime.timedelta(minutes=5)
    _prepared(client, constraints=models.BatchTaskConstraints(max_task_retry_count=1, max_wall_clock_time=minutes))
    script(emulator, kind="preparation", duration=3600)
    script(emulator, kind="preparation", duration=60, exitCode=1, times=1)
    add(client, "a")
    emulator.advance(60 + 299)
    assert _ran(client) == [("running", None, 1)]
    emulator.advance(2)
    assert _ran(client) == [("completed", "failure", 1)]


@pytest.mark.parametrize(
    ("waits", "retries", "says", "ends", "tasks"),
    [
        (True, 0, {"exitCode": 1}, ("completed", "failure", 0), "active"),
        (True, 2, {"exitCode": 1}, ("completed", "failure", 2), "active"),
        (True, 2, {"exitCode": 1, "times": 1}, ("completed", "success", 1), "completed"),
        (False, 0, {"exitCode": 1}, ("completed", "failure", 0), "completed"),
    ],
)
def test_where_the_preparation_fails_no_task_of_the_job_runs(
    client: BatchClient,
    emulator: EmulatorProcess,
    waits: bool,
    retries: int,
    says: dict[str, Any],
    ends: tuple[Any, ...],
    tasks: str,
) -> None:
    make_pool(client, emulator)
    constraints = models.BatchTaskConstraints(max_task_retry_count=retries)
    _prepared(client, wait_for_success=waits, constraints=constraints)
    script(emulator, kind="preparation", **says)
    add(client, "a")
    for _ in range(10):
        found = states(client)
    assert (found, _ran(client)) == ({"a": tasks}, [ends])
    client.create_job(job_options("other"))
    add(client, "b", job="other")
    states(client, "other")
    assert states(client, "other") == {"b": "completed"}


@pytest.mark.parametrize(
    ("again", "action", "runs"),
    [(True, "reboot", 2), (False, "reboot", 1), (False, "reimage", 2)],
)
def test_the_preparation_runs_again_after_a_reboot(
    client: BatchClient, emulator: EmulatorProcess, again: bool, action: str, runs: int
) -> None:
    make_pool(client, emulator)
    _prepared(client, rerun_on_node_reboot_after_success=again)
    add(client, "a")
    for _ in range(4):
        states(client)
    (before,) = client.list_job_preparation_and_release_task_status("j1")
    (node,) = client.list_nodes("p1")
    emulator.advance(10)
    emulator.post(f"/pools/p1/nodes/{node.id}/{action}", {})
    emulator.settle()
    add(client, "b")
    for _ in range(4):
        states(client)
    (after,) = client.list_job_preparation_and_release_task_status("j1")
    first, last = before.job_preparation_task_execution_info, after.job_preparation_task_execution_info
    assert first is not None and last is not None
    assert (first.start_time != last.start_time) == (runs == 2)
    assert set(states(client).values()) == {"completed"}


def _manager(**says: Any) -> models.BatchJobManagerTask:
    return models.BatchJobManagerTask(id="m", command_line="manage", **says)


@pytest.mark.parametrize(("exclusive", "running"), [(True, ["m"]), (False, ["a", "m"])])
def test_a_job_manager_has_its_node_to_itself_if_it_wants(
    client: BatchClient, emulator: EmulatorProcess, exclusive: bool, running: list[str]
) -> None:
    script(emulator, duration=60)
    client.create_job(job_options("j1", job_manager_task=_manager(run_exclusive=exclusive)))
    add(client, "a", "b")
    make_pool(client, emulator, slots=2)
    assert in_state(client, "running") == running
    (node,) = client.list_nodes("p1")
    assert node.running_task_slots_count == len(running)


@pytest.mark.parametrize(("kills", "ends"), [(True, ("completed", "JMComplete")), (False, ("active", None))])
def test_a_job_ends_with_its_manager_if_that_is_wanted(
    client: BatchClient, emulator: EmulatorProcess, kills: bool, ends: tuple[str, str | None]
) -> None:
    make_pool(client, emulator, nodes=2)
    script(emulator, duration=60)
    script(emulator, "m", duration=30)
    client.create_job(job_options("j1", job_manager_task=_manager(kill_job_on_completion=kills)))
    add(client, "a", "b")
    emulator.advance(30)
    for _ in range(3):
        job = client.get_job("j1")
    assert job.execution_info is not None
    assert (job["state"], job.execution_info.termination_reason) == ends
    assert states(client)["a"] == ("completed" if kills else "running")


def test_a_job_manager_can_refuse_spot_nodes(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_low_priority_nodes=1))
    emulator.settle()
    client.create_job(job_options("j1", job_manager_task=_manager(allow_low_priority_node=False)))
    add(client, "a")
    states(client)
    assert states(client) == {"a": "completed", "m": "active"}
    options = models.BatchPoolResizeOptions(target_dedicated_nodes=1, target_low_priority_nodes=0)
    client.begin_resize_pool("p1", options, polling_interval=0).result()
    for _ in range(6):
        client.get_job("j1")
    assert states(client)["m"] == "completed"


def _several(instances: int, **more: Any) -> models.BatchTaskCreateOptions:
    settings = models.MultiInstanceSettings(number_of_instances=instances, coordination_command_line="meet")
    return task_options("mpi", multi_instance_settings=settings, **more)


def test_a_multi_instance_task_has_several_nodes(client: BatchClient, emulator: EmulatorProcess) -> None:
    make_pool(client, emulator, nodes=3, enable_inter_node_communication=True)
    _prepared(client)
    script(emulator, duration=60)
    client.create_task("j1", _several(3))
    add(client, "small")
    assert states(client) == {"mpi": "preparing", "small": "active"}
    states(client)
    assert states(client) == {"mpi": "running", "small": "active"}
    subtasks = list(client.list_subtasks("j1", "mpi"))
    assert [(subtask.id, subtask["state"]) for subtask in subtasks] == [(1, "running"), (2, "running")]
    places = {subtask.node_info.node_id for subtask in subtasks if subtask.node_info}
    primary = client.get_task("j1", "mpi").node_info
    assert primary is not None and places | {primary.node_id} == {node.id for node in client.list_nodes("p1")}
    recent = [task.subtask_id for node in client.list_nodes("p1") for task in node.recent_tasks or []]
    assert sorted(number or 0 for number in recent) == [0, 1, 2]
    emulator.advance(60)
    assert states(client)["mpi"] == "completed"
    ends = {(subtask["state"], subtask.exit_code, subtask["result"]) for subtask in client.list_subtasks("j1", "mpi")}
    assert ends == {("completed", 0, "success")}
    assert [node.total_tasks_run for node in client.list_nodes("p1")] == [1, 1, 1]
    assert in_state(client, "running") == ["small"]


def test_a_multi_instance_task_fails_where_its_nodes_do_not_meet(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator, nodes=2, enable_inter_node_communication=True)
    client.create_job(job_options("j1"))
    script(emulator, kind="coordination", exitCode=4)
    client.create_task("j1", _several(2))
    found = end_of(client, "mpi")
    assert (found.exit_code, found.result) == (4, "failure")
    assert _node_states(client) == ["idle", "idle"]


@pytest.mark.parametrize(
    ("pool", "instances", "slots"),
    [
        ({"enable_inter_node_communication": False}, 2, 1),
        ({"enable_inter_node_communication": True, "slots": 2}, 2, 1),
        ({"enable_inter_node_communication": True}, 3, 1),
        ({"enable_inter_node_communication": True}, 2, 2),
    ],
)
def test_a_multi_instance_task_that_does_not_fit_its_pool_never_runs(
    client: BatchClient, emulator: EmulatorProcess, pool: dict[str, Any], instances: int, slots: int
) -> None:
    make_pool(client, emulator, nodes=2, **pool)
    client.create_job(job_options("j1"))
    client.create_task("j1", _several(instances, required_slots=slots))
    add(client, "other")
    states(client)
    assert states(client) == {"mpi": "active", "other": "completed"}


def test_a_multi_instance_task_is_requeued_from_all_of_its_nodes(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    make_pool(client, emulator, nodes=2, enable_inter_node_communication=True)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    client.create_task("j1", _several(2))
    (subtask,) = client.list_subtasks("j1", "mpi")
    assert subtask.node_info is not None
    emulator.post(f"/pools/p1/nodes/{subtask.node_info.node_id}/reboot", {})
    assert states(client) == {"mpi": "active"}
    assert list(client.list_subtasks("j1", "mpi")) == []
    emulator.settle()
    assert states(client) == {"mpi": "running"}
    assert end_of(client, "mpi").requeue_count == 1


def test_a_node_runs_its_start_task_before_other_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    script(emulator, kind="start", pool="p1", duration=60)
    start = models.BatchStartTask(command_line="start", wait_for_success=True)
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, start_task=start))
    client.create_job(job_options("j1"))
    add(client, "a")
    for _ in range(8):
        states(client)
    assert (_node_states(client), states(client)) == (["waitingforstarttask"], {"a": "active"})
    emulator.advance(60)
    assert (_node_states(client), states(client)) == (["running"], {"a": "completed"})
    script(emulator, kind="start", exitCode=7)
    (node,) = client.list_nodes("p1")
    client.replace_pool_properties(
        "p1",
        models.BatchPoolReplaceOptions(
            start_task=models.BatchStartTask(command_line="better", wait_for_success=True),
            application_package_references=[],
            metadata=[],
        ),
    )
    emulator.post(f"/pools/p1/nodes/{node.id}/reboot", {})
    add(client, "b")
    for _ in range(8):
        states(client)
    (node,) = client.list_nodes("p1")
    assert node.start_task is not None and node.start_task_info is not None
    assert (node["state"], node.start_task.command_line) == ("starttaskfailed", "better")
    assert (node.start_task_info.exit_code, states(client)["b"]) == (7, "active")
