"""What changes the size of a pool, by Microsoft's client; node counts and usage metrics."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import MACHINE, code_of, pool_options, values_of
from tests.emulator_process import V2024, EmulatorProcess

POOL = "/pools/p1"


def _make(client: BatchClient, emulator: EmulatorProcess, **more: Any) -> None:
    client.create_pool(pool_options("p1", **more))
    emulator.settle()


def _states(emulator: EmulatorProcess) -> list[str]:
    return sorted(node["state"] for node in emulator.get(f"{POOL}/nodes")["value"])


def _size(emulator: EmulatorProcess) -> tuple[Any, ...]:
    pool = emulator.get(POOL)
    names = ("currentDedicatedNodes", "targetDedicatedNodes", "currentLowPriorityNodes", "targetLowPriorityNodes")
    return (pool["allocationState"], *(pool[name] for name in names))


def test_a_pool_grows_and_shrinks(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=1)
    before = client.get_pool("p1")
    options = models.BatchPoolResizeOptions(
        target_dedicated_nodes=2, target_low_priority_nodes=1, resize_timeout=datetime.timedelta(minutes=20)
    )
    client.begin_resize_pool("p1", options, polling_interval=0).result()
    pool = client.get_pool("p1")
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 1)
    assert (pool.target_dedicated_nodes, pool.resize_timeout) == (2, datetime.timedelta(minutes=20))
    assert pool.etag != before.etag and pool.resize_errors is None
    assert pool.allocation_state_transition_time != before.allocation_state_transition_time
    emulator.settle()
    kept = min(client.list_nodes("p1"), key=lambda node: str(node.ip_address))
    client.begin_resize_pool(
        "p1", models.BatchPoolResizeOptions(target_dedicated_nodes=1, target_low_priority_nodes=0), polling_interval=0
    ).result()
    assert [node.id for node in client.list_nodes("p1")] == [kept.id]
    client.begin_resize_pool("p1", models.BatchPoolResizeOptions(target_dedicated_nodes=2), polling_interval=0).result()
    assert sorted(str(node.ip_address) for node in client.list_nodes("p1")) == ["10.0.0.4", "10.0.0.5"]


def test_nodes_leave_while_the_pool_is_resized(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=3)
    reply = emulator.call("POST", f"{POOL}/resize", {"targetDedicatedNodes": 1, "nodeDeallocationOption": "Terminate"})
    assert (reply.status, reply.headers["DataServiceId"]) == (202, f"{emulator.endpoint}{POOL}/resize")
    pool = emulator.get(POOL)
    assert reply.headers["ETag"] == pool["eTag"]
    assert pool["lastModified"] == pool["allocationStateTransitionTime"]
    emulator.switch("states", "by-hand")
    assert _size(emulator) == ("resizing", 3, 1, 0, 0)
    assert _states(emulator) == ["idle", "leavingpool", "leavingpool"]
    emulator.settle()
    assert (_size(emulator), _states(emulator)) == (("steady", 1, 1, 0, 0), ["idle"])


def test_nodes_that_are_of_no_use_leave_first_and_those_that_run_tasks_last(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    _make(client, emulator, target_dedicated_nodes=3)
    by_place = sorted(client.list_nodes("p1"), key=lambda node: str(node.ip_address))
    first, second, third = (str(node.id) for node in by_place)
    emulator.post(f"/_emulator/nodes/p1/{first}", {"state": "unusable"})
    emulator.post(f"/_emulator/nodes/p1/{third}", {"state": "running"})
    for target, left in ((2, {second, third}), (1, {third})):
        emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": target})
        emulator.settle()
        assert {str(node.id) for node in client.list_nodes("p1")} == left


def test_a_resize_takes_time_of_the_clock(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/_emulator/switches", {"states": "by-clock", "transition-delay": 60})
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    emulator.advance(59)
    assert (_size(emulator)[0], _states(emulator)) == ("resizing", [])
    for state in ("creating", "starting", "idle", "idle"):
        emulator.advance(60)
        assert (_size(emulator)[0], _states(emulator)) == ("steady", [state])


def test_a_pool_that_is_resized_is_not_resized_again(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    emulator.switch("states", "by-hand")
    resize = models.BatchPoolResizeOptions(target_dedicated_nodes=2)
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_resize_pool("p1", resize)
    assert code_of(caught) == "PoolBeingResized"
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_remove_nodes("p1", models.BatchNodeRemoveOptions(node_ids=["n1"]))
    assert code_of(caught) == "PoolBeingResized"
    emulator.call("DELETE", POOL)
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_resize_pool("p1", resize)
    assert code_of(caught) == "PoolBeingDeleted"


@pytest.mark.parametrize("code", ["OperationNotValidOnPool", "OperationInvalidForCurrentState"])
def test_a_pool_with_a_formula_is_not_resized(client: BatchClient, emulator: EmulatorProcess, code: str) -> None:
    emulator.switch("resize-autoscale-code", code)
    _make(client, emulator, enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=0")
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_resize_pool("p1", models.BatchPoolResizeOptions(target_dedicated_nodes=2))
    assert code_of(caught) == code


@pytest.mark.parametrize(
    ("action", "body", "code", "name"),
    [
        ("resize", {}, "MissingRequiredProperty", "targetDedicatedNodes"),
        ("resize", {"resizeTimeout": "PT5M"}, "MissingRequiredProperty", "targetDedicatedNodes"),
        ("resize", {"targetDedicatedNodes": -1}, "InvalidPropertyValue", "targetDedicatedNodes"),
        ("resize", {"targetDedicatedNodes": 1, "resizeTimeout": "PT4M"}, "InvalidPropertyValue", "resizeTimeout"),
        (
            "resize",
            {"targetDedicatedNodes": 1, "nodeDeallocationOption": "x"},
            "InvalidPropertyValue",
            "nodeDeallocationOption",
        ),
        ("resize", {"targetDedicatedNodes": 1, "nodeList": []}, "UnsupportedProperty", "nodeList"),
        ("removenodes", {}, "MissingRequiredProperty", "nodeList"),
        ("removenodes", {"nodeList": []}, "InvalidPropertyValue", "nodeList"),
        ("removenodes", {"nodeList": ["n"] * 101}, "InvalidPropertyValue", "nodeList"),
    ],
)
def test_a_body_is_checked_before_the_pool_is_looked_for(
    emulator: EmulatorProcess, action: str, body: Any, code: str, name: str
) -> None:
    reply = emulator.call("POST", f"{POOL}/{action}", body)
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (400, code, name)
    fits = {"targetDedicatedNodes": 1} if action == "resize" else {"nodeList": ["n"]}
    assert emulator.call("POST", f"{POOL}/{action}", fits).body["code"] == "PoolNotFound"


@pytest.mark.parametrize("action", ["resize", "stopresize", "removenodes"])
def test_conditions_are_met_or_nothing_is_done(client: BatchClient, emulator: EmulatorProcess, action: str) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    if action != "stopresize":
        emulator.settle()
    bodies: dict[str, Any] = {"resize": {"targetDedicatedNodes": 0}, "removenodes": {"nodeList": ["n"]}}
    reply = emulator.call("POST", f"{POOL}/{action}", bodies.get(action), headers={"If-Match": "0x1"})
    assert (reply.status, reply.body["code"]) == (412, "ConditionNotMet")


def test_a_resize_on_a_condition_of_the_client(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator)
    pool = client.get_pool("p1")
    resize = models.BatchPoolResizeOptions(target_dedicated_nodes=1)
    client.begin_resize_pool(
        "p1", resize, etag=pool.etag, match_condition=MatchConditions.IfNotModified, polling_interval=0
    ).result()
    with pytest.raises(HttpResponseError):
        client.begin_resize_pool("p1", resize, etag=pool.etag, match_condition=MatchConditions.IfNotModified)


def test_a_resize_that_is_stopped_leaves_the_pool_as_it_is(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=2)
    resized = emulator.call("POST", f"{POOL}/resize", {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 2})
    client.begin_stop_pool_resize("p1", polling_interval=0).result()
    pool = client.get_pool("p1")
    assert (pool.current_dedicated_nodes, pool.target_dedicated_nodes) == (2, 0)
    assert (pool.current_low_priority_nodes, pool.target_low_priority_nodes) == (0, 2)
    assert pool.resize_errors is not None and pool.etag == resized.headers["ETag"]
    assert [(error.code, error.message) for error in pool.resize_errors] == [
        (
            "ResizeStopped",
            f"Desired number of {kind} nodes could not be allocated due to a stop resize operation",
        )
        for kind in ("dedicated", "low priority")
    ]
    assert _states(emulator) == ["idle", "idle"]
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_stop_pool_resize("p1")
    assert code_of(caught) == "OperationInvalidForCurrentState"
    client.begin_resize_pool(
        "p1", models.BatchPoolResizeOptions(target_low_priority_nodes=0), polling_interval=0
    ).result()
    assert client.get_pool("p1").resize_errors is None and _states(emulator) == []


def test_the_stop_of_a_resize_is_seen(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=2))
    reply = emulator.call("POST", f"{POOL}/stopresize")
    assert (reply.status, reply.headers["DataServiceId"]) == (202, f"{emulator.endpoint}{POOL}/stopresize")
    assert reply.headers["ETag"] == emulator.get(POOL)["eTag"]
    assert _size(emulator) == ("steady", 0, 2, 0, 0)
    assert len(emulator.get(f"{POOL}?$select=resizeErrors")["resizeErrors"]) == 1


def test_a_switch_lets_a_pool_that_is_steady_be_stopped(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=1)
    emulator.switch("stop-steady-resize", "accept")
    before = emulator.get(POOL)
    assert emulator.call("POST", f"{POOL}/stopresize").status == 202
    assert emulator.get(POOL) == before


@pytest.mark.parametrize("before", ["creating", "waitingforstarttask", "rebooting", "deallocated"])
def test_a_node_that_was_to_leave_goes_on_where_it_was(
    client: BatchClient, emulator: EmulatorProcess, before: str
) -> None:
    emulator.switch("start-task-exit-code", 1)
    start = models.BatchStartTask(command_line="x", max_task_retry_count=-1)
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, start_task=start))
    if before == "creating":
        emulator.get(POOL)
        emulator.get(POOL)
        emulator.switch("polls", 0)
    else:
        emulator.settle()
        if before != "waitingforstarttask":
            emulator.switch("start-task-exit-code", 0)
            emulator.settle()
            (node,) = emulator.get(f"{POOL}/nodes")["value"]
            emulator.post(f"{POOL}/nodes/{node['id']}/{'reboot' if before == 'rebooting' else 'deallocate'}")
            if before == "deallocated":
                emulator.settle()
    emulator.switch("states", "by-hand")
    assert _states(emulator) == [before]
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 0})
    assert _states(emulator) == ["leavingpool"]
    emulator.post(f"{POOL}/stopresize")
    emulator.switch("start-task-exit-code", 0)
    emulator.settle()
    assert _states(emulator) == ["deallocated" if before == "deallocated" else "idle"]


def test_chosen_nodes_are_removed(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=2, target_low_priority_nodes=1)
    nodes = {str(node.id): bool(node.is_dedicated) for node in client.list_nodes("p1")}
    gone = [next(name for name, dedicated in nodes.items() if dedicated == wanted) for wanted in (True, False)]
    with pytest.raises(ResourceNotFoundError) as caught:
        client.begin_remove_nodes("p1", models.BatchNodeRemoveOptions(node_ids=[gone[0], "other"]))
    assert code_of(caught) == "NodeNotFound"
    assert _size(emulator) == ("steady", 2, 2, 1, 1)
    options = models.BatchNodeRemoveOptions(node_ids=[gone[0].upper(), *gone], node_deallocation_option="terminate")
    client.begin_remove_nodes("p1", options, polling_interval=0).result()
    assert {str(node.id) for node in client.list_nodes("p1")} == set(nodes) - set(gone)
    assert _size(emulator) == ("steady", 1, 1, 0, 0)


def test_a_test_says_how_a_resize_ends(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=3, target_low_priority_nodes=1))
    timed_out = {"code": "AllocationTimedout", "message": "m", "values": [{"name": "a", "value": "b"}]}
    emulator.post("/_emulator/pools/p1", {"resizeErrors": [timed_out], "dedicatedNodes": 2})
    emulator.settle()
    pool = client.get_pool("p1")
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 0)
    assert pool.resize_errors is not None
    (error,) = pool.resize_errors
    assert (error.code, error.error_values and error.error_values[0].value) == ("AllocationTimedout", "b")
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 3})
    assert "resizeErrors" not in emulator.get(POOL)
    emulator.settle()
    assert (_size(emulator), "resizeErrors" in emulator.get(POOL)) == (("steady", 3, 3, 1, 1), False)


def test_the_members_of_a_pool_come_in_the_service_s_order(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", metadata=[models.BatchMetadataItem(name="a", value="b")]))
    emulator.post("/_emulator/pools/p1", {"resizeErrors": [{"code": "AllocationFailed"}]})
    emulator.settle()
    assert list(emulator.get(POOL, V2024))[1:] == [
        "id",
        "url",
        "eTag",
        "lastModified",
        "creationTime",
        "state",
        "stateTransitionTime",
        "allocationState",
        "allocationStateTransitionTime",
        "vmSize",
        "resizeTimeout",
        "currentDedicatedNodes",
        "targetDedicatedNodes",
        "currentLowPriorityNodes",
        "targetLowPriorityNodes",
        "resizeErrors",
        "enableAutoScale",
        "enableInterNodeCommunication",
        "certificateReferences",
        "metadata",
        "taskSlotsPerNode",
        "taskSchedulingPolicy",
        "virtualMachineConfiguration",
    ]


@pytest.mark.parametrize(
    "body", [{}, None, {"errors": []}, {"resizeErrors": {}}, {"resizeErrors": [{}]}, {"dedicatedNodes": -1}, []]
)
def test_an_order_for_a_resize_that_makes_no_sense_is_refused(
    client: BatchClient, emulator: EmulatorProcess, body: Any
) -> None:
    client.create_pool(pool_options("p1"))
    assert emulator.call("POST", "/_emulator/pools/p1", body).status == 400
    assert emulator.call("POST", "/_emulator/pools/p2", {"resizeErrors": []}).body["code"] == "PoolNotFound"


def test_the_quota_of_nodes_is_the_account_s(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("node-quota", 3)
    _make(client, emulator, target_dedicated_nodes=2, target_low_priority_nodes=3)
    client.create_pool(pool_options("p2", target_dedicated_nodes=2_147_483_647))
    emulator.settle()
    assert client.get_pool("p1").resize_errors is None
    pool = client.get_pool("p2")
    assert pool.resize_errors is not None
    assert (pool.current_dedicated_nodes, [error.code for error in pool.resize_errors]) == (
        1,
        ["AccountCoreQuotaReached"],
    )


def test_nodes_are_counted_by_pool_and_state(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("empty"))
    _make(client, emulator, target_dedicated_nodes=2, target_low_priority_nodes=1)
    spot = next(node for node in client.list_nodes("p1") if not node.is_dedicated)
    client.disable_node_scheduling(
        "p1", str(spot.id), models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue")
    )
    empty, counts = client.list_pool_node_counts()
    assert (empty.pool_id, empty.dedicated and empty.dedicated.total) == ("empty", 0)
    assert counts.dedicated is not None and counts.low_priority is not None
    assert (counts.dedicated.idle, counts.dedicated.total) == (2, 2)
    assert (counts.low_priority.idle, counts.low_priority.offline, counts.low_priority.total) == (0, 1, 1)
    (filtered,) = client.list_pool_node_counts(filter="poolId eq 'P1'")
    assert filtered.pool_id == "p1"
    shown = emulator.get("/nodecounts", V2024)
    assert shown["odata.metadata"].endswith("/$metadata#poolnodecounts")
    assert list(shown["value"][0]) == ["poolId", "dedicated", "lowPriority"]
    assert list(shown["value"][0]["dedicated"])[-1] == "total"


def test_node_counts_come_ten_pools_a_page(client: BatchClient, emulator: EmulatorProcess) -> None:
    for number in range(12):
        client.create_pool(pool_options(f"p{number:02}"))
    assert [counts.pool_id for counts in client.list_pool_node_counts()] == [f"p{number:02}" for number in range(12)]
    first = emulator.get("/nodecounts")
    assert len(first["value"]) == 10 and "$skiptoken" in first["odata.nextLink"]
    for wrong in ("maxresults=11", "maxresults=0", "$select=poolId", "$filter=id eq 'x'"):
        assert emulator.call("GET", f"/nodecounts?{wrong}").status == 400, wrong


def test_counting_nodes_moves_them(client: BatchClient) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    seen = []
    for _ in range(4):
        (counts,) = client.list_pool_node_counts()
        assert counts.dedicated is not None
        seen.append((counts.dedicated.creating, counts.dedicated.starting, counts.dedicated.idle))
    assert seen == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]


@pytest.mark.parametrize("version", ["starttime", "startTime"])
def test_no_usage_is_metered(client: BatchClient, emulator: EmulatorProcess, version: str) -> None:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert list(client.list_pool_usage_metrics(start_time=start, end_time=start, filter="poolId eq 'p1'")) == []
    shown = emulator.get(f"/poolusagemetrics?{version}=2026-01-01T00:00:00Z&maxresults=10")
    assert (shown["odata.metadata"][-16:], shown["value"]) == ("poolusagemetrics", [])
    for wrong in (f"{version}=noon", "$filter=x eq 1", "maxresults=x"):
        assert emulator.call("GET", f"/poolusagemetrics?{wrong}").status == 400, wrong


def test_a_pool_that_is_deleted_takes_its_nodes_along(client: BatchClient, emulator: EmulatorProcess) -> None:
    _make(client, emulator, target_dedicated_nodes=2)
    emulator.call("DELETE", POOL)
    emulator.switch("states", "by-hand")
    assert _states(emulator) == ["leavingpool"] * 2
    (counts,) = emulator.get("/nodecounts")["value"]
    assert (counts["dedicated"]["leavingPool"], counts["dedicated"]["total"]) == (2, 2)
    emulator.settle()
    _make(client, emulator)
    assert _states(emulator) == []


def test_a_pool_that_ends_with_its_job_takes_its_nodes_along(client: BatchClient, emulator: EmulatorProcess) -> None:
    pool = {"vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}
    auto = {"poolLifetimeOption": "job", "pool": pool}
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"autoPoolSpecification": auto}})
    emulator.settle()
    pool_id = emulator.get("/jobs/j1")["executionInfo"]["poolId"]
    (node,) = client.list_nodes(pool_id)
    assert node.state == "idle"
    emulator.post("/jobs/j1/terminate")
    emulator.settle()
    assert emulator.call("GET", f"/pools/{pool_id}/nodes").body["code"] == "PoolNotFound"
