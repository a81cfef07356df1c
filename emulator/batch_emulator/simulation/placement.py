"""Which node a task gets."""

from __future__ import annotations

from batch_emulator.simulation.job_queue import is_manager
from batch_emulator.simulation.runs import Run
from batch_emulator.simulation.slots import Slots
from batch_emulator.state.collection import Collection
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.ids import folded

AFFINITY = "TVM:"
"""What the affinity id of a node begins with; its own id follows."""


def is_exclusive(job: Job, task: Task) -> bool:
    """Whether nothing else may run on its node."""
    return is_manager(job, task) and bool(job.body["jobManagerTask"]["runExclusive"])


def weight(run: Run, each: int) -> int:
    """The slots of its node that a run takes from others. A node has `each`."""
    if run.task is None or run.job is None:
        return 0
    return each if is_exclusive(run.job, run.task) else int(run.task.body["requiredSlots"])


def choose(pool: Pool, slots: Slots, job: Job, task: Task, nodes: Collection[Node]) -> str | None:
    """The key of the node, None where none can take the task now. The node of its affinity comes first."""
    required = slots.each if is_exclusive(job, task) else task.body["requiredSlots"]
    if task.body["requiredSlots"] > slots.each:
        return None
    wanted = task.body.get("affinityInfo", {}).get("affinityId", "")
    if wanted.startswith(AFFINITY):
        node = nodes.find(wanted[len(AFFINITY) :])
        if node is not None and slots.free(node.key) >= required and _allows(job, task, node):
            return node.key
    pack = folded(pool.body.get("taskSchedulingPolicy", {}).get("nodeFillType", "")) == "pack"
    candidates = slots.candidates(required, pack=pack)
    return next((key for key in candidates if _allows(job, task, nodes[key])), None)


def _allows(job: Job, task: Task, node: Node) -> bool:
    return node.dedicated or not is_manager(job, task) or bool(job.body["jobManagerTask"]["allowLowPriorityNode"])
