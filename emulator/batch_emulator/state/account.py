"""The emulated Batch account: what it holds, its clock, and its switches. Knows no rule of how states move."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from batch_emulator.state.clock import Clock
from batch_emulator.state.entities import Entity, Job, Node, Pool, Task
from batch_emulator.state.files import Files, root_of_job
from batch_emulator.state.ids import folded
from batch_emulator.state.journal import Journal
from batch_emulator.state.store import Store
from batch_emulator.state.switches import Switches
from batch_emulator.state.task_tokens import TaskTokens

_SPECIAL_TASKS = ("jobPreparationTask", "jobReleaseTask")


class Account:
    def __init__(
        self,
        journal: Journal,
        switches: Switches,
        next_time: Callable[[Entity], int | None],
        files: Files | None = None,
    ) -> None:
        """`next_time` says when the clock moves an entity next, if it does."""
        self.name = ""
        self.endpoint = ""
        """Set by the server, which knows as whom it answers."""
        self.clock = Clock()
        self.switches = switches
        self.files = files or Files()
        self.task_tokens = TaskTokens()
        self.store = Store(journal, self.clock, next_time, self._discard_files)
        self._discard_strays()

    def reset(self) -> None:
        self.store.clear()
        self.store.after_commit(self.files.clear)
        self.switches.reset()
        self.clock.reset()
        self.store.save_clock()

    def _discard_files(self, entity: Entity) -> None:
        files = self.files
        if isinstance(entity, Pool):
            self.store.after_commit(partial(files.discard_pool, entity.key))
        elif isinstance(entity, Node):
            self.discard_disk(entity)
        elif isinstance(entity, Job):
            self.store.after_commit(partial(files.discard_job, entity.id))
        elif isinstance(entity, Task):
            self.discard_files_of(entity)

    def discard_files_of(self, task: Task) -> None:
        job = self.store.of(Job)[task.parent]
        for pool_key, node_id in self._nodes_of(task):
            self.store.after_commit(partial(self.files.discard_task, pool_key, node_id, job.id, task.id))

    def discard_disk(self, node: Node) -> None:
        """Nothing of what was on it is left. The caller saves the node, or drops it."""
        node.wiped = self.clock.now()
        self.store.after_commit(partial(self.files.discard_node, node.parent, node.id))

    def _nodes_of(self, task: Task) -> list[tuple[str, str]]:
        """Where it ran; its subtasks may have run on any node of the pool."""
        place = task.node_info or {}
        if "poolId" not in place or "nodeId" not in place:
            return []
        pool_key = folded(place["poolId"])
        if "multiInstanceSettings" not in task.body:
            return [(pool_key, place["nodeId"])]
        return [(pool_key, node.id) for node in self.store.of(Node, pool_key)]

    def _discard_strays(self) -> None:
        jobs = {root_of_job(job.id): job for job in self.store.of(Job)}

        def task_kept(root: str, name: str) -> bool:
            job = jobs.get(root)
            return job is not None and (
                self.store.of(Task, job.key).find(name) is not None
                or any(name == job.body.get(special, {}).get("id") for special in _SPECIAL_TASKS)
            )

        def node_kept(pool_key: str, node_id: str) -> bool:
            return self.store.of(Node, pool_key).find(node_id) is not None

        self.files.discard_strays(node_kept, task_kept)
