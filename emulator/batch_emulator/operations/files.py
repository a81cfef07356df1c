"""The files of tasks and of nodes. They bear the machine's time, whatever the emulator's clock says."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batch_emulator.operations.nodes import NODES, check_state, is_being
from batch_emulator.operations.tasks import TASKS
from batch_emulator.protocol.conditions import DATES_ONLY, check_conditions
from batch_emulator.protocol.durations import parse_duration
from batch_emulator.protocol.errors import ServiceError, invalid_header
from batch_emulator.protocol.filters import Filterable, parse_filter
from batch_emulator.protocol.paging import page, page_size
from batch_emulator.protocol.wire import Answer, Call, Content
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import etag, format_time, http_date, parse_time
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.ids import folded
from batch_emulator.state.node_files import Directory, NodeFile, name_of, open_file

REACHABLE = ("idle", "running", "offline", "waitingforstarttask", "starttaskfailed", "leavingpool", "upgradingos")
"""The states in which there is a node agent to ask for files."""
_FILTERS = {"name": Filterable("string", lambda file: file.name, frozenset(), prefix=True)}
_ONE_PREFIX = re.compile(r"\s*startswith\(\s*name\s*,\s*'((?:[^']|'')*)'\s*\)\s*")
_RANGE = re.compile(r"\s*bytes=([0-9]{1,18})-([0-9]{0,18})\s*", re.ASCII)


@dataclass(frozen=True)
class _Disk:
    """Part of a node's disk. On Windows names have backslashes, in requests as well."""

    directory: Directory
    url: str
    windows: bool
    discard: Callable[[Path], None]

    def find(self, call: Call) -> tuple[str, NodeFile]:
        """The name without what is only a spelling of it, and what has it."""
        name = call.ids["file"].removesuffix("/")
        if self.windows:
            name = name.replace("\\", "/").removesuffix("/")
        file = self.directory.find(name)
        if file is None:
            raise ServiceError("FileNotFound")
        return name, file

    def shown(self, name: str) -> str:
        return name.replace("/", "\\") if self.windows else name


def _of_node(account: SimulatedAccount, call: Call) -> _Disk:
    node = NODES.present(account, call)
    check_state(node, *REACHABLE)
    root = account.files.directory_of_node(node.parent, node.id)
    if node.start_task_info is not None:
        account.files.directory_of_start_task(node.parent, node.id)
    return _disk(account, node, Directory(root, root), f"{NODES.url(account, call.base, node)}/files")


def _disk(account: SimulatedAccount, node: Node, directory: Directory, url: str) -> _Disk:
    return _Disk(directory, url, account.store.of(Pool)[node.parent].windows, account.files.discard)


def _of_task(account: SimulatedAccount, call: Call) -> _Disk:
    """Its directory is made now if nothing was written to it: the service's has at least the empty output files."""
    task = TASKS.present(account, call)
    node = _node_of(account, task)
    job, pool = account.store.of(Job)[task.parent], account.store.of(Pool)[node.parent]
    place = account.files.place_of_task(pool.key, node.id, job.id, task.id)
    if not place.is_dir():
        account.files.directory_of_task(pool.key, node.id, job.id, task.id, windows=pool.windows)
    root = account.files.place_of_node(pool.key, node.id)
    return _disk(account, node, Directory(root, place), f"{TASKS.url(account, call.base, task)}/files")


def _node_of(account: SimulatedAccount, task: Task) -> Node:
    """Where its files are. Raises ServiceError where there are none any more, or none yet."""
    place, execution = task.node_info or {}, task.execution
    if "nodeId" not in place or "startTime" not in execution:
        raise ServiceError(account.switches.text("task-files-before-run-code"))
    retention = parse_duration(task.body["constraints"]["retentionTime"])
    if "endTime" in execution and parse_time(execution["endTime"]) + retention < account.clock.now():
        account.discard_files_of(task)
        raise ServiceError(account.switches.text("task-files-after-retention-code"))
    node = account.find(Node, place["nodeId"], folded(place["poolId"]))
    if node is None or (node.wiped is not None and node.wiped >= parse_time(execution["startTime"])):
        raise ServiceError("TaskFilesUnavailable")
    if is_being(node):
        check_state(node, *REACHABLE)
    if node.state not in REACHABLE:
        raise ServiceError("TaskFilesUnavailable")
    return node


def _content_type(file: NodeFile) -> str:
    return mimetypes.guess_type(file.place.name)[0] or "application/octet-stream"


def _show(disk: _Disk, file: NodeFile) -> dict[str, Any]:
    name = disk.shown(file.name)
    shown: dict[str, Any] = {"name": name, "url": f"{disk.url}/{name}", "isDirectory": file.is_directory}
    if file.is_directory:
        return shown
    properties: dict[str, Any] = {"creationTime": format_time(file.created)} if disk.windows else {}
    properties["lastModified"] = format_time(file.modified)
    properties["contentLength"] = str(file.size)
    properties["contentType"] = _content_type(file)
    if not disk.windows:
        properties["fileMode"] = oct(file.mode)
    return {**shown, "properties": properties}


