"""How a task moves between its states.

The scheduler gives an active task a node. What a node would say of it can also be reported by the control API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batch_emulator.simulation import job_states, task_runs
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Job, Pending, Satisfied, Task

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

STATES = ("active", "preparing", "running", "completed")


def _job(account: Account, task: Task) -> Job:
    return account.store.of(Job)[task.parent]


def terminate(account: Account, task: Task) -> None:
    task_runs.terminate(account, task)
    job_states.check_all_complete(account, _job(account, task))


def reactivate(account: Account, task: Task) -> None:
    task_runs.reactivate(account, task)
    job_states.check_all_complete(account, _job(account, task))


def delete(account: Account, task: Task) -> None:
    """Gone at once, unless a switch lets it stay visible for a while."""
    if task.pending is None or task.pending.to != GONE:
        if account.switches.integer("task-delete-polls") or account.switches.number("task-delete-delay"):
            begin(account, task, DELETED)
            account.store.save(task)
        else:
            _drop(account, task)
    job_states.check_all_complete(account, _job(account, task))


def _drop(account: Account, task: Task, pending: Pending | None = None) -> None:
    depended_on = _job(account, task).body["usesTaskDependencies"]
    if depended_on and task.state == "completed" and task_runs.satisfies_dependents(task):
        account.store.save(Satisfied.new(task.id, {}, account.clock.now(), parent=task.parent))
    account.store.drop(task)


def _too_long(account: SimulatedAccount, task: Task, said: None) -> None:
    account.scheduler.time_out(task)


def _too_old(account: Account, task: Task, said: None) -> None:
    if task.state == "completed":
        delete(account, task)
    else:
        terminate(account, task)


def _ran(account: SimulatedAccount, task: Task, pending: Pending) -> None:
    account.end_script(task.run)


def _requeued(account: Account, task: Task, report: Report) -> None:
    task_runs.requeue(account, task)


def _finished(account: Account, task: Task, report: Report) -> None:
    task_runs.finish(account, task, report)
    job_states.after_task(account, _job(account, task), task)


DELETED = Transition(STATES, GONE, "wait", _drop, delay="task-delete-delay", polls="task-delete-polls")
RAN = Transition(("running",), "completed", "wait", _ran)
"""The end of a run that goes by a script."""
TRANSITIONS = (
    DELETED,
    RAN,
    Transition(("running",), "completed", "clock", _too_long, at=task_runs.deadline),
    Transition(STATES, "old", "clock", _too_old, at=task_runs.end_of_life),
    Transition(STATES, "active", "event", _requeued),
    Transition(STATES, "preparing", "event", task_runs.start),
    Transition(STATES, "running", "event", task_runs.start),
    Transition(STATES, "completed", "event", _finished),
)
