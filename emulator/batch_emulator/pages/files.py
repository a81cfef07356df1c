"""What tasks have written: the files of a task or a node, and the end of one of them.

Nothing is made by looking: where no task has been, there is no directory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from batch_emulator.pages.view import Missing, Shown, View
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.files import OUTPUTS, START_TASK
from batch_emulator.state.ids import folded
from batch_emulator.state.node_files import Directory, NodeFile, name_of, open_file

_MOST_LISTED = 500
_TAIL = 4 * 1024
_WHOLE = 256 * 1024


@dataclass(frozen=True)
class Text:
    """The end of a file, by whole lines. `text` is None for what is not text."""

    file: NodeFile
    text: str | None
    left_out: int


@dataclass(frozen=True)
class Listing:
    files: list[NodeFile] = field(default_factory=list)
    more: int = 0


def of_task(view: View, job: Job, task: Task) -> Directory | None:
    place = task.node_info or {}
    pool_key, node_id = folded(place.get("poolId", "")), place.get("nodeId", "")
    if not view.knows_node(pool_key, node_id):
        return None
    files = view.account.files
    directory = files.place_of_task(pool_key, node_id, job.id, task.id)
    return Directory(files.place_of_node(pool_key, node_id), directory) if directory.is_dir() else None


def of_node(view: View, node: Node) -> Directory | None:
    place = view.account.files.place_of_node(node.parent, node.id)
    return Directory(place, place) if place.is_dir() else None


def outputs(directory: Directory | None, folder: str = "") -> list[Text]:
    """The ends of the two output files of a run, where they are there."""
    if directory is None:
        return []
    found = [directory.find(f"{folder}/{name}" if folder else name) for name in OUTPUTS]
    return [_read(file, _TAIL) for file in found if file is not None and not file.is_directory]


def start_task_outputs(directory: Directory | None) -> list[Text]:
    return outputs(directory, START_TASK)


def listed(directory: Directory | None, inside: str = "") -> Listing:
    """One level of them."""
    if directory is None:
        return Listing()
    keys = directory.names(False, f"{inside}/" if inside else "")
    found = [directory.find(name_of(key)) for key in keys[:_MOST_LISTED]]
    return Listing([file for file in found if file is not None], max(len(keys) - _MOST_LISTED, 0))


def show_of_task(view: View, job_id: str, task_id: str, name: str) -> Shown:
    job = view.found(Job, job_id)
    task = view.found(Task, task_id, job.key)
    trail = [("Jobs", ["jobs"]), (job.id, ["jobs", job.id]), (task.id, ["jobs", job.id, "tasks", task.id])]
    return _show(of_task(view, job, task), name, "jobs", trail)


def show_of_node(view: View, pool_id: str, node_id: str, name: str) -> Shown:
    pool = view.found(Pool, pool_id)
    node = view.found(Node, node_id, pool.key)
    trail = [("Pools", ["pools"]), (pool.id, ["pools", pool.id]), (node.id, ["pools", pool.id, "nodes", node.id])]
    return _show(of_node(view, node), name, "pools", trail)


def _show(directory: Directory | None, name: str, section: str, trail: list[tuple[str, list[str]]]) -> Shown:
    file = None if directory is None else directory.find(name)
    if file is None:
        raise Missing(f"There is no file {name}. It may have gone with its task or its node.")
    values = {"file": file, "trail": trail, "root": [*trail[-1][1], "files"]}
    if file.is_directory:
        return Shown("directory", section, {**values, "files": listed(directory, name)})
    return Shown("file", section, {**values, "content": _read(file, _WHOLE)})


def _read(file: NodeFile, most: int) -> Text:
    start = max(file.size - most, 0)
    content = b""
    with suppress(OSError):  # it went meanwhile, or may not be read
        with open_file(file, start) as opened:
            content = opened.read(most)
    if start and b"\n" in content:
        first = content.index(b"\n") + 1
        start, content = start + first, content[first:]
    return Text(file, None if b"\0" in content else content.decode(errors="replace"), start)
