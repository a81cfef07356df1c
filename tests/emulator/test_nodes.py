"""The nodes of a pool, by Microsoft's client."""

from __future__ import annotations

import datetime
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import code_of, machine, pool_options
from tests.emulator_process import V2024, EmulatorProcess

REBOOT: Any = {"nodeRebootOption": "requeue"}
REIMAGE: Any = {"nodeReimageOption": "requeue"}
DEALLOCATE: Any = {"nodeDeallocateOption": "requeue"}
DISABLE = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue")
"""The client cannot do without options, and has no public models of the others."""
START = models.BatchStartTask(command_line="one")


def node_ids(client: BatchClient, pool_id: str = "p1") -> list[str]:
    return [str(node.id) for node in client.list_nodes(pool_id)]


def make(client: BatchClient, emulator: EmulatorProcess, nodes: int = 1, **more: Any) -> list[str]:
    """A pool whose nodes are idle; their ids."""
    client.create_pool(pool_options("p1", target_dedicated_nodes=nodes, **more))
    emulator.settle()
    return node_ids(client)


def state_of(node: models.BatchNode) -> str:
    return str(getattr(node.state, "value", node.state))


def states(client: BatchClient, node_id: str, times: int) -> list[str]:
    return [state_of(client.get_node("p1", node_id)) for _ in range(times)]


def test_nodes_come_when_the_pool_is_steady_and_are_idle_in_the_end(client: BatchClient) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=2, target_low_priority_nodes=1))
    assert node_ids(client) == []
    assert [[state_of(node) for node in client.list_nodes("p1")] for _ in range(4)] == [
        ["creating"] * 3,
        ["starting"] * 3,
        ["idle"] * 3,
        ["idle"] * 3,
    ]
    nodes = list(client.list_nodes("p1"))
    assert [node.id for node in nodes] == sorted(node.id or "" for node in nodes)
    assert sorted(node.is_dedicated or False for node in nodes) == [False, True, True]
    for node in nodes:
        assert len(node.id) == 72 and node.id.startswith("tvmps_")
        assert node.id[-2:] == ("_d" if node.is_dedicated else "_p")
        assert node.affinity_id == f"TVM:{node.id}"
    assert sorted(str(node.ip_address) for node in nodes) == ["10.0.0.4", "10.0.0.5", "10.0.0.6"]


def test_a_node_shows_where_it_is_and_what_it_is_made_of(client: BatchClient, emulator: EmulatorProcess) -> None:
    (node_id,) = make(client, emulator)
    shown = emulator.get(f"/pools/p1/nodes/{node_id}", V2024)
    assert list(shown) == [
        "odata.metadata",
        "id",
        "url",
        "state",
        "schedulingState",
        "stateTransitionTime",
        "lastBootTime",
        "allocationTime",
        "ipAddress",
        "affinityId",
        "vmSize",
        "totalTasksRun",
        "totalTasksSucceeded",
        "runningTasksCount",
        "runningTaskSlotsCount",
        "certificateReferences",
        "isDedicated",
        "endpointConfiguration",
        "nodeAgentInfo",
        "virtualMachineInfo",
    ]
    assert shown["odata.metadata"].endswith("/$metadata#nodes/@Element")
    assert (shown["vmSize"], shown["certificateReferences"]) == ("standard_d2s_v3", [])
    node = client.get_node("p1", node_id)
    assert "certificateReferences" not in node
    assert (node.scheduling_state, node.running_tasks_count, node.total_tasks_run) == ("enabled", 0, 0)
    assert node.virtual_machine_info.image_reference is not None
    assert node.virtual_machine_info.image_reference.sku == "22_04-lts"
    assert node.node_agent_info is not None and node.node_agent_info.last_update_time == node.last_boot_time
    assert node.endpoint_configuration is not None
    (endpoint,) = node.endpoint_configuration.inbound_endpoints
    assert (endpoint.name, endpoint.protocol, endpoint.frontend_port, endpoint.backend_port) == (
        "SSHRule.0",
        "tcp",
        50_000,
        22,
    )


