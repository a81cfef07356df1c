"""Every operation of the service, served or not: its name, method, path and query parameters.

What is not served is known all the same, so that a caller is told which operation it asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch_emulator.protocol.versions import BOTH, V2024

_LIST = ("$filter", "$select", "$expand", "maxresults", "$skiptoken")
_GET = ("$select", "$expand")


@dataclass(frozen=True)
class Operation:
    """`path` has its variable parts in braces. `conditional` operations honour conditional headers."""

    name: str
    method: str
    path: str
    query: tuple[str, ...] = ()
    conditional: bool = False
    body: str = "none"
    """none, required or optional"""
    versions: tuple[str, ...] = BOTH

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))


def _op(
    name: str,
    route: str,
    query: tuple[str, ...] = (),
    *,
    conditional: bool = False,
    body: str = "none",
    versions: tuple[str, ...] = BOTH,
) -> Operation:
    method, path = route.split()
    return Operation(name, method, path, query, conditional, body, versions)


OPERATIONS = (
    _op("Pool - List", "GET /pools", _LIST),
    _op("Pool - Add", "POST /pools", body="required"),
    _op("Pool - Get", "GET /pools/{pool}", _GET, conditional=True),
    _op("Pool - Exists", "HEAD /pools/{pool}", conditional=True),
    _op("Pool - Patch", "PATCH /pools/{pool}", conditional=True, body="required"),
    _op("Pool - Delete", "DELETE /pools/{pool}", conditional=True),
    _op("Pool - Update Properties", "POST /pools/{pool}/updateproperties", body="required"),
    _op("Pool - Resize", "POST /pools/{pool}/resize"),
    _op("Pool - Stop Resize", "POST /pools/{pool}/stopresize"),
    _op("Pool - Enable Auto Scale", "POST /pools/{pool}/enableautoscale"),
    _op("Pool - Disable Auto Scale", "POST /pools/{pool}/disableautoscale"),
    _op("Pool - Evaluate Auto Scale", "POST /pools/{pool}/evaluateautoscale"),
    _op("Pool - Remove Nodes", "POST /pools/{pool}/removenodes"),
    _op("Pool - List Usage Metrics", "GET /poolusagemetrics"),
    _op("Job - List", "GET /jobs", _LIST),
    _op("Job - Add", "POST /jobs", body="required"),
    _op("Job - Get", "GET /jobs/{job}", _GET, conditional=True),
    _op("Job - Patch", "PATCH /jobs/{job}", conditional=True, body="required"),
    _op("Job - Update", "PUT /jobs/{job}", conditional=True, body="required"),
    _op("Job - Delete", "DELETE /jobs/{job}", ("force",), conditional=True),
    _op("Job - Disable", "POST /jobs/{job}/disable", conditional=True, body="required"),
    _op("Job - Enable", "POST /jobs/{job}/enable", conditional=True),
    _op("Job - Terminate", "POST /jobs/{job}/terminate", ("force",), conditional=True, body="optional"),
    _op("Job - Get Task Counts", "GET /jobs/{job}/taskcounts"),
    _op("Job - List Preparation And Release Task Status", "GET /jobs/{job}/jobpreparationandreleasetaskstatus"),
    _op("Job - List From Job Schedule", "GET /jobschedules/{schedule}/jobs"),
    _op("Job Schedule - List", "GET /jobschedules"),
    _op("Job Schedule - Add", "POST /jobschedules"),
    _op("Job Schedule - Get", "GET /jobschedules/{schedule}"),
    _op("Job Schedule - Exists", "HEAD /jobschedules/{schedule}"),
    _op("Job Schedule - Patch", "PATCH /jobschedules/{schedule}"),
    _op("Job Schedule - Update", "PUT /jobschedules/{schedule}"),
    _op("Job Schedule - Delete", "DELETE /jobschedules/{schedule}"),
    _op("Job Schedule - Disable", "POST /jobschedules/{schedule}/disable"),
    _op("Job Schedule - Enable", "POST /jobschedules/{schedule}/enable"),
    _op("Job Schedule - Terminate", "POST /jobschedules/{schedule}/terminate"),
    _op("Task - List", "GET /jobs/{job}/tasks", _LIST),
    _op("Task - Add", "POST /jobs/{job}/tasks", body="required"),
    _op("Task - Add Collection", "POST /jobs/{job}/addtaskcollection", body="required"),
    _op("Task - Get", "GET /jobs/{job}/tasks/{task}", _GET, conditional=True),
    _op("Task - Update", "PUT /jobs/{job}/tasks/{task}", conditional=True, body="required"),
    _op("Task - Delete", "DELETE /jobs/{job}/tasks/{task}", conditional=True),
    _op("Task - Terminate", "POST /jobs/{job}/tasks/{task}/terminate", conditional=True),
    _op("Task - Reactivate", "POST /jobs/{job}/tasks/{task}/reactivate", conditional=True),
    _op("Task - List Subtasks", "GET /jobs/{job}/tasks/{task}/subtasksinfo"),
    _op("File - List From Task", "GET /jobs/{job}/tasks/{task}/files"),
    _op("File - Get From Task", "GET /jobs/{job}/tasks/{task}/files/{*file}"),
    _op("File - Get Properties From Task", "HEAD /jobs/{job}/tasks/{task}/files/{*file}"),
    _op("File - Delete From Task", "DELETE /jobs/{job}/tasks/{task}/files/{*file}"),
    _op("Compute Node - List", "GET /pools/{pool}/nodes"),
    _op("Compute Node - Get", "GET /pools/{pool}/nodes/{node}"),
    _op("Compute Node - Reboot", "POST /pools/{pool}/nodes/{node}/reboot"),
    _op("Compute Node - Reimage", "POST /pools/{pool}/nodes/{node}/reimage"),
    _op("Compute Node - Start", "POST /pools/{pool}/nodes/{node}/start"),
    _op("Compute Node - Deallocate", "POST /pools/{pool}/nodes/{node}/deallocate"),
    _op("Compute Node - Disable Scheduling", "POST /pools/{pool}/nodes/{node}/disablescheduling"),
    _op("Compute Node - Enable Scheduling", "POST /pools/{pool}/nodes/{node}/enablescheduling"),
    _op("Compute Node - Get Remote Login Settings", "GET /pools/{pool}/nodes/{node}/remoteloginsettings"),
    _op("Compute Node - Get Remote Desktop", "GET /pools/{pool}/nodes/{node}/rdp", versions=(V2024,)),
    _op("Compute Node - Upload Batch Service Logs", "POST /pools/{pool}/nodes/{node}/uploadbatchservicelogs"),
    _op("Compute Node - Add User", "POST /pools/{pool}/nodes/{node}/users"),
    _op("Compute Node - Update User", "PUT /pools/{pool}/nodes/{node}/users/{user}"),
    _op("Compute Node - Delete User", "DELETE /pools/{pool}/nodes/{node}/users/{user}"),
    _op("Compute Node Extension - List", "GET /pools/{pool}/nodes/{node}/extensions"),
    _op("Compute Node Extension - Get", "GET /pools/{pool}/nodes/{node}/extensions/{extension}"),
    _op("File - List From Compute Node", "GET /pools/{pool}/nodes/{node}/files"),
    _op("File - Get From Compute Node", "GET /pools/{pool}/nodes/{node}/files/{*file}"),
    _op("File - Get Properties From Compute Node", "HEAD /pools/{pool}/nodes/{node}/files/{*file}"),
    _op("File - Delete From Compute Node", "DELETE /pools/{pool}/nodes/{node}/files/{*file}"),
    _op("Application - List", "GET /applications"),
    _op("Application - Get", "GET /applications/{application}"),
    _op("Account - List Supported Images", "GET /supportedimages"),
    _op("Account - List Pool Node Counts", "GET /nodecounts"),
    _op("Certificate - List", "GET /certificates", versions=(V2024,)),
    _op("Certificate - Add", "POST /certificates", versions=(V2024,)),
    _op("Certificate - Get", "GET /certificates({certificate})", versions=(V2024,)),
    _op("Certificate - Delete", "DELETE /certificates({certificate})", versions=(V2024,)),
    _op("Certificate - Cancel Deletion", "POST /certificates({certificate})/canceldelete", versions=(V2024,)),
)


def _match(operation: Operation, parts: list[str]) -> dict[str, str] | None:
    """The variable parts of a path that the operation has, None for another's path."""
    wanted = operation.parts
    if wanted[-1].startswith("{*"):
        if len(parts) < len(wanted):
            return None
        parts = [*parts[: len(wanted) - 1], "/".join(parts[len(wanted) - 1 :])]
    if len(parts) != len(wanted):
        return None
    ids: dict[str, str] = {}
    for template, part in zip(wanted, parts, strict=True):
        before, brace, rest = template.partition("{")
        if not brace:
            if template != part:
                return None
            continue
        name, _, after = rest.partition("}")
        if not (part.startswith(before) and part.endswith(after) and len(part) > len(before) + len(after)):
            return None
        ids[name.lstrip("*")] = part[len(before) : len(part) - len(after)]
    return ids


@dataclass(frozen=True)
class Match:
    """`operation` is None when the path is the service's but not with this method."""

    operation: Operation | None
    ids: dict[str, str]


def find(method: str, path: str, version: str | None) -> Match | None:
    """The operation of a decoded path, None when no operation has that path in the api-version.

    Without a version, any one's operation is found.
    """
    parts = path.split("/")
    known = False
    for operation in OPERATIONS:
        if version is not None and version not in operation.versions:
            continue
        ids = _match(operation, parts)
        if ids is None:
            continue
        if operation.method == method:
            return Match(operation, ids)
        known = True
    return Match(None, {}) if known else None
