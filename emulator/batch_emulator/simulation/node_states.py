"""How a node moves between its states, and which version of its pool's start task it runs.

A node boots with the start task that its pool has at that moment; a later change of the pool reaches it at its next
boot. What an action does with the tasks of a node is said by its option, which is the reason of the pending transition
(`requeue` and so on): whoever places tasks on nodes reads it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batch_emulator.simulation.report import Report
from batch_emulator.simulation.transitions import Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.clock import SECOND, format_time
from batch_emulator.state.entities import Node, Pending, Pool

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

USABLE = ("idle", "running")
"""In which it does what its pool is for. One that does not, and is told to take no tasks, is offline."""
PATIENT = ("taskcompletion", "retaineddata")
"""Options of an action that waits for the tasks of a node."""
REPORTED = ("idle", "running", "offline", "starttaskfailed", "unusable", "unknown", "preempted", "upgradingos")
"""What can happen to a node without anyone asking the service for it."""
_PLACES = (
    *REPORTED,
    "creating",
    "starting",
    "waitingforstarttask",
    "rebooting",
    "reimaging",
    "deallocating",
    "deallocated",
)
STATES = (*_PLACES, "leavingpool")
"""From the last of them a node only goes, or back to where it was."""


@dataclass(frozen=True)
class NodeReport:
    """What became of a node: its state, why, and what its start task exited with where that failed."""

    state: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int = 1


def _begin(account: Account, node: Node, state: str, transition: Transition[Node], option: str | None = None) -> None:
    node.enter(state, account.clock.now())
    begin(account, node, transition, option)
    account.store.save(node)


def create(account: Account, node: Node) -> None:
    begin(account, node, CREATED)
    account.store.save(node)


def is_busy(account: Account, node: Node, option: str | None) -> bool:
    """Whether an action with this option still has to wait for it: for its tasks, or also for the files of those."""
    if option == "retaineddata" and node.retained is not None and node.retained > account.clock.now():
        return True
    return option in PATIENT and node.running_tasks > 0


def act(account: Account, node: Node, action: str, option: str) -> None:
    """Reboots, reimages or deallocates it, now or when its tasks have ended, as the option says."""
    if is_busy(account, node, option):
        node.planned = {"action": action, "option": option}
        account.store.save(node)
        return
    node.planned = node.run = None
    if action == "reimage":  # nothing of the old disk is left, the users neither
        node.users = {}
        account.discard_disk(node)
    state, transition = _ACTIONS[action]
    _begin(account, node, state, transition, option)


def _act_now(account: Account, node: Node, said: Any = None) -> None:
    if node.planned is not None:
        act(account, node, **node.planned)


def _end_of_retention(node: Node) -> int | None:
    waits = node.planned is not None and node.planned["option"] == "retaineddata" and not node.running_tasks
    return node.retained if waits else None


def start(account: Account, node: Node) -> None:
    _begin(account, node, "starting", BOOTED)


def disable_scheduling(account: Account, node: Node, option: str) -> None:
    node.scheduling, node.unscheduled = "disabled", option
    if node.state == "idle":
        node.enter("offline", account.clock.now())
    account.store.save(node)


def enable_scheduling(account: Account, node: Node) -> None:
    node.scheduling, node.unscheduled = "enabled", None
    if node.state == "offline":
        node.enter("idle", account.clock.now())
    account.store.save(node)


def leave(account: Account, node: Node) -> None:
    """It goes when the resize that it leaves by comes to its end."""
    node.pending = None
    node.enter("leavingpool", account.clock.now())
    account.store.save(node)


def stay(account: Account, node: Node) -> None:
    """The resize by which it was leaving was stopped: it goes on where it was."""
    assert node.previous_state is not None
    if node.previous_state in ("idle", "offline"):
        _ready(account, node)
    else:
        node.enter(node.previous_state, account.clock.now())
    row = next((row for row in WAITS if node.state in row.states and node.state not in START_TASK_RUNS), None)
    if row is not None or start_task_runs(node):
        begin(account, node, row or ENDED)
    account.store.save(node)


def start_task_runs(node: Node) -> bool:
    return node.start_task_info is not None and node.start_task_info["state"] == "running"


def _ready(account: Account, node: Node) -> None:
    """One that is told to take no tasks is offline."""
    node.enter("idle" if node.scheduling == "enabled" else "offline", account.clock.now())


def _starting(account: Account, node: Node, pending: Pending) -> None:
    _begin(account, node, "starting", BOOTED)


def _boot(account: Account, node: Node, pending: Pending) -> None:
    # No two boots of a node are at one time, nor one and the loss of its disk.
    when = max(account.clock.now(), (node.booted or 0) + 1, (node.wiped or 0) + 1)
    task = account.store.of(Pool)[node.parent].body.get("startTask")
    node.booted, node.errors, node.run = when, [], None
    if task is None:
        node.body, node.start_task_info = {}, None
        _ready(account, node)
    else:
        node.body = {"startTask": task}
        node.start_task_info = {"state": "running", "startTime": format_time(when), "retryCount": 0}
        if task["waitForSuccess"]:
            node.enter("waitingforstarttask", when)
        else:
            _ready(account, node)
        begin(account, node, ENDED)
    account.store.save(node)


def _start_task_ended(account: SimulatedAccount, node: Node, pending: Pending) -> None:
    """One that fails has had all its retries at once; without a limit of them it runs again and again."""
    said = account.start_task_report(node)
    most = node.body["startTask"]["maxTaskRetryCount"]
    if most == -1 and said.is_retried(most, 0):
        if pending.due is not None:
            pending.due = account.clock.now() + max(1, round(account.switches.number("transition-delay") * SECOND))
        node.pending = pending
        retry_start_task(account, node)
    else:
        end_start_task(account, node, said)


def end_start_task(account: Account, node: Node, report: Report, retries: int | None = None) -> None:
    """After its retries, all of them where it failed and no number is given.

    A node that waits for its success is idle, or of no use, from now on.
    """
    node.pending = node.run = None
    _show_end(account, node, report, retries)
    if node.state == "waitingforstarttask":
        if report.succeeded:
            _ready(account, node)
        else:
            node.enter("starttaskfailed", account.clock.now())
    account.store.save(node)


def _show_end(account: Account, node: Node, report: Report, retries: int | None = None) -> None:
    info, when = node.start_task_info, format_time(account.clock.now())
    assert info is not None
    if retries is None:
        retries = node.body["startTask"]["maxTaskRetryCount"] if report.is_retried(-1, 0) else 0
    count = max(info["retryCount"], retries)
    retried = {"retryCount": count, **({"lastRetryTime": info.get("lastRetryTime", when)} if count else {})}
    node.start_task_info = report.end({**info, "state": "completed", **retried}, when)


def retry_start_task(account: Account, node: Node) -> None:
    """It runs once more."""
    info, when = node.start_task_info, format_time(account.clock.now())
    assert info is not None
    node.run = None
    node.start_task_info = {**info, "retryCount": info["retryCount"] + 1, "lastRetryTime": when}
    account.store.save(node)


def follow_tasks(account: Account, node: Node) -> None:
    """It is running as long as a task runs on it."""
    if node.running_tasks and node.state == "idle":
        node.enter("running", account.clock.now())
    elif not node.running_tasks and node.state == "running":
        _ready(account, node)
    if node.planned is not None and not is_busy(account, node, node.planned["option"]):
        _act_now(account, node)
    account.store.save(node)


def _deallocated(account: Account, node: Node, pending: Pending) -> None:
    """What tasks wrote was on the temporary disk."""
    account.discard_disk(node)
    node.enter("deallocated", account.clock.now())
    account.store.save(node)


def _reported(account: Account, node: Node, report: NodeReport) -> None:
    node.pending = None
    node.errors = report.errors
    if report.state == "idle":
        _ready(account, node)
    else:
        node.enter(report.state, account.clock.now())
    if report.state == "starttaskfailed" and node.start_task_info is not None:
        node.run = None
        _show_end(account, node, Report("completed", report.exit_code))
    elif start_task_runs(node):
        begin(account, node, ENDED)
    account.store.save(node)


START_TASK_RUNS = ("waitingforstarttask", *REPORTED)
CREATED = Transition(("creating",), "starting", "wait", _starting)
RESTARTED = Transition(("rebooting", "reimaging"), "starting", "wait", _starting)
BOOTED = Transition(("starting",), "idle", "wait", _boot)
ENDED = Transition(START_TASK_RUNS, "idle", "wait", _start_task_ended)
DEALLOCATED = Transition(("deallocating",), "deallocated", "wait", _deallocated)
WAITS = (CREATED, RESTARTED, BOOTED, ENDED, DEALLOCATED)
RELEASED = Transition(("idle", "running", "offline"), "free", "clock", _act_now, at=_end_of_retention)
_ACTIONS = {
    "reboot": ("rebooting", RESTARTED),
    "reimage": ("reimaging", RESTARTED),
    "deallocate": ("deallocating", DEALLOCATED),
}
TRANSITIONS = (*WAITS, RELEASED, *(Transition(_PLACES, state, "event", _reported) for state in REPORTED))