def test_the_endpoints_of_a_pool_are_endpoints_of_its_nodes(client: BatchClient, emulator: EmulatorProcess) -> None:
    nat = models.BatchInboundNatPool(
        name="web", protocol="tcp", backend_port=80, frontend_port_range_start=1000, frontend_port_range_end=1100
    )
    endpoints = models.BatchPoolEndpointConfiguration(inbound_nat_pools=[nat])
    make(client, emulator, 2, network_configuration=models.NetworkConfiguration(endpoint_configuration=endpoints))
    shown = [node.endpoint_configuration for node in client.list_nodes("p1")]
    ports = {
        end.name: (end.frontend_port, end.backend_port) for some in shown if some for end in some.inbound_endpoints
    }
    assert ports == {
        "web.0": (1000, 80),
        "web.1": (1001, 80),
        "SSHRule.0": (50_000, 22),
        "SSHRule.1": (50_001, 22),
    }


def test_a_node_that_is_not_there_is_not_found(client: BatchClient, emulator: EmulatorProcess) -> None:
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_node("p1", "n1")
    assert code_of(caught) == "PoolNotFound"
    make(client, emulator)
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_node("p1", "n1")
    assert code_of(caught) == "NodeNotFound"


def test_nodes_are_answered_without_etags(client: BatchClient, emulator: EmulatorProcess) -> None:
    (node_id,) = make(client, emulator)
    for method, path in (("GET", ""), ("POST", "/reboot")):
        reply = emulator.call(method, f"/pools/p1/nodes/{node_id}{path}")
        assert "ETag" not in reply.headers and "Last-Modified" not in reply.headers
    assert reply.headers["DataServiceId"] == f"{emulator.endpoint}/pools/p1/nodes/{node_id}/reboot"
    assert (reply.status, reply.body) == (202, None)


def test_nodes_are_listed_by_filter_selection_and_page(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = make(client, emulator, 5)
    client.disable_node_scheduling("p1", ids[0], DISABLE)
    assert [node.id for node in client.list_nodes("p1", filter="state eq 'offline'")] == ids[:1]
    assert [
        node.id
        for node in client.list_nodes("p1", filter="state ne 'OFFLINE' and lastBootTime gt 2020-01-01T00:00:00Z")
    ] == ids[1:]
    (first, *_) = client.list_nodes("p1", select=["id", "vmSize"])
    assert first.as_dict() == {"id": ids[0], "vmSize": "standard_d2s_v3"}
    assert [node.id for node in client.list_nodes("p1", max_results=2)] == ids
    assert len(emulator.get("/pools/p1/nodes?maxresults=2")["value"]) == 2
    for wrong in ("$filter=id eq 'x'", "$filter=state gt 'idle'", "$expand=stats", "$select=nothing", "maxresults=0"):
        assert emulator.call("GET", f"/pools/p1/nodes?{wrong}").status == 400, wrong


def test_nodes_are_filtered_by_their_start_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    good, bad = make(client, emulator, 2, start_task=START)
    emulator.post(f"/_emulator/nodes/p1/{bad}", {"state": "starttaskfailed", "startTaskExitCode": 3})
    for text, expected in (
        ("startTaskInfo/state eq 'completed'", [good, bad]),
        ("startTaskInfo/result ne 'success'", [bad]),
        ("startTaskInfo/exitCode ge 1", [bad]),
        ("startTaskInfo/endTime lt 2020-01-01T00:00:00Z", []),
        ("startTaskInfo/startTime gt 2020-01-01T00:00:00Z", [good, bad]),
    ):
        assert [node.id for node in client.list_nodes("p1", filter=text)] == expected, text


def test_a_node_waits_for_its_start_task(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, start_task=START))
    for _ in range(4):
        nodes = list(client.list_nodes("p1"))
    (node,) = nodes
    info = node.start_task_info
    assert (node.state, info and info.state, info and info.end_time) == ("waitingforstarttask", "running", None)
    node = client.get_node("p1", str(node.id))
    assert (node.state, node.start_task and node.start_task.command_line) == ("idle", "one")
    info = node.start_task_info
    assert info is not None and info.end_time is not None
    assert (info.state, info.exit_code, info.result, info.retry_count) == ("completed", 0, "success", 0)


