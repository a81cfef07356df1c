"""What tasks end with when no process runs: scripts, set by the control API, and their executor.

A run with a duration ends by the clock. One without is over as soon as it was shown, as the switches `states` and
`polls` have it; and what had to wait for a slot that such a run gave free is over at once.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from batch_emulator.simulation.report import Report
from batch_emulator.simulation.runs import Kind, Run
from batch_emulator.state.clock import SECOND
from batch_emulator.state.entities import Entity, JobNode, Pending
from batch_emulator.state.files import OUTPUTS

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Script:
    """`pattern` is for the ids of tasks, `job` and `pool` for those of what they belong to; `times` runs use it up."""

    pattern: str
    kind: Kind = "task"
    job: str = "*"
    pool: str = "*"
    duration: float = 0.0
    exit_code: int | None = 0
    failure: dict[str, Any] | None = None
    stdout: str = ""
    stderr: str = ""
    times: int | None = None

    def matches(self, run: Run) -> bool:
        job_id = run.job.id if run.job is not None else ""
        return (
            self.kind == run.kind
            and self.times != 0
            and fnmatchcase(_id_of(run), self.pattern)
            and fnmatchcase(job_id, self.job)
            and fnmatchcase(run.pool.id, self.pool)
        )


def _id_of(run: Run) -> str:
    """A start task has no id: it goes by that of its node."""
    if run.task is not None:
        return run.task.id
    return str(run.body["id"]) if "id" in run.body else run.node.id


_NONE = Script("*")


@dataclass
class ScriptedExecutor:
    account: SimulatedAccount
    lasting: bool = True
    scripts: list[Script] = field(default_factory=list)
    draining: bool = False
    """Whether, in this piece of work, a run has ended for having been shown."""

    def __post_init__(self) -> None:
        self._taken: dict[str, Script] = {}
        """By the id of the run."""
        self._shown: dict[str, Run] = {}
        """Those that end when they were shown often enough."""

    def start(self, run: Run) -> None:
        script = self._taken[run.id] = next((script for script in self.scripts if script.matches(run)), _NONE)
        if script.times is not None:
            script.times -= 1
        if script.stdout or script.stderr:
            self.account.store.after_commit(partial(self._write, run, script))
        if run.kind == "coordination":
            self.account.scheduler.said.append((run.id, Report("completed", script.exit_code, script.failure)))
        elif run.kind != "start":
            self._wait(run, self._due(run, script))
        elif script.duration and run.node.pending is not None:  # otherwise it waits as nodes do
            run.node.pending.due = self._due(run, script)

    def _write(self, run: Run, script: Script) -> None:
        """What it says, as if its command said it; without, its files are empty when they are asked for."""
        files, pool, node = self.account.files, run.pool, run.node
        with suppress(OSError):  # on a full disk a task writes nothing either
            if run.job is None:
                place = files.directory_of_start_task(pool.key, node.id)
            else:
                place = files.directory_of_task(pool.key, node.id, run.job.id, _id_of(run), windows=pool.windows)
            for name, text in zip(OUTPUTS, (script.stdout, script.stderr), strict=True):
                (place / name).write_text(text, encoding="utf-8", newline="")

    def resume(self, run: Run) -> None:
        pending = self._waiting(run).pending
        if pending is None:
            self.start(run)
            return
        self._taken.setdefault(run.id, next((script for script in self.scripts if script.matches(run)), _NONE))
        if pending.due is None and run.kind != "start":
            self._shown[run.id] = run

    def kill(self, run: Run) -> None:
        self._taken.pop(run.id, None)
        self._shown.pop(run.id, None)

    def _due(self, run: Run, script: Script) -> int | None:
        account = self.account
        if script.duration:
            return account.clock.now() + round(script.duration * SECOND)
        if account.switches.text("states") == "by-clock":
            return account.clock.now() + round(account.switches.number("transition-delay") * SECOND)
        waited = run.kind == "task" and not run.attempt and self._waiting(run).previous_state != "preparing"
        if self.draining and waited:
            return account.clock.now()
        return None

    def _wait(self, run: Run, due: int | None) -> None:
        entity = self._waiting(run)
        entity.pending = Pending("completed", self.account.switches.integer("polls"), due)
        if due is None:
            self._shown[run.id] = run

    def _waiting(self, run: Run) -> Entity:
        if run.task is not None:
            return run.task
        return run.node if run.job is None else self.account.store.of(JobNode, run.job.key)[run.node.key]

    def poll(self) -> None:
        """Something was shown. Whatever was shown before ends."""
        if self.account.switches.text("states") == "by-hand":
            return
        for run in list(self._shown.values()):
            pending = self._waiting(run).pending
            if pending is not None:
                pending.polls -= 1
                if pending.polls < 0:
                    self.draining = True
                    self.end(run)

    def report_of(self, run_id: str) -> Report | None:
        """What a script says that it ends with, None without one."""
        script = self._taken.get(run_id, _NONE)
        return None if script is _NONE else Report("completed", script.exit_code, script.failure)

    def end(self, run: Run) -> None:
        """Its wait is over."""
        report = self.report_of(run.id) or Report("completed", 0)
        self.kill(run)
        self.account.run_ended(run.id, report)

    def forget(self) -> None:
        """The state was loaded anew."""
        self._shown.clear()
