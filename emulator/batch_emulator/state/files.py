"""The disks of the nodes: a directory for each, in the layout that the service's node agent makes.

They are kept below the location, or in a temporary directory that ends with the emulator. What tasks write can be
of any size, so it is never held in memory here. What is discarded is gone at once, by a rename, and removed beside the
work.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from batch_emulator.state import temporary

DIRECTORY = "nodes"
"""Its name below the location."""
_GONE = ".gone"
_OF_NODE = ("applications", "fsmounts", "shared", "startup", "volatile/startup", "workitems")
START_TASK = "startup"
OUTPUTS = ("stdout.txt", "stderr.txt")


def root_of_job(job_id: str) -> str:
    """A job's directory below the root of a node. The jobs of a schedule share the directory of its id."""
    work_item, _, number = job_id.partition(":")
    return f"workitems/{work_item}/{number or 'job-1'}"


def root_of_task(job_id: str, task_id: str) -> str:
    """A task's directory below the root of its node; that of the job's preparation and release task as well."""
    return f"{root_of_job(job_id)}/{task_id}"


class Files:
    """Pools are named by their keys, all else by ids. Directories are made when they are asked for.

    Raises OSError when the disk does not do what it is asked to.
    """

    def __init__(self, location: Path | None = None) -> None:
        self._location = location
        self._root: Path | None = None
        self._lock: int | None = None
        self._sweeper: Thread | None = None
        self._swept: SimpleQueue[Path | None] = SimpleQueue()

    @property
    def root(self) -> Path:
        """The directory of all pools. No other user can enter it."""
        if self._root is None:
            if self._location is None:
                self._root, self._lock = temporary.make()
            else:
                self._root = (self._location / DIRECTORY).resolve()
                self._root.mkdir(mode=0o700, exist_ok=True)
                for left in _entries(self._root / _GONE):
                    self._sweep(left)
        return self._root

    def place_of_node(self, pool_key: str, node_id: str) -> Path:
        """Where its directory is, if it was made."""
        return self.root / _name(pool_key) / _name(node_id)

    def place_of_task(self, pool_key: str, node_id: str, job_id: str, task_id: str) -> Path:
        """Where its directory is, if it was made."""
        for name in (*job_id.split(":"), task_id):
            _name(name)
        return self.place_of_node(pool_key, node_id) / root_of_task(job_id, task_id)

    def directory_of_node(self, pool_key: str, node_id: str) -> Path:
        """AZ_BATCH_NODE_ROOT_DIR."""
        place = self.place_of_node(pool_key, node_id)
        if not place.is_dir():
            for name in _OF_NODE:
                (place / name).mkdir(parents=True, exist_ok=True)
        return place

    def directory_of_start_task(self, pool_key: str, node_id: str) -> Path:
        """AZ_BATCH_TASK_DIR of the start task: with its output files, and `wd` to work in."""
        return _made(self.directory_of_node(pool_key, node_id) / START_TASK)

    def directory_of_task(
        self, pool_key: str, node_id: str, job_id: str, task_id: str, *, windows: bool = False
    ) -> Path:
        """AZ_BATCH_TASK_DIR: with its output files, which are empty at first, and `wd` to work in.

        Only Linux has a directory of certificates in it.
        """
        place = self.place_of_task(pool_key, node_id, job_id, task_id)
        self.directory_of_node(pool_key, node_id)
        return _made(place, *(() if windows else ("certs",)))

    def nodes(self) -> Iterator[tuple[str, str]]:
        """The key of the pool and the id of each node that has a directory."""
        for pool in _entries(self.root) if self._used else ():
            if pool.name != _GONE:
                yield from ((pool.name, node.name) for node in _entries(pool))

    def discard_strays(self, node_kept: Callable[[str, str], bool], task_kept: Callable[[str, str], bool]) -> None:
        """What an earlier run could not discard any more: temporary directories, and directories of nodes and tasks
        that there no longer are.

        `node_kept` is asked with the key of a pool and the id of a node, `task_kept` with the directory of a job below
        the root of its node, and the name of a directory in it.
        """
        for left in temporary.abandoned():
            self._sweep(left)
        for pool_key, node_id in self.nodes():
            node = self.place_of_node(pool_key, node_id)
            if not node_kept(pool_key, node_id):
                self._discard(node)
                continue
            for job in [job for item in _entries(node / "workitems") for job in _entries(item)]:
                for task in _entries(job):
                    if not task_kept(job.relative_to(node).as_posix(), task.name):
                        self._discard(task)

    def discard_pool(self, pool_key: str) -> None:
        if self._used:
            self._discard(self.root / _name(pool_key))

    def discard_node(self, pool_key: str, node_id: str) -> None:
        if self._used:
            self._discard(self.place_of_node(pool_key, node_id))

    def discard_job(self, job_id: str) -> None:
        """On all nodes."""
        for pool_key, node_id in self.nodes():
            place = self.place_of_node(pool_key, node_id) / root_of_job(job_id)
            self._discard(place)
            with suppress(OSError):  # other jobs of the schedule are there still
                place.parent.rmdir()

    def discard(self, place: Path) -> None:
        """Whatever is there."""
        self._discard(place)

    def discard_task(self, pool_key: str, node_id: str, job_id: str, task_id: str) -> None:
        if self._used:
            self._discard(self.place_of_task(pool_key, node_id, job_id, task_id))

    def clear(self) -> None:
        """Discards all."""
        if self._used:
            for place in _entries(self.root):
                if place.name != _GONE:
                    self._discard(place)

    @property
    def _used(self) -> bool:
        return self._root is not None or (self._location is not None and (self._location / DIRECTORY).is_dir())

    def _discard(self, place: Path) -> None:
        gone = self.root / _GONE
        gone.mkdir(exist_ok=True)
        left = gone / uuid.uuid4().hex
        with suppress(OSError):  # it was never made; or the next start tries again
            place.chmod(0o700)  # a task can have shut its own directory
            place.rename(left)
            self._sweep(left)

    def _sweep(self, left: Path) -> None:
        if self._sweeper is None:
            self._sweeper = Thread(target=self._remove_all, name="files", daemon=True)
            self._sweeper.start()
        self._swept.put(left)

    def _remove_all(self) -> None:
        while (left := self._swept.get()) is not None:
            _remove(left)

    def close(self) -> None:
        """Removes what no one keeps."""
        if self._sweeper is not None:
            self._swept.put(None)
            self._sweeper.join()
        if self._root is not None and self._location is None:
            _remove(self._root)
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None


def _name(name: str) -> str:
    """Ids are letters, digits, hyphens and underscores; what is not would lead elsewhere."""
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise ValueError(f"not the name of a directory: {name!r}")
    return name


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _made(directory: Path, *inner: str) -> Path:
    if not directory.is_dir() or not (directory / "wd").is_dir():
        for name in ("wd", *inner):
            (directory / name).mkdir(parents=True, exist_ok=True)
        for name in OUTPUTS:
            (directory / name).touch()
    return directory


def _remove(directory: Path) -> None:
    """Of a tree whose directories may be shut. What cannot be removed stays."""
    shutil.rmtree(directory, ignore_errors=True)
    if directory.exists():
        directory.chmod(0o700)
        for place, names, _ in os.walk(directory):
            for inner in (Path(place, name) for name in names):
                with suppress(OSError):
                    if not inner.is_symlink():
                        inner.chmod(0o700)
        shutil.rmtree(directory, ignore_errors=True)
