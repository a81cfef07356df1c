"""Files in the directory of a task, on the node that has run it: as long as the node is there, and keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.answers import object_of

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply


def end_of_file(send: Callable[..., Reply], job: str, task: str, name: str, size: int) -> str:
    """The last bytes of a text file, at most `size`; "" when it is empty or not there.

    Args:
        send: carries out an operation, given with the ids of its path and further options.
        name: relative to the task's directory.

    Raises:
        RequestError: what `send` raises.
    """
    query = {"$filter": f"startswith(name,'{name}')"}
    listed = send(operations.LIST_TASK_FILES, (job, task), query=query)
    page = object_of(listed, operations.LIST_TASK_FILES.at(job, task))
    length = _length_of(name, page.get("value"))
    if not length:
        return ""
    headers = {
        "Accept": "application/octet-stream",
        "ocp-range": f"bytes={max(0, length - size)}-{length - 1}",
    }
    reply = send(operations.GET_TASK_FILE, (job, task, name), headers=headers, text=True)
    return str(reply.body)[-size:]


def _length_of(name: str, files: Any) -> int:
    """The bytes of a file in a list of files, 0 when it is not among them."""
    for item in files if isinstance(files, list) else ():
        if isinstance(item, dict) and item.get("name") == name and isinstance(item.get("properties"), dict):
            length = str(item["properties"].get("contentLength"))
            return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0
    return 0