@pytest.mark.parametrize(("waits", "state"), [(True, "starttaskfailed"), (False, "idle")])
def test_a_start_task_that_fails_makes_a_node_that_waits_for_it_useless(
    client: BatchClient, emulator: EmulatorProcess, waits: bool, state: str
) -> None:
    emulator.switch("start-task-exit-code", 7)
    task = models.BatchStartTask(command_line="x", wait_for_success=waits, max_task_retry_count=2)
    (node_id,) = make(client, emulator, start_task=task)
    node = client.get_node("p1", node_id)
    info = node.start_task_info
    assert node.state == state and info is not None and info.failure_info is not None
    assert (info.exit_code, info.retry_count, info.result, info.failure_info.code) == (
        7,
        2,
        "failure",
        "FailureExitCode",
    )
    assert info.last_retry_time is not None
    emulator.switch("start-task-exit-code", 0)
    client.begin_reboot_node("p1", node_id, REBOOT, polling_interval=0).result()
    emulator.settle()
    node = client.get_node("p1", node_id)
    assert (node.state, node.start_task_info and node.start_task_info.exit_code) == ("idle", 0)


def test_a_start_task_with_retries_without_end_is_tried_again_and_again(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    emulator.switch("start-task-exit-code", 1)
    (node_id,) = make(client, emulator, start_task=models.BatchStartTask(command_line="x", max_task_retry_count=-1))
    counts = []
    for _ in range(3):
        info = client.get_node("p1", node_id).start_task_info
        assert info is not None and info.state == "running"
        counts.append(info.retry_count)
    assert counts == sorted(set(counts))
    emulator.switch("start-task-exit-code", 0)
    assert states(client, node_id, 1) == ["idle"]


def test_a_start_task_of_the_clock_is_tried_again_by_the_clock(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/_emulator/switches", {"states": "by-clock", "transition-delay": 10, "start-task-exit-code": 1})
    task = models.BatchStartTask(command_line="x", max_task_retry_count=-1)
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, start_task=task))
    for _ in range(5):
        emulator.advance(10)
        nodes = list(client.list_nodes("p1"))
    info = nodes[0].start_task_info
    assert (nodes[0].state, info and info.retry_count) == ("waitingforstarttask", 2)
    assert [node.start_task_info and node.start_task_info.retry_count for node in client.list_nodes("p1")] == [2]


@pytest.mark.parametrize("action", ["reboot", "reimage"])
def test_a_changed_start_task_reaches_a_node_when_it_boots(
    client: BatchClient, emulator: EmulatorProcess, action: str
) -> None:
    (node_id,) = make(client, emulator, start_task=START)
    before = client.get_node("p1", node_id)
    client.update_pool("p1", models.BatchPoolUpdateOptions(start_task=models.BatchStartTask(command_line="two")))
    node = client.get_node("p1", node_id)
    assert node.start_task is not None and node.start_task.command_line == "one"
    emulator.switch("node-start-task", "as-pool")
    node = client.get_node("p1", node_id)
    assert node.start_task is not None and node.start_task.command_line == "two"
    emulator.switch("node-start-task", "as-run")
    emulator.advance(60)
    if action == "reboot":
        client.begin_reboot_node("p1", node_id, REBOOT, polling_interval=0).result()
    else:
        client.begin_reimage_node("p1", node_id, REIMAGE, polling_interval=0).result()
    emulator.settle()
    after = client.get_node("p1", node_id)
    assert after.start_task is not None and after.start_task.command_line == "two"
    assert after.last_boot_time - before.last_boot_time >= datetime.timedelta(seconds=60)
    assert after.allocation_time == before.allocation_time
    info, old = after.start_task_info, before.start_task_info
    assert info is not None and old is not None and info.start_time > old.start_time


