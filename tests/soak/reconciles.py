"""A reconciler that runs `up` for months: each declared task is executed once, and again only where that is the rule.

The service's clock is moved on between two runs, and somebody lives with the account: tasks end, jobs end, a janitor
deletes what is over, now and then slowly. What each run must send follows from a look at the server before it, by
`expected`, which is written down here a second time, from the documentation and not from the provider.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, Final
from urllib.parse import quote

from tests.e2e.conftest import POOL
from tests.e2e.packages import Managed
from tests.e2e.programs import READS, job, pool, resource, schedule, taken, task
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.soak.reconciled_package import ReconciledPackage

DAYS: Final = 200
KEPT_DAYS: Final = 4
"""Daily jobs that the program still declares."""
_OVER: Final = ("completed", "terminating", "deleting")
_FORMULA: Final = "$TargetDedicatedNodes = $CurrentDedicatedNodes == 1 ? 2 : 1;"
"""Whose number of nodes is another one at each evaluation."""
_OF_ITS_OWN: Final = ("/pools", "/pools/farm", "/jobschedules", "/jobschedules/nightly")
_START: Final = "curl -O https://files.blob.core.windows.net/setup.sh"


@dataclass(frozen=True)
class Declared:
    """A task of the program. `managed` says whether its job is declared too; `job_missing` is that job's `onMissing`.

    An automatic name is the resource's name and a hash.
    """

    name: str
    job: str
    missing: str
    named: bool
    managed: bool
    job_missing: str = "recreate"

    def is_called(self, id: str) -> bool:
        return id == self.name if self.named else re.fullmatch(f"{self.name}-[0-9a-f]{{8}}", id) is not None


STANDING: Final = (
    Declared("standing-again", "standing", "recreate", True, True),
    Declared("standing-once", "standing", "ignore", True, True),
    Declared("standing-auto", "standing", "recreate", False, True),
    Declared("theirs-again", "theirs", "recreate", True, False),
    Declared("theirs-once", "theirs", "ignore", True, False),
    Declared("theirs-auto", "theirs", "ignore", False, False),
    Declared("kept-again", "kept", "recreate", True, True, "ignore"),
    Declared("kept-once", "kept", "ignore", False, True, "ignore"),
)


@dataclass(frozen=True)
class Seen:
    """What the server has before a run: job id to state, and (job id, task id) of every task."""

    jobs: dict[str, str]
    tasks: set[tuple[str, str]]

    def has(self, declared: Declared) -> bool:
        return any(job == declared.job and declared.is_called(id) for job, id in self.tasks)


class Reconciles:
    """`run` is one reconcile with all that happens before it; `tally` counts what was sent and why. An account that
    makes application packages is `managed` too, and the program has one."""

    def __init__(
        self,
        stack: Stack,
        account: EmulatorProcess,
        rounds: int,
        seed: int,
        tally: Counter[str],
        managed: Managed | None = None,
    ) -> None:
        self.stack = stack
        self.account = account
        self.random = Random(seed)
        self.seconds = DAYS * 86_400 / rounds
        self.each_day = max(rounds // DAYS, 5)
        self.number = 0
        self.days: list[str] = []
        self.executions: Counter[str] = Counter()
        self.once: set[str] = set()
        self.tally = tally
        self.package = None if managed is None else ReconciledPackage(managed, seed, tally)
        self.began = datetime.now(timezone.utc)
        account.post("/_emulator/clock", {"frozen": True})
        account.post("/jobs", {"id": "theirs", "poolInfo": {"poolId": "poolId"}})

    def run(self) -> None:
        """Raises AssertionError that says what was sent and what should have been."""
        first = self.number == 0
        self.account.advance(self.seconds)
        if not first:
            self._life_goes_on()
        aged = not first and self.number % 40 == 0
        if aged:
            self._age_the_signature()
        dropped = self._next_day() if self.number % self.each_day == 0 else ""
        if dropped:  # what we delete ourselves is waited for, and no clock moves meanwhile
            self.account.settle()
            self._slow(0)
        declared = self._declared()
        program = self._program(declared)
        if self.package is not None:
            self.package.passes()
            program |= self.package.program()
        self.stack.write(program)
        before = self._look()
        taken(self.account)
        refresh = self.random.random() < 0.5
        self.stack.up(*(["--refresh"] if refresh else []))
        sent = [entry for entry in taken(self.account) if entry["method"] not in READS and entry["status"] < 300]
        of_packages = [entry for entry in sent if "/applications/" in entry["path"]]
        if self.package is not None:
            self.package.accounts_for(of_packages)
        others = [entry for entry in sent if entry not in of_packages]
        self._account_for(others, before, declared, first or aged, dropped)
        self.tally["reconciles"] += 1
        self.tally["with --refresh"] += refresh
        self.tally["without a write"] += not sent
        self.number += 1

    def finish(self) -> None:
        """What must hold at the end, over all the time."""
        for name in self.once:
            assert self.executions[name] == 1, f"{name} was executed {self.executions[name]} times"
        self._slow(0)
        self.stack.up()
        taken(self.account)
        for options in ((), ("--refresh",)):
            self.stack.up(*options, "--expect-no-changes")
        assert [entry for entry in taken(self.account) if entry["method"] not in READS] == []

    def _declared(self) -> list[Declared]:
        daily = [
            Declared(f"{day}-{kind}", day, "recreate" if kind == "again" else "ignore", kind == "again", True, "ignore")
            for day in self.days
            for kind in ("again", "auto")
        ]
        return [*STANDING, *daily]

    def _program(self, declared: list[Declared]) -> dict[str, Any]:
        """With a newly signed URL in every place that has one, as a program that mints them at each run."""
        files = [{"httpUrl": self._signed(timedelta(days=30)), "filePath": "input"}]
        resources: dict[str, Any] = {
            "pool": pool(startTask={"commandLine": _START, "resourceFiles": files}, takeOver=True),
            "farm": resource("Pool", self._farm(files)),
            "nightly": schedule(schedule={"recurrenceInterval": "P1D"}),
            "standing": job("standing"),
            "kept": job("kept", onMissing="ignore"),
            **{day: job(day, onMissing="ignore") for day in self.days},
        }
        for item in declared:
            resources[item.name] = task(
                "${" + item.job + ".jobId}" if item.managed else item.job,
                item.name if item.named else None,
                commandLine=f"bash -c 'echo {item.name}'",
                resourceFiles=files,
                onMissing=item.missing,
            )
        return resources

    def _farm(self, files: list[dict[str, str]]) -> dict[str, Any]:
        """A pool that changes its size by itself, and restarts its nodes for another start task."""
        machine = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}
        scaled = {"enableAutoScale": True, "autoScaleFormula": _FORMULA}
        start = {"commandLine": _START, "resourceFiles": files}
        rollout = {"strategy": "reboot", "maxUnavailable": "100%"}
        return {"poolId": "farm", **machine, **scaled, "startTask": start, "rollout": rollout}

    def _signed(self, validity: timedelta) -> str:
        ends = (self.began + validity + timedelta(seconds=self.number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        signature = quote(f"{self.random.getrandbits(128):032x}=", safe="")
        return f"https://files.blob.core.windows.net/in/data?sv=2024-11-04&sr=b&sp=r&se={ends}&sig={signature}"

    def _age_the_signature(self) -> None:
        """The provider lives by the machine's clock, which stands still here: so what it wrote is made older."""
        start = self.account.get("/pools/poolId")["startTask"]
        start["resourceFiles"][0]["httpUrl"] = self._signed(timedelta(days=3))
        body = {"startTask": start, "applicationPackageReferences": [], "metadata": []}
        self.account.post("/pools/poolId/updateproperties", body)
        assert self.account.call("PATCH", "/pools/farm", {"startTask": start}).status == 200

    def _next_day(self) -> str:
        """Another daily job, and away with the oldest; returns the one that is no longer declared."""
        self.days.append(f"day-{self.number // self.each_day}")
        return self.days.pop(0) if len(self.days) > KEPT_DAYS else ""

    def _slow(self, seconds: float) -> None:
        """How long what is deleted from now on stays to be seen."""
        for name in ("job-delete-delay", "task-delete-delay"):
            self.account.switch(name, seconds)

    def _life_goes_on(self) -> None:
        seen = self._look()
        self._slow(self.seconds / 2 if self.random.random() < 0.5 else 0)
        for where, id in sorted(seen.tasks):
            if seen.jobs[where] == "deleting":
                continue
            if self.random.random() < 0.3:
                code = self.random.choice([0, 0, 1])
                self.account.run_task(where, id, state="completed", exitCode=code)
            if self._happens(0.3) and self.account.get(f"/jobs/{where}/tasks/{id}")["state"] == "completed":
                assert self.account.call("DELETE", f"/jobs/{where}/tasks/{id}").status == 200
                self.tally["tasks deleted by the janitor"] += 1
        for where, state in sorted(seen.jobs.items()):
            if state == "active" and self._happens(0.08):
                assert self.account.call("POST", f"/jobs/{where}/terminate").status == 202
            elif state == "completed" and self._happens(0.4):
                assert self.account.call("DELETE", f"/jobs/{where}").status == 202
                self.tally["jobs deleted by the janitor"] += 1
        if "theirs" not in seen.jobs and self._happens(0.4):
            self.account.post("/jobs", {"id": "theirs", "poolInfo": {"poolId": "poolId"}})
            self.tally["jobs made again by another client"] += 1
        if self._happens(0.6):
            self.account.advance(1)
            if self.account.call("GET", "/_emulator/clock").body["frozen"] and self._happens(0.5):
                self.account.settle()

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def _look(self) -> Seen:
        jobs = {item["id"]: item["state"] for item in self.account.get("/jobs")["value"]}
        jobs = {id: state for id in jobs if (state := self._state(id)) is not None}
        tasks = {(id, item["id"]) for id in jobs for item in self.account.get(f"/jobs/{id}/tasks?$select=id")["value"]}
        return Seen(jobs, tasks)

    def _state(self, job: str) -> str | None:
        reply = self.account.call("GET", f"/jobs/{job}?$select=id,state")
        return None if reply.status == 404 else str(reply.body["state"])

    def _account_for(
        self,
        sent: list[dict[str, Any]],
        before: Seen,
        declared: list[Declared],
        pool_is_due: bool,
        dropped: str,
    ) -> None:
        jobs, tasks = expected(before, declared, set(self.executions))
        where = f"reconcile {self.number}, jobs {before.jobs}"
        made = sorted(entry["body"]["id"] for entry in sent if (entry["method"], entry["path"]) == ("POST", "/jobs"))
        assert made == sorted(jobs), f"{where}: jobs made {made}, expected {sorted(jobs)}"
        added: list[str] = []
        for entry in sent:
            match = re.fullmatch(r"/jobs/([^/]+)/tasks", entry["path"])
            if match and entry["method"] == "POST":
                added += [item.name for item in declared if item.is_called(entry["body"]["id"])]
        assert sorted(added) == sorted(tasks), f"{where}: tasks added {sorted(added)}, expected {sorted(tasks)}"
        written = [entry for entry in sent if entry["path"] == "/pools/poolId/updateproperties"]
        assert len(written) == pool_is_due, f"{where}: the pool was written {len(written)} times"
        deleted = [entry["path"] for entry in sent if entry["method"] == "DELETE"]
        assert all(dropped and path.startswith(f"/jobs/{dropped}") for path in deleted), f"{where}: deleted {deleted}"
        # No node is restarted for a signature, and what changes by itself, or makes jobs, is left alone.
        other = [(entry["method"], entry["path"]) for entry in sent if entry["path"] in _OF_ITS_OWN]
        first = self.number == 0
        renewed = [("PATCH", "/pools/farm")] if pool_is_due and not first else []
        assert sorted(other) == ([("POST", "/jobschedules"), ("POST", "/pools")] if first else renewed), where
        assert len(sent) == len(made) + len(added) + len(written) + len(deleted) + len(other), f"{where}: {sent}"
        self.tally["tasks added"] += sum(name not in self.executions for name in added)
        self.tally["tasks added again, as the rules have it"] += sum(name in self.executions for name in added)
        self.tally["jobs made"] += len(made)
        self.tally["signatures renewed"] += len(written) + len(renewed)
        self.executions.update(added)
        self.once |= {item.name for item in declared if item.missing == "ignore"}
        self.tally["tasks that may run once only"] = len(self.once)


def expected(seen: Seen, declared: list[Declared], known: set[str]) -> tuple[set[str], set[str]]:
    """The jobs and the tasks that a run must add, and no others; `known` are the tasks that were added before."""
    jobs: set[str] = set()
    tasks: set[str] = set()
    for item in declared:
        state = seen.jobs.get(item.job)
        new = item.name not in known
        if state is None and item.managed and (new or item.job_missing == "recreate"):
            jobs.add(item.job)
            if new or item.missing == "recreate":
                tasks.add(item.name)
        elif new or (state is not None and state not in _OVER and not seen.has(item) and item.missing == "recreate"):
            tasks.add(item.name)
    return jobs, tasks
