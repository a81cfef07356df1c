"""Files of a task or a node: as long as the node is there, and keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.answers import object_of
from azure_batch_provider.batch.operations import Operation

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply


@dataclass(frozen=True)
class Files:
    """Whose files: how they are listed and got, and the ids in the paths of both."""

    listed: Operation
    got: Operation
    ids: tuple[str, str]

    @classmethod
    def of_task(cls, job: str, task: str) -> Files:
        """Those in the directory of a task."""
        return cls(operations.LIST_TASK_FILES, operations.GET_TASK_FILE, (job, task))

    @classmethod
    def of_node(cls, pool: str, node: str) -> Files:
        """Those in the root directory of a node, such as `startup/stderr.txt`."""
        return cls(operations.LIST_NODE_FILES, operations.GET_NODE_FILE, (pool, node))


@dataclass(frozen=True)
class Tail:
    """The end of a file.

    Attributes:
        content: its last bytes.
        size: bytes of the whole file, when it was looked for.
        modified: when it was written to last, if the service says so.
    """

    content: bytes
    size: int
    modified: str | None = None
    is_directory: bool = False


def end_of_file(send: Callable[..., Reply], files: Files, name: str, size: int) -> str:
    """The last bytes of a text file, at most `size`; "" when it is empty or not there. Otherwise as `tail_of_file`."""
    found = tail_of_file(send, files, name, size)
    return "" if found is None else found.content.decode("utf-8", "replace")


def tail_of_file(send: Callable[..., Reply], files: Files, name: str, size: int) -> Tail | None:
    """The last bytes of a file, at most `size`; None when it is not there.

    Args:
        send: carries out an operation, given with the ids of its path and further options.
        name: relative to the directory.

    Raises:
        RequestError: what `send` raises.
    """
    quoted = name.replace("'", "''")
    query = {"$filter": f"startswith(name,'{quoted}')"}
    if _plain(name) != name or "/" in name:
        query["recursive"] = "true"
    listed = send(files.listed, files.ids, query=query)
    page = object_of(listed, files.listed.at(*files.ids))
    found = _entry_of(name, page.get("value"))
    if found is None:
        return None
    properties = found.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    length, modified = _length_of(properties), properties.get("lastModified")
    modified = modified if isinstance(modified, str) else None
    if not length:
        return Tail(b"", 0, modified, found.get("isDirectory") is True)
    headers = {
        "Accept": "application/octet-stream",
        "ocp-range": f"bytes={max(0, length - size)}-{length - 1}",
    }
    reply = send(files.got, (*files.ids, name), headers=headers, raw=True)
    return Tail(reply.body[-size:], length, modified)


def _entry_of(name: str, files: Any) -> Mapping[str, Any] | None:
    """What a list of files says of one, None when it is not among them. On Windows, names have backslashes."""
    for item in files if isinstance(files, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str) and _plain(item["name"]) == _plain(name):
            return item
    return None


def _plain(name: str) -> str:
    return name.replace("\\", "/")


def _length_of(properties: Mapping[str, Any]) -> int:
    """The bytes of a file; 0 when it is a directory, or they are not told."""
    length = str(properties.get("contentLength"))
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0
