"""What becomes of tasks whose node is restarted, taken away, or told to take no more of them."""

from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.parts import job_options
from tests.emulator.scheduling import add, end_of, make_pool, schedules, script, states
from tests.emulator_process import EmulatorProcess

DAY = 24 * 3600


@pytest.fixture
def emulator(emulator: EmulatorProcess) -> EmulatorProcess:
    return schedules(emulator)


def _run_one(client: BatchClient, emulator: EmulatorProcess, **more: Any) -> str:
    """A task that runs for a minute, and the id of its node."""
    make_pool(client, emulator)
    client.create_job(job_options("j1"))
    script(emulator, duration=60)
    add(client, "t1", **more)
    info = client.get_task("j1", "t1").node_info
    assert info is not None
    return str(info.node_id)


def _node(client: BatchClient) -> tuple[str, int | None]:
    (node,) = client.list_nodes("p1")
    return node["state"], node.running_tasks_count


ACTIONS = [("reboot", "Reboot"), ("reimage", "Reimage"), ("deallocate", "Deallocate")]


@pytest.mark.parametrize(("action", "noun"), ACTIONS)
@pytest.mark.parametrize(
    ("option", "after", "requeues"), [(None, "active", 1), ("requeue", "active", 1), ("terminate", "completed", 0)]
)
def test_an_action_takes_the_node_from_its_tasks(
    client: BatchClient,
    emulator: EmulatorProcess,
    action: str,
    noun: str,
    option: str | None,
    after: str,
    requeues: int,
) -> None:
    node = _run_one(client, emulator)
    body = {} if option is None else {f"node{noun}Option": option}
    assert emulator.call("POST", f"/pools/p1/nodes/{node}/{action}", body).status == 202
    assert states(client) == {"t1": after}
    found = end_of(client, "t1")
    assert found.requeue_count == requeues and (found.last_requeue_time is not None) == bool(requeues)
    if option == "terminate":
        assert found.failure_info is not None and found.failure_info.code == "TaskEnded"
    elif action != "deallocate":
        emulator.settle()
        emulator.advance(60)
        assert states(client) == {"t1": "completed"}


@pytest.mark.parametrize(("action", "noun"), ACTIONS)
def test_an_action_can_wait_for_the_tasks(
    client: BatchClient, emulator: EmulatorProcess, action: str, noun: str
) -> None:
    node = _run_one(client, emulator)
    emulator.post(f"/pools/p1/nodes/{node}/{action}", {f"node{noun}Option": "taskcompletion"})
    add(client, "t2")
    assert (states(client), _node(client)) == ({"t1": "running", "t2": "active"}, ("running", 1))
    emulator.advance(60)
    state, running = _node(client)
    assert (states(client), running) == ({"t1": "completed", "t2": "active"}, 0)
    assert state not in ("running", "idle")


def test_an_action_can_wait_for_the_retention_of_files(client: BatchClient, emulator: EmulatorProcess) -> None:
    node = _run_one(client, emulator)
    emulator.post(f"/pools/p1/nodes/{node}/reboot", {"nodeRebootOption": "retaineddata"})
    add(client, "t2")
    emulator.advance(60)
    assert (states(client), _node(client)) == ({"t1": "completed", "t2": "active"}, ("idle", 0))
    emulator.advance(7 * DAY - 1)
    assert _node(client) == ("idle", 0)
    emulator.advance(2)
    assert _node(client)[0] == "rebooting"
    emulator.settle()
    assert states(client)["t2"] == "running"


@pytest.mark.parametrize(
    ("option", "task", "node"),
    [
        ("requeue", "active", ("offline", 0)),
        ("terminate", "completed", ("offline", 0)),
        ("taskcompletion", "running", ("running", 1)),
    ],
)
def test_a_node_can_be_told_to_take_no_tasks(
    client: BatchClient, emulator: EmulatorProcess, option: str, task: str, node: tuple[str, int]
) -> None:
    place = _run_one(client, emulator)
    client.disable_node_scheduling(
        "p1", place, models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option=option)
    )
    assert (states(client), _node(client)) == ({"t1": task}, node)
    add(client, "t2")
    emulator.advance(60)
    assert states(client)["t2"] == "active" and _node(client) == ("offline", 0)
    client.enable_node_scheduling("p1", place)
    emulator.advance(120)
    assert states(client) == {"t1": "completed", "t2": "completed"}