def _list(account: SimulatedAccount, call: Call, place: Callable[[SimulatedAccount, Call], _Disk]) -> Answer:
    """Level by level, as the service does it."""
    page_size(call)
    text = call.query.get("$filter", "")
    keep = parse_filter(text, _FILTERS)
    recursive = call.query.get("recursive", "").lower() == "true"
    disk = place(account, call)
    only = _ONE_PREFIX.fullmatch(text)
    prefix = only[1].replace("''", "'") if only else ""
    if disk.windows:
        prefix = prefix.replace("\\", "/")
    keys = disk.directory.names(recursive, prefix, folded)

    def kept(file: NodeFile | None) -> bool:
        return file is not None and (only is not None or keep(file))

    return page(
        call, "files", keys, lambda key: disk.directory.find(name_of(key)), kept, lambda file: _show(disk, file)
    )


def _headers(call: Call, disk: _Disk, name: str, file: NodeFile) -> dict[str, str]:
    headers = {"Last-Modified": http_date(file.modified)}
    if not file.is_directory:
        headers["Content-Type"] = _content_type(file)
    if call.context.switches.text("file-headers") == "documented":
        headers["ETag"] = etag(file.modified)
    if disk.windows:
        headers["ocp-creation-time"] = http_date(file.created)
    else:
        headers["ocp-batch-file-mode"] = oct(file.mode)
    headers["ocp-batch-file-isdirectory"] = str(file.is_directory)
    headers["ocp-batch-file-url"] = quote(f"{disk.url}/{name}", safe="")
    return headers


def _found(call: Call, disk: _Disk) -> tuple[NodeFile, dict[str, str]]:
    name, file = disk.find(call)
    check_conditions(call.method, call.headers, file.modified, DATES_ONLY)
    return file, _headers(call, disk, name, file)


def _properties(call: Call, disk: _Disk) -> Answer:
    file, headers = _found(call, disk)
    length = {} if file.is_directory else {"Content-Length": str(file.size)}
    return Answer(200, headers={**headers, **length})


def _get(call: Call, disk: _Disk) -> Answer:
    file, headers = _found(call, disk)
    if file.is_directory:
        raise ServiceError("FileNotFound", text="This is the name of a directory, which has no content.")
    status, first, length = _part(call, file.size)
    if call.context.switches.text("file-headers") == "documented":
        headers["Content-Length"] = str(length)
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{file.size}"
    try:
        content = Content(open_file(file, first), length)
    except OSError:
        raise ServiceError("IOError") from None
    return Answer(status, headers=headers, content=content)


def _part(call: Call, size: int) -> tuple[int, int, int]:
    """The status, and where the asked part begins and how long it is: what is beyond the end is left off."""
    text = call.headers.get("ocp-range")
    if not text:
        return 200, 0, size
    match = _RANGE.fullmatch(text)
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        raise invalid_header("ocp-range", "The value must be bytes=FIRST-LAST.")
    switches, first = call.context.switches, int(match[1])
    if first > size or (first == size and switches.text("file-range-at-end") == "refuse"):
        raise ServiceError("InvalidRange")
    last = min(int(match[2]) if match[2] else size, size - 1)
    return switches.integer("file-range-status") if first < size else 200, first, last + 1 - first


def _delete(account: SimulatedAccount, call: Call, disk: _Disk) -> Answer:
    name, _ = disk.find(call)
    recursive = call.query.get("recursive", "").lower() == "true"
    try:
        deleted = disk.directory.delete(name, disk.discard, recursive)
    except OSError:
        raise ServiceError("IOError") from None
    if not deleted:
        raise ServiceError(account.switches.text("delete-directory-code"), [("Reason", "The directory is not empty.")])
    return Answer(200)


def list_of_task(account: SimulatedAccount, call: Call) -> Answer:
    return _list(account, call, _of_task)


def list_of_node(account: SimulatedAccount, call: Call) -> Answer:
    return _list(account, call, _of_node)


def get_of_task(account: SimulatedAccount, call: Call) -> Answer:
    return _get(call, _of_task(account, call))


def get_of_node(account: SimulatedAccount, call: Call) -> Answer:
    return _get(call, _of_node(account, call))


def properties_of_task(account: SimulatedAccount, call: Call) -> Answer:
    return _properties(call, _of_task(account, call))


def properties_of_node(account: SimulatedAccount, call: Call) -> Answer:
    return _properties(call, _of_node(account, call))


def delete_of_task(account: SimulatedAccount, call: Call) -> Answer:
    return _delete(account, call, _of_task(account, call))


def delete_of_node(account: SimulatedAccount, call: Call) -> Answer:
    return _delete(account, call, _of_node(account, call))