def test_a_start_task_that_the_pool_no_longer_has_is_gone_after_a_boot(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    (node_id,) = make(client, emulator, start_task=START)
    client.replace_pool_properties("p1", models.BatchPoolReplaceOptions(application_package_references=[], metadata=[]))
    assert client.get_node("p1", node_id).start_task is not None
    client.begin_reboot_node("p1", node_id, REBOOT, polling_interval=0).result()
    emulator.settle()
    node = client.get_node("p1", node_id)
    assert (node.start_task, node.start_task_info) == (None, None)


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion", "retaineddata"])
def test_a_node_reboots_and_is_reimaged(client: BatchClient, emulator: EmulatorProcess, option: str) -> None:
    (node_id,) = make(client, emulator)
    reboot: Any = {"nodeRebootOption": option}
    client.begin_reboot_node("p1", node_id, reboot, polling_interval=0).result()
    assert states(client, node_id, 1) == ["idle"], "the client has seen it start"
    reimage: Any = {"nodeReimageOption": option}
    client.begin_reimage_node("p1", node_id, reimage, polling_interval=0).result()
    assert states(client, node_id, 1) == ["idle"], "the client has seen it start"


def test_a_node_is_deallocated_and_started_again(client: BatchClient, emulator: EmulatorProcess) -> None:
    (node_id,) = make(client, emulator)
    with pytest.raises(ResourceExistsError) as caught:
        client.begin_start_node("p1", node_id, polling_interval=0)
    assert code_of(caught) == "OperationNotValidOnNode"
    client.begin_deallocate_node("p1", node_id, DEALLOCATE, polling_interval=0).result()
    assert states(client, node_id, 2) == ["deallocated"] * 2
    (counts,) = client.list_pool_node_counts()
    assert counts.dedicated is not None and (counts.dedicated.deallocated, counts.dedicated.total) == (1, 1)
    client.begin_start_node("p1", node_id, polling_interval=0).result()
    assert states(client, node_id, 1) == ["idle"]


def test_a_node_without_scheduling_is_offline_also_after_a_boot(client: BatchClient, emulator: EmulatorProcess) -> None:
    (node_id,) = make(client, emulator)
    options = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="taskcompletion")
    client.disable_node_scheduling("p1", node_id, options)
    node = client.get_node("p1", node_id)
    assert (node.state, node.scheduling_state) == ("offline", "disabled")
    with pytest.raises(ResourceExistsError) as caught:
        client.disable_node_scheduling("p1", node_id, DISABLE)
    assert code_of(caught) == "NodeAlreadyInTargetSchedulingState"
    client.begin_reboot_node("p1", node_id, REBOOT, polling_interval=0).result()
    emulator.settle()
    assert states(client, node_id, 1) == ["offline"]
    client.enable_node_scheduling("p1", node_id)
    node = client.get_node("p1", node_id)
    assert (node.state, node.scheduling_state) == ("idle", "enabled")
    with pytest.raises(ResourceExistsError) as caught:
        client.enable_node_scheduling("p1", node_id)
    assert code_of(caught) == "NodeAlreadyInTargetSchedulingState"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("unusable", "NodeStateUnusable"),
        ("unknown", "OperationNotValidOnNode"),
        ("upgradingos", "OperationNotValidOnNode"),
        ("running", None),
        ("starttaskfailed", None),
    ],
)
def test_what_happens_to_a_node_says_what_can_be_done_with_it(
    client: BatchClient, emulator: EmulatorProcess, state: str, code: str | None
) -> None:
    (node_id,) = make(client, emulator)
    emulator.post(f"/_emulator/nodes/p1/{node_id}", {"state": state, "errors": [{"code": "DiskFull", "message": "m"}]})
    node = client.get_node("p1", node_id)
    assert node.state == state and node.errors is not None and node.errors[0].code == "DiskFull"
    reply = emulator.call("POST", f"/pools/p1/nodes/{node_id}/reboot", {"nodeRebootOption": "TERMINATE"})
    assert (reply.status, reply.body and reply.body["code"]) == ((409, code) if code else (202, None))
    emulator.settle()
    assert ("errors" in client.get_node("p1", node_id)) is (code is not None)


@pytest.mark.parametrize(
    ("polls", "code"), [(0, "NodeBeingCreated"), (1, "NodeBeingStarted"), (2, "NodeBeingStarted"), (3, None)]
)
def test_a_node_that_comes_up_cannot_be_rebooted(
    client: BatchClient, emulator: EmulatorProcess, polls: int, code: str | None
) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, start_task=START))
    node_ids(client)
    (node_id,) = node_ids(client)
    for _ in range(polls):
        emulator.switch("polls", 1)
        client.get_node("p1", node_id)
    emulator.switch("states", "by-hand")
    reply = emulator.call("POST", f"/pools/p1/nodes/{node_id}/reboot")
    assert (reply.body and reply.body["code"]) == code
    if code is None:
        reply = emulator.call("POST", f"/pools/p1/nodes/{node_id}/reimage")
        assert reply.body["code"] == "NodeBeingRebooted"


