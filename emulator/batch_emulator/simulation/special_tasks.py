"""What the preparation and the release task of a job do on its nodes, as a node reports it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from batch_emulator.simulation.report import Report
from batch_emulator.simulation.transitions import Transition
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, JobNode, Pending
from batch_emulator.state.files import root_of_task

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

STATES = ("running", "completed")
Which = Literal["preparation", "release"]
SPECIAL: dict[Which, str] = {"preparation": "jobPreparationTask", "release": "jobReleaseTask"}


def report(account: Account, job: Job, node_id: str, which: Which, said: Report, retries: int | None) -> None:
    """A preparation task that runs again after a reboot begins anew; its retries are counted on."""
    entities, when = account.store.of(JobNode, job.key), account.clock.now()
    node = entities.find(node_id)
    if node is None:
        node = JobNode.new(node_id, {}, account.clock.stamp(), parent=job.key)
    node.pool_id = str(job.execution.get("poolId", ""))
    before = (node.preparation if which == "preparation" else node.release) or {}
    again = said.state == "running" or "startTime" not in before
    execution = {"state": said.state, "startTime": format_time(when) if again else before["startTime"]}
    if which == "preparation":
        execution["retryCount"] = retries if retries is not None else before.get("retryCount", 0)
    if said.state == "completed":
        execution = said.end(execution, format_time(when))
    if which == "preparation":
        node.preparation = execution
    else:
        node.release = execution
    account.store.save(node)


def are_running(account: Account, job: Job) -> bool:
    """Whether a job that ends has to wait for a task of its own on a node."""
    return any(node.run is not None for node in account.store.of(JobNode, job.key))


def _ran(account: SimulatedAccount, node: JobNode, pending: Pending) -> None:
    account.end_script(node.run)


def _too_long(account: SimulatedAccount, node: JobNode, said: None) -> None:
    account.scheduler.special.time_out(node)


TRANSITIONS = (
    Transition(("active",), "completed", "wait", _ran),
    Transition(("active",), "completed", "clock", _too_long, at=attrgetter("deadline")),
)


def root_directory(job: Job, which: Which) -> str:
    return root_of_task(job.id, job.body[SPECIAL[which]]["id"])
