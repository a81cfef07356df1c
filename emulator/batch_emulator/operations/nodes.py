"""Node operations: what a node shows, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Any

from batch_emulator.bodies.node import Deallocate, DisableScheduling, NodeBody, Reboot, Reimage, UploadLogs
from batch_emulator.bodies.shapes import Shape
from batch_emulator.operations.entity import STATUS, EntityKind, Reader, time_of
from batch_emulator.operations.node_endpoints import (
    PUBLIC_ADDRESS,
    PUBLIC_IPV6,
    REMOTE_PORTS,
    has_public_address,
    inbound_endpoints,
    speaks_ipv6,
)
from batch_emulator.operations.pools import POOLS
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import EQUALITY, Filterable
from batch_emulator.protocol.versions import V2024, V2025
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation import lag, node_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.node_states import USABLE
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.entities import Node, Pool

AGENT_VERSION = "1.12.5"
_ENTITIES = "Microsoft.Azure.Batch.Protocol.Entities"
_BEING = {
    "creating": "NodeBeingCreated",
    "starting": "NodeBeingStarted",
    "waitingforstarttask": "NodeBeingStarted",
    "rebooting": "NodeBeingRebooted",
    "reimaging": "NodeBeingReimaged",
    "unusable": "NodeStateUnusable",
}
"""Conflicts that have a code of their own."""
_STOPPED = ("deallocating", "deallocated", "preempted", "unknown", "creating", "starting", "rebooting", "reimaging")
_UPLOADING = tuple(state for state in node_states.STATES if state not in _STOPPED)
"""The states in which there is a node agent to ask for its logs."""


def _in_start_task(name: str, kind: str, **more: Any) -> Filterable:
    def read(node: Node) -> Any:
        value = (node.start_task_info or {}).get(name)
        return parse_time(value) if kind == "time" and value is not None else value

    return Filterable(kind, read, **more)


def _rest(node: Node, body: dict[str, Any], context: Context) -> dict[str, Any]:
    if node.start_task_info is not None:
        body["startTaskInfo"] = node.start_task_info
    if context.version == V2024 and node.booted is not None:
        body["certificateReferences"] = []
    if node.errors:
        body["errors"] = node.errors
    body["isDedicated"] = node.dedicated
    return body


class NodeKind(EntityKind[Node]):
    """A node shows much of its pool."""

    def show_in(self, account: SimulatedAccount, entity: Node, place: str, context: Context) -> dict[str, Any]:
        node, pool = lag.node_as_shown(account, entity), account.store.of(Pool)[entity.parent]
        if "startTask" in pool.body and context.switches.text("node-start-task") == "as-pool":
            node = replace(node, body={"startTask": pool.body["startTask"]})
        shown: dict[str, Any] = {}
        for name, value in self.show(node, place, context).items():
            shown[name] = value
            if name == "ipAddress" and context.version == V2025 and speaks_ipv6(pool):
                shown["ipv6Address"] = f"fd00::{node.number + 4:x}"
            if name == "recentTasks":
                jobs = f"{context.base}/jobs"
                shown[name] = [{"taskUrl": f"{jobs}/{task['jobId']}/tasks/{task['taskId']}", **task} for task in value]
            if name == "affinityId":
                shown["vmSize"] = pool.body["vmSize"]
        if endpoints := inbound_endpoints(pool, node):
            shown["endpointConfiguration"] = {"inboundEndpoints": endpoints}
        if node.booted is not None:
            shown["nodeAgentInfo"] = {"lastUpdateTime": format_time(node.booted), "version": AGENT_VERSION}
        image = pool.body["virtualMachineConfiguration"]["imageReference"]
        exact = {"exactVersion": image["version"]} if image.get("version", "latest") != "latest" else {}
        shown["virtualMachineInfo"] = {"imageReference": {**image, **exact}}
        return shown


_SHOWN: dict[str, Reader] = {
    "state": STATUS["state"],
    "schedulingState": attrgetter("scheduling"),
    "stateTransitionTime": STATUS["stateTransitionTime"],
    "lastBootTime": time_of("booted"),
    "allocationTime": time_of("created"),
    "ipAddress": attrgetter("address"),
    "affinityId": lambda node: f"TVM:{node.id}",
    "totalTasksRun": attrgetter("tasks_run"),
    "totalTasksSucceeded": attrgetter("tasks_succeeded"),
    "runningTasksCount": attrgetter("running_tasks"),
    "runningTaskSlotsCount": attrgetter("running_slots"),
    "recentTasks": lambda node: node.recent_tasks or None,
}
NODES = NodeKind(
    "Node",
    "nodes",
    Node,
    NodeBody,
    parent=POOLS,
    shown=_SHOWN,
    filters={
        "state": Filterable("string", attrgetter("state"), EQUALITY),
        "stateTransitionTime": Filterable("time", attrgetter("state_since")),
        "lastBootTime": Filterable("time", attrgetter("booted")),
        "allocationTime": Filterable("time", attrgetter("created")),
        "startTaskInfo/state": _in_start_task("state", "string", operators=EQUALITY),
        "startTaskInfo/result": _in_start_task("result", "string", operators=EQUALITY),
        "startTaskInfo/exitCode": _in_start_task("exitCode", "number"),
        "startTaskInfo/startTime": _in_start_task("startTime", "time"),
        "startTaskInfo/endTime": _in_start_task("endTime", "time"),
    },
    rest=_rest,
    added=(
        "ipv6Address",
        "vmSize",
        "startTaskInfo",
        "certificateReferences",
        "errors",
        "isDedicated",
        "endpointConfiguration",
        "nodeAgentInfo",
        "virtualMachineInfo",
    ),
    stamped=False,
)


def done_on_node(status: int, call: Call) -> Answer:
    """Nodes have no ETag."""
    return Answer(status, headers={"DataServiceId": call.url})


def is_being(node: Node) -> bool:
    """Whether its state has a conflict of its own: what is refused now may not be refused later."""
    return node.state in _BEING


def check_state(node: Node, *states: str) -> None:
    """Raises the conflict of the state that the node is in, if it is none of these."""
    if node.state not in states:
        reason = f"The node is in the state {node.state}; it must be {' or '.join(states)}."
        raise ServiceError(_BEING.get(node.state, "OperationNotValidOnNode"), [("Reason", reason)])


def _option(shape: Shape, call: Call) -> str:
    (option,) = shape.accept({} if call.body is None else call.body, "", call.context).values()
    return str(option)


def reboot(account: SimulatedAccount, call: Call) -> Answer:
    """What failed at its start task can be tried again so."""
    option = _option(Reboot, call)
    node = NODES.present(account, call)
    check_state(node, *USABLE, "offline", "starttaskfailed")
    node_states.act(account, node, "reboot", option)
    return done_on_node(202, call)


def reimage(account: SimulatedAccount, call: Call) -> Answer:
    option = _option(Reimage, call)
    node = NODES.present(account, call)
    check_state(node, *USABLE, "offline", "starttaskfailed")
    node_states.act(account, node, "reimage", option)
    return done_on_node(202, call)


def deallocate(account: SimulatedAccount, call: Call) -> Answer:
    option = _option(Deallocate, call)
    node = NODES.present(account, call)
    check_state(node, *USABLE, "offline", "starttaskfailed")
    node_states.act(account, node, "deallocate", option)
    return done_on_node(202, call)


def start(account: SimulatedAccount, call: Call) -> Answer:
    node = NODES.present(account, call)
    check_state(node, "deallocated")
    node_states.start(account, node)
    return done_on_node(202, call)


def disable_scheduling(account: SimulatedAccount, call: Call) -> Answer:
    option = _option(DisableScheduling, call)
    node = NODES.present(account, call)
    if node.scheduling == "disabled":
        raise ServiceError("NodeAlreadyInTargetSchedulingState")
    node_states.disable_scheduling(account, node, option)
    return done_on_node(200, call)


def enable_scheduling(account: SimulatedAccount, call: Call) -> Answer:
    node = NODES.present(account, call)
    if node.scheduling == "enabled":
        raise ServiceError("NodeAlreadyInTargetSchedulingState")
    node_states.enable_scheduling(account, node)
    return done_on_node(200, call)


def remote_login_settings(account: SimulatedAccount, call: Call) -> Answer:
    node = NODES.present(account, call)
    pool = account.store.of(Pool)[node.parent]
    if not has_public_address(pool):
        raise ServiceError("OperationNotValidOnNode", [("Reason", "The nodes of the pool have no public address.")])
    body = {
        "odata.metadata": f"{call.base}/$metadata#{_ENTITIES}.RemoteLoginSettings",
        "remoteLoginIPAddress": PUBLIC_ADDRESS,
        "remoteLoginPort": REMOTE_PORTS + node.number,
    }
    if call.context.version == V2025 and speaks_ipv6(pool):
        body |= {"ipv6RemoteLoginIPAddress": PUBLIC_IPV6, "ipv6RemoteLoginPort": REMOTE_PORTS + node.number}
    return Answer(200, body, {"DataServiceId": call.url})


def remote_desktop(account: SimulatedAccount, call: Call) -> Answer:
    """The service has such files for cloud services only, of which pools can no longer be made."""
    NODES.present(account, call)
    reason = "Operation rdp can be invoked only on pools created with cloudServiceConfiguration"
    raise ServiceError("OperationNotValidOnNode", [("Reason", reason)])


def upload_logs(account: SimulatedAccount, call: Call) -> Answer:
    """No node agent writes logs here, so there are none to upload."""
    UploadLogs.accept(call.body, "", call.context)
    node = NODES.present(account, call)
    check_state(node, *_UPLOADING)
    pool = account.store.of(Pool)[node.parent]
    body = {
        "odata.metadata": f"{call.base}/$metadata#{_ENTITIES}.UploadBatchServiceLogsResult",
        "virtualDirectoryName": f"{account.name}-{pool.created:016X}/{pool.key}/{node.id}/{call.request_id}",
        "numberOfFilesUploaded": 0,
    }
    return Answer(200, body)