def test_only_a_low_priority_node_is_preempted(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=1, target_low_priority_nodes=1))
    emulator.settle()
    dedicated, spot = sorted(node_ids(client), key=lambda node_id: node_id[-1])
    assert emulator.call("POST", f"/_emulator/nodes/p1/{dedicated}", {"state": "preempted"}).status == 400
    emulator.post(f"/_emulator/nodes/p1/{spot}", {"state": "preempted"})
    assert states(client, spot, 1) == ["preempted"]
    (counts,) = client.list_pool_node_counts()
    assert counts.low_priority is not None and (counts.low_priority.preempted, counts.low_priority.total) == (1, 1)
    assert client.get_pool("p1").current_low_priority_nodes == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        {"state": "creating"},
        {"state": 1},
        {"status": "idle"},
        {"state": "idle", "errors": [{}]},
        {"startTaskExitCode": "0"},
        {"startTaskExitCode": 0},
        {"errors": []},
    ],
)
def test_a_report_of_a_node_that_makes_no_sense_is_refused(
    client: BatchClient, emulator: EmulatorProcess, body: Any
) -> None:
    (node_id,) = make(client, emulator)
    reply = emulator.call("POST", f"/_emulator/nodes/p1/{node_id}", body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.call("POST", "/_emulator/nodes/p1/x", {"state": "idle"}).body["code"] == "NodeNotFound"
    assert emulator.call("POST", "/_emulator/nodes/p2/x", {"state": "idle"}).body["code"] == "PoolNotFound"


def test_a_start_task_can_be_ended_by_hand(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/_emulator/switches", {"states": "by-clock", "transition-delay": 1})
    client.create_pool(pool_options("p1", target_dedicated_nodes=2, start_task=START))
    for _ in range(3):
        emulator.advance(1)
        ids = node_ids(client)
    assert [state_of(node) for node in client.list_nodes("p1")] == ["waitingforstarttask"] * 2
    emulator.post(f"/_emulator/nodes/p1/{ids[0]}", {"startTaskExitCode": 2})
    emulator.post(f"/_emulator/nodes/p1/{ids[1]}", {"startTaskExitCode": 0})
    emulator.advance(10)
    assert [state_of(node) for node in client.list_nodes("p1")] == ["starttaskfailed", "idle"]


def test_remote_login_goes_to_the_pools_address_and_the_node_s_port(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = make(client, emulator, 2)
    settings = [client.get_node_remote_login_settings("p1", node_id) for node_id in ids]
    assert {each.remote_login_port for each in settings} == {50_000, 50_001}
    assert {each.remote_login_ip_address for each in settings} == {"203.0.113.4"}
    reply = emulator.call("GET", f"/pools/p1/nodes/{ids[0]}/remoteloginsettings")
    assert reply.headers["DataServiceId"] == f"{emulator.endpoint}/pools/p1/nodes/{ids[0]}/remoteloginsettings"
    assert reply.body["odata.metadata"].endswith("#Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings")
    reply = emulator.call("GET", f"/pools/p1/nodes/{ids[0]}/rdp", api_version=V2024)
    assert (reply.status, reply.body["code"]) == (409, "OperationNotValidOnNode")


def test_nodes_without_public_addresses_have_no_remote_login(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("linked-resources", "any-credentials")
    addresses = models.BatchPublicIpAddressConfiguration(ip_address_provisioning_type="nopublicipaddresses")
    network = models.NetworkConfiguration(public_ip_address_configuration=addresses)
    (node_id,) = make(client, emulator, network_configuration=network)
    assert client.get_node("p1", node_id).endpoint_configuration is None
    with pytest.raises(HttpResponseError) as caught:
        client.get_node_remote_login_settings("p1", node_id)
    assert code_of(caught) == "OperationNotValidOnNode"


def test_nodes_of_both_families_have_two_addresses(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("linked-resources", "any-credentials")
    families: Any = {"ipFamilies": ["IPv6", "IPv4"]}
    network: Any = {"publicIPAddressConfiguration": families}
    (node_id,) = make(client, emulator, network_configuration=network)
    node = client.get_node("p1", node_id)
    assert (node.ip_address, node.ipv6_address) == ("10.0.0.4", "fd00::4")
    settings = client.get_node_remote_login_settings("p1", node_id)
    assert (settings.ipv6_remote_login_ip_address, settings.ipv6_remote_login_port) == ("2001:db8::4", 50_000)
    assert "ipv6Address" not in emulator.get(f"/pools/p1/nodes/{node_id}", V2024)


def test_an_image_of_one_version_is_that_version_exactly(client: BatchClient, emulator: EmulatorProcess) -> None:
    image = models.BatchVmImageReference(
        publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts", version="22.04.1"
    )
    (node_id,) = make(client, emulator, virtual_machine_configuration=machine(image_reference=image))
    found = client.get_node("p1", node_id).virtual_machine_info.image_reference
    assert found is not None and found.exact_version == "22.04.1"


def test_extensions_are_the_service_s_own_and_the_pool_s(client: BatchClient, emulator: EmulatorProcess) -> None:
    vault = models.VMExtension(
        name="Vault", publisher="Microsoft.Azure.KeyVault", type="KeyVaultForLinux", protected_settings={"a": "b"}
    )
    (node_id,) = make(client, emulator, virtual_machine_configuration=machine(extensions=[vault]))
    extensions = list(client.list_node_extensions("p1", node_id))
    assert [each.vm_extension and each.vm_extension.name for each in extensions] == ["batchNodeExtension", "Vault"]
    extension = client.get_node_extension("p1", node_id, "vault")
    assert extension.vm_extension is not None and extension.vm_extension.type == "KeyVaultForLinux"
    assert extension.vm_extension.protected_settings is None
    assert (extension.provisioning_state, extension.instance_view and extension.instance_view.name) == (
        "Succeeded",
        "Vault",
    )
    assert len(list(client.list_node_extensions("p1", node_id, max_results=1))) == 2
    selected = client.get_node_extension("p1", node_id, "Vault", select=["provisioningState"])
    assert selected.as_dict().keys() == {"odata.metadata", "provisioningState"}
    with pytest.raises(ResourceNotFoundError):
        client.get_node_extension("p1", node_id, "other")


def test_uploading_service_logs_says_where_they_would_be(client: BatchClient, emulator: EmulatorProcess) -> None:
    (node_id,) = make(client, emulator)
    start = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    options = models.UploadBatchServiceLogsOptions(
        container_url="https://s.blob.core.windows.net/c?sig=x", start_time=start
    )
    result = client.upload_node_logs("p1", node_id, options)
    account, pool, node, request = result.virtual_directory_name.split("/")
    assert account.startswith(f"{emulator.account}-") and (pool, node) == ("p1", node_id) and len(request) == 36
    assert result.number_of_files_uploaded == 0
    path = f"/pools/p1/nodes/{node_id}/uploadbatchservicelogs"
    whole = {"containerUrl": "https://x", "startTime": "2026-01-02T00:00:00Z"}
    for change in ({"startTime": "noon"}, {"endTime": "2026-01-01T00:00:00Z"}, {"containerUrl": None}, {"x": 1}):
        assert emulator.call("POST", path, {**whole, **change}).status == 400, change


def test_nodes_survive_a_restart(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator, emulator.client() as client:
        (node_id,) = make(client, emulator, start_task=START)
        client.disable_node_scheduling("p1", node_id, DISABLE)
        client.create_node_user("p1", node_id, models.BatchNodeUserCreateOptions(name="Ada", password="x"))
        before = client.get_node("p1", node_id).as_dict()
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator, emulator.client() as client:
        after = client.get_node("p1", node_id).as_dict()
        assert {name: after[name] for name in after if name not in ("odata.metadata", "url")} == {
            name: before[name] for name in before if name not in ("odata.metadata", "url")
        }
        client.delete_node_user("p1", node_id, "ada")
        emulator.call("DELETE", "/pools/p1")
        emulator.settle()
        client.create_pool(pool_options("p1"))
        assert node_ids(client) == []


def test_a_pool_that_was_kept_before_nodes_were_gets_them(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator, emulator.client() as client:
        make(client, emulator, 2)
        client.create_pool(pool_options("p2", target_low_priority_nodes=1))
        emulator.kill()
    with sqlite3.connect(tmp_path / "batch.sqlite3") as database:
        database.execute("DELETE FROM entities WHERE kind = 'node'")
    database.close()
    with EmulatorProcess(location=tmp_path) as emulator, emulator.client() as client:
        assert [state_of(node) for node in client.list_nodes("p1")] == ["creating"] * 2
        assert client.get_pool("p1").current_dedicated_nodes == 2
        emulator.settle()
        assert [state_of(node) for node in client.list_nodes("p1")] == ["idle"] * 2
        assert len(node_ids(client, "p2")) == 1
        emulator.kill()
    with sqlite3.connect(tmp_path / "batch.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM entities WHERE kind = 'node'").fetchone() == (3,)
    database.close()
