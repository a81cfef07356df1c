"""Which tasks give up their nodes for one of a job with a higher priority: those of jobs with `allowTaskPreemption`.

The service says that they can be requeued, and not which of them: here those of the lowest priority, and of these the
latest to have started, on the nodes that lose the fewest.
"""

from __future__ import annotations

from collections.abc import Callable

from batch_emulator.simulation.job_queue import instances_of
from batch_emulator.simulation.placement import allows, can_ever_run, required_slots, weight
from batch_emulator.simulation.runs import Run
from batch_emulator.simulation.slots import Slots
from batch_emulator.state.collection import Collection
from batch_emulator.state.entities import Job, Node, Pool, Task


def yields(other: Job, job: Job) -> bool:
    """Whether tasks of the one can be requeued for those of `job`."""
    return bool(other.body["allowTaskPreemption"]) and other.body["priority"] < job.body["priority"]


def victims(
    pool: Pool,
    slots: Slots,
    job: Job,
    task: Task,
    nodes: Collection[Node],
    runs_of: Callable[[Node], list[Run]],
    refuses: Callable[[Node], bool],
) -> list[Task]:
    """The tasks without which it would get its nodes, none where that cannot be. `refuses` as for `choose`."""
    if not can_ever_run(pool, slots, task):
        return []
    required, wanted = required_slots(slots, job, task), max(instances_of(task), 1)
    offers: list[list[Task]] = []
    for node in nodes:
        if slots.takes_tasks(node.key) and allows(job, task, node) and not refuses(node):
            offer = _offer(slots, required - slots.free(node.key), job, runs_of(node))
            if offer is not None:
                offers.append(offer)
    if len(offers) < wanted:
        return []
    taken = [found for offer in sorted(offers, key=len)[:wanted] for found in offer]
    return list({(found.parent, found.key): found for found in taken}.values())


def _offer(slots: Slots, missing: int, job: Job, runs: list[Run]) -> list[Task] | None:
    """The tasks that a node would lose to have so many slots more, None where it cannot have them."""
    offer: list[Task] = []
    found = [
        (run.job.body["priority"], -run.task.state_since, weight(run, slots.each), run.task)
        for run in runs
        if run.counts and run.task is not None and run.job is not None and yields(run.job, job)
    ]
    for _, _, freed, task in sorted(found, key=lambda row: row[:2]):
        if missing <= 0:
            break
        offer.append(task)
        missing -= freed
    return offer if missing <= 0 else None
