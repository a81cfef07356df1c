"""Executes the runs of an account as commands of this machine.

All of it belongs to the server's thread, but for what each run does in a thread of its own. What ended there is handed
over, and told the account as a piece of work of the loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from batch_emulator.protocol.durations import LONGEST, parse_duration
from batch_emulator.running import containers, packages
from batch_emulator.running.environment import Directories, task_id, variables
from batch_emulator.running.failures import Failed, of_disk
from batch_emulator.running.processes import Processes
from batch_emulator.running.work import Outcome, Work, do
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.runs import Run
from batch_emulator.state.clock import SECOND
from batch_emulator.state.journal import StorageError

AGAIN_AFTER = 1.0
"""Seconds until what could not be written is tried again."""
_MEGABYTE = 1 << 20


class _Execution:
    def __init__(self, run: Run, work: Work, before: threading.Event | None) -> None:
        self.run = run
        self.work = work
        self.before = before
        """The end of the run that was in its directory last."""
        self.over = threading.Event()
        self.killed = False


class ProcessExecutor:
    """`Executor` by processes. Until it is attached to the server's loop, runs wait."""

    lasting = False

    def __init__(self, account: SimulatedAccount, endpoint: str) -> None:
        self._account = account
        self._endpoint = endpoint
        self._processes = Processes()
        self._executions: dict[str, _Execution] = {}
        self._waiting: deque[_Execution] = deque()
        self._busy = 0
        self._latest: dict[Path, _Execution] = {}
        """By the directory that they run in."""
        self._server: asyncio.AbstractEventLoop | None = None
        self._perform: Callable[[Callable[[], None]], None] = lambda work: None

    def attach(self, perform: Callable[[Callable[[], None]], None]) -> None:
        """Called in the server's thread, when its loop runs; `perform` does a piece of work of the account.

        What ran when the state was written runs again from now on.
        """
        self._server, self._perform = asyncio.get_running_loop(), perform
        self._perform(lambda: None)
        self._begin()

    def close(self) -> None:
        """Kills what runs. Returns when nothing is left."""
        self._waiting.clear()
        self._server = None
        self._processes.close()

    def start(self, run: Run) -> None:
        try:
            work = self._work(run)
        except Failed as failed:
            self._say_later(run.id, Outcome(failure=failed.info))
            return
        latest = self._latest.get(work.places.task)
        execution = _Execution(run, work, latest.over if latest is not None else None)
        self._executions[run.id] = self._latest[work.places.task] = execution
        self._waiting.append(execution)
        self._begin()

    def kill(self, run: Run) -> None:
        execution = self._executions.pop(run.id, None)
        if execution is not None:
            execution.killed = True
            self._account.task_tokens.revoke(run.id)
        self._processes.kill(run.id)

    def forget(self) -> None:
        """What no longer is to run is told by `kill`."""

    def resume(self, run: Run) -> None:
        raise AssertionError("a command does not outlive the emulator")

    def _begin(self) -> None:
        most = self._account.switches.integer("run-commands")
        while self._server is not None and self._waiting and (self._busy < most or not most):
            execution = self._waiting.popleft()
            if execution.killed:
                self._forget(execution)
                continue
            self._busy += 1
            threading.Thread(target=self._execute, args=(execution,), name=execution.run.id, daemon=True).start()

    def _execute(self, execution: _Execution) -> None:
        if execution.before is not None:
            execution.before.wait()
        try:
            outcome = do(execution.work, self._processes, lambda: execution.killed)
        finally:
            execution.over.set()
        self._in_server(lambda: self._ended(execution, outcome))

    def _ended(self, execution: _Execution, outcome: Outcome) -> None:
        self._busy -= 1
        self._forget(execution)
        if self._executions.pop(execution.run.id, None) is not None:
            self._say(execution.run.id, outcome)
        self._begin()

    def _forget(self, execution: _Execution) -> None:
        execution.over.set()
        self._account.task_tokens.revoke(execution.run.id)
        place = execution.work.places.task
        if self._latest.get(place) is execution:
            del self._latest[place]

    def _in_server(self, work: Callable[[], None]) -> None:
        """After the server has ended there is no one left to hear of it."""
        server = self._server
        if server is not None:
            with suppress(RuntimeError):
                server.call_soon_threadsafe(work)

    def _say_later(self, run_id: str, outcome: Outcome) -> None:
        self._in_server(lambda: self._say(run_id, outcome))

    def _say(self, run_id: str, outcome: Outcome) -> None:
        report = Report("completed", outcome.exit_code, outcome.failure)
        try:
            self._perform(lambda: self._account.run_ended(run_id, report))
        except StorageError:
            if self._server is not None:
                self._server.call_later(AGAIN_AFTER, self._say, run_id, outcome)

    def _work(self, run: Run) -> Work:
        """Raises Failed for what cannot run at all."""
        switches, pool, body = self._account.switches, run.pool, run.body
        try:
            places = self._places(run)
            containers.check(
                pool.body, body.get("containerSettings"), switches.text("containers"), required=run.kind == "task"
            )
            installed = packages.install(self._account, run, places.node)
            (places.task / "certs").mkdir(exist_ok=True)
        except OSError as error:
            raise of_disk(error, "ResourceDirectoryCreateFailed") from error
        environment = variables(run, places, self._account.name, self._endpoint, installed.variables)
        if run.job is not None and "job" in body.get("authenticationTokenSettings", {}).get("access", ()):
            environment["AZ_BATCH_AUTHENTICATION_TOKEN"] = self._account.task_tokens.issue(run.id, run.job.id)
        instances = body.get("multiInstanceSettings", {})
        coordination = run.kind == "coordination"
        return Work(
            run.id,
            instances["coordinationCommandLine"] if coordination else body["commandLine"],
            pool.windows,
            places,
            environment,
            self._seconds(body),
            switches.integer("run-file-megabytes") * _MEGABYTE,
            packages=installed.contents,
            resource_files=[] if coordination else body.get("resourceFiles", []),
            common_files=instances.get("commonResourceFiles", []) if coordination else [],
            output_files=[] if coordination else body.get("outputFiles", []),
            container=body.get("containerSettings"),
            runtime=switches.text("containers"),
            appends="multiInstanceSettings" in body and not coordination,
            stays=coordination or (run.kind == "start" and switches.text("start-task-processes") == "stay"),
        )

    def _places(self, run: Run) -> Directories:
        files, pool, node = self._account.files, run.pool.key, run.node.id
        root = files.directory_of_node(pool, node)
        if run.job is None or run.kind == "start":
            return Directories(root, files.directory_of_start_task(pool, node))
        task = files.directory_of_task(pool, node, run.job.id, task_id(run))
        preparation = run.job.body.get("jobPreparationTask")
        if preparation is None or run.kind == "preparation":
            return Directories(root, task)
        return Directories(root, task, files.directory_of_task(pool, node, run.job.id, preparation["id"]))

    def _seconds(self, body: dict[str, Any]) -> float | None:
        """What its constraints leave it, and the emulator's own limit."""
        given = body.get("constraints", body).get("maxWallClockTime")
        limits = [parse_duration(given)] if given is not None else []
        own = self._account.switches.number("run-seconds")
        limits += [round(own * SECOND)] if own else []
        least = min((limit for limit in limits if 0 < limit < LONGEST // 2), default=None)
        return None if least is None else least / SECOND
