"""Files that a test puts on the disks of nodes, as if tasks had written them."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.ids import folded
from batch_emulator.state.node_files import Directory

_CONTENTS = ("text", "base64", "size")
LARGEST = 2**40


def put_files_of_task(account: SimulatedAccount, job_id: str, task_id: str, body: Any) -> None:
    """Into its directory on the node where it ran, or runs."""
    job = account.store.of(Job).find(job_id)
    if job is None:
        raise ServiceError("JobNotFound")
    task = account.store.of(Task, job.key).find(task_id)
    if task is None:
        raise ServiceError("TaskNotFound")
    place = task.node_info or {}
    if "nodeId" not in place:
        raise ServiceError("TaskFilesUnavailable", text="The task has not run on a node.")
    pool_key = folded(place["poolId"])
    directory = account.files.directory_of_task(pool_key, place["nodeId"], job.id, task.id)
    _put_all(Directory(account.files.place_of_node(pool_key, place["nodeId"]), directory), body)


def put_files_of_node(account: SimulatedAccount, pool_id: str, node_id: str, body: Any) -> None:
    pool = account.store.of(Pool).find(pool_id)
    if pool is None:
        raise ServiceError("PoolNotFound")
    node = account.store.of(Node, pool.key).find(node_id)
    if node is None:
        raise ServiceError("NodeNotFound")
    root = account.files.directory_of_node(pool.key, node.id)
    _put_all(Directory(root, root), body)


def _put_all(directory: Directory, body: Any) -> None:
    for item in body if isinstance(body, list) else [body]:
        if not isinstance(item, dict) or len(item) != 2 or not isinstance(item.get("name"), str):
            raise _unreadable()
        _put(directory, item["name"], item)


def _put(directory: Directory, name: str, item: dict[str, Any]) -> None:
    content, size = _content(item)
    try:
        place = directory.room_for(name)
        if place is not None:
            _write(place, content, size)
    except OSError as error:
        raise invalid_body(f"{name[:64]!r} cannot be written: {error.strerror}.") from None
    if place is None:
        raise invalid_body(f"{name[:64]!r} is not the name of a file in this directory.")


def _write(place: Path, content: bytes, size: int) -> None:
    with place.open("wb") as file:
        file.write(content)
        file.truncate(size)


def _content(item: dict[str, Any]) -> tuple[bytes, int]:
    """What is beyond the content up to the size is zeros, which take no room on the disk."""
    (kind,) = (name for name in item if name != "name")
    value = item[kind]
    if kind == "size" and isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return b"", value
    if kind == "text" and isinstance(value, str):
        return value.encode(), len(value.encode())
    if kind == "base64" and isinstance(value, str):
        try:
            content = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise invalid_body("base64 is not base64.") from None
        return content, len(content)
    raise _unreadable()


def _unreadable() -> ServiceError:
    return invalid_body(f'A file is {{"name": "wd/out.txt"}} with one of {", ".join(_CONTENTS)}.')
