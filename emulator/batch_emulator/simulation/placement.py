"""Which nodes a task gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batch_emulator.simulation.job_queue import instances_of, is_manager
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
    if run.task is None or run.job is None or not run.counts:
        return 0
    return each if is_exclusive(run.job, run.task) else int(run.task.body["requiredSlots"])


def required_slots(slots: Slots, job: Job, task: Task) -> int:
    """On each of its nodes."""
    return slots.each if is_exclusive(job, task) else int(task.body["requiredSlots"])


def can_ever_run(pool: Pool, slots: Slots, task: Task) -> bool:
    """A multi-instance task needs nodes that know one another, each for itself."""
    return not instances_of(task) or (pool.body["enableInterNodeCommunication"] and slots.each == 1)


def choose(
    pool: Pool, slots: Slots, job: Job, task: Task, nodes: Collection[Node], refuses: Callable[[Node], bool]
) -> list[Node]:
    """The nodes that it can have now, none where there are not enough. The node of its affinity comes first.

    `refuses` says of a node that it is not to run tasks of the job.
    """
    if not can_ever_run(pool, slots, task):
        return []
    required, wanted = required_slots(slots, job, task), max(instances_of(task), 1)
    found: list[Node] = []
    for key in _candidates(pool, slots, task, required, nodes):
        node = nodes[key]
        if node not in found and allows(job, task, node) and not refuses(node):
            found.append(node)
            if len(found) == wanted:
                return found
    return []


def _candidates(pool: Pool, slots: Slots, task: Task, required: int, nodes: Collection[Node]) -> Iterator[str]:
    affinity = task.body.get("affinityInfo", {}).get("affinityId", "")
    if affinity.startswith(AFFINITY):
        node = nodes.find(affinity[len(AFFINITY) :])
        if node is not None and slots.free(node.key) >= required:
            yield node.key
    pack = folded(pool.body.get("taskSchedulingPolicy", {}).get("nodeFillType", "")) == "pack"
    yield from slots.candidates(required, pack=pack)


def allows(job: Job, task: Task, node: Node) -> bool:
    """Whether it is a kind of node on which the task may run."""
    return node.dedicated or not is_manager(job, task) or bool(job.body["jobManagerTask"]["allowLowPriorityNode"])