@pytest.mark.parametrize(
    ("option", "task", "steady"),
    [("requeue", "active", True), ("terminate", "completed", True), ("taskcompletion", "running", False)],
)
@pytest.mark.parametrize("by", ["resize", "removenodes"])
def test_a_pool_that_shrinks_does_with_tasks_what_it_is_told(
    client: BatchClient, emulator: EmulatorProcess, by: str, option: str, task: str, steady: bool
) -> None:
    node = _run_one(client, emulator)
    what: dict[str, Any] = {"targetDedicatedNodes": 0} if by == "resize" else {"nodeList": [node]}
    emulator.post(f"/pools/p1/{by}", {**what, "nodeDeallocationOption": option})
    assert states(client) == {"t1": task}
    for _ in range(3):
        pool = client.get_pool("p1")
    assert (pool["allocationState"] == "steady", pool.current_dedicated_nodes) == (steady, int(not steady))
    emulator.advance(60)
    for _ in range(3):
        pool = client.get_pool("p1")
    assert (pool["allocationState"], pool.current_dedicated_nodes) == ("steady", 0)
    assert states(client) == {"t1": "active" if task == "active" else "completed"}


@pytest.mark.parametrize("timeout", ["stop", "wait"])
def test_a_resize_waits_for_tasks_no_longer_than_its_timeout(
    client: BatchClient, emulator: EmulatorProcess, timeout: str
) -> None:
    emulator.switch("resize-timeout", timeout)
    make_pool(client, emulator, nodes=2)
    client.create_job(job_options("j1"))
    script(emulator, duration=1800)
    add(client, "t1")
    body = {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 1, "nodeDeallocationOption": "taskcompletion"}
    emulator.post("/pools/p1/resize", {**body, "resizeTimeout": "PT10M"})
    emulator.advance(599)
    for _ in range(3):
        pool = client.get_pool("p1")
    assert (pool["allocationState"], pool.current_dedicated_nodes) == ("resizing", 2)
    emulator.advance(2)
    pool = client.get_pool("p1")
    found = (pool["allocationState"], pool.current_dedicated_nodes, pool.current_low_priority_nodes)
    assert states(client) == {"t1": "running"}
    if timeout == "wait":
        assert found == ("resizing", 2, 0) and pool.resize_errors is None
        return
    (error,) = pool.resize_errors or []
    why = "Desired number of dedicated nodes could not be allocated as the resize timeout was reached"
    assert (found, error.code, error.message) == (("steady", 1, 1), "AllocationTimedout", why)
    add(client, "t2", "t3")
    for _ in range(4):
        states(client)
    assert sorted(states(client).values()) == ["active", "running", "running"]
    emulator.advance(1200)
    assert states(client)["t1"] == "completed"


def test_a_pool_that_is_deleted_requeues_its_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    _run_one(client, emulator)
    emulator.call("DELETE", "/pools/p1")
    assert states(client) == {"t1": "active"} and end_of(client, "t1").requeue_count == 1
    emulator.settle()
    make_pool(client, emulator)
    assert states(client) == {"t1": "running"}


@pytest.mark.parametrize("state", ["unusable", "unknown", "starttaskfailed", "upgradingos"])
def test_what_happens_to_a_node_requeues_its_tasks(client: BatchClient, emulator: EmulatorProcess, state: str) -> None:
    node = _run_one(client, emulator)
    emulator.post(f"/_emulator/nodes/p1/{node}", {"state": state})
    assert (states(client), _node(client)) == ({"t1": "active"}, (state, 0))
    emulator.post(f"/_emulator/nodes/p1/{node}", {"state": "idle"})
    assert (states(client), _node(client)) == ({"t1": "running"}, ("running", 1))


def test_a_resize_that_is_stopped_gives_the_node_back(client: BatchClient, emulator: EmulatorProcess) -> None:
    _run_one(client, emulator)
    emulator.switch("states", "by-hand")
    emulator.post("/pools/p1/resize", {"targetDedicatedNodes": 0})
    assert states(client) == {"t1": "active"}
    emulator.post("/pools/p1/stopresize")
    emulator.settle()
    assert (states(client), _node(client)) == ({"t1": "running"}, ("running", 1))
