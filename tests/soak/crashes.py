"""A crash at a moment that a seed chooses, and the one `up` after it, which must put everything right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from tests.e2e.conftest import POOL
from tests.e2e.package_places import PROVIDER, configured
from tests.e2e.packages import Managed, package
from tests.e2e.programs import READS, job, pool, resource, schedule, task
from tests.e2e.running import Running, until
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

WAYS: Final = (
    "reply lost",
    "request lost",
    "no reply at all",
    "plugin killed",
    "engine killed",
    "interrupted twice",
    "service killed, back at once",
    "service killed, back later",
)
DELAY: Final = 1.0
"""Seconds that the service takes for the request during which something is killed."""
IMPATIENT: Final = {"azure-batch:requestTimeout": {"value": "PT5S"}}
_HASH: Final = "-[0-9a-f]{8}"
_ADD: Final = ("POST", "/jobs/jobId/tasks")
_REPLACE: Final = ("POST", "/pools/poolId/updateproperties")
_FARM: Final = "/pools/farm"
_SCHEDULE: Final = "/jobschedules/nightly"
_FIRST_MOMENTS: Final = (
    ("POST", "/jobs", 0),
    ("POST", "/jobs", 1),
    (*_ADD, 0),
    (*_ADD, 1),
    (*_ADD, 2),
    (*_REPLACE, 0),
    ("GET", "/pools/poolId", 1),
    ("POST", "/pools", 0),
    ("GET", _FARM, 0),
    ("POST", "/jobschedules", 0),
)
_LATER_MOMENTS: Final = (
    ("PATCH", "/jobs/jobId", 0),
    ("DELETE", "/jobs/jobId/tasks/named", 0),
    ("DELETE", "/jobs/jobId/tasks/changing-*", 0),
    ("GET", "/jobs/jobId/tasks*", 3),  # the first look after a deletion: the three tasks were read before
    (*_ADD, 0),
    (*_ADD, 1),
    (*_REPLACE, 0),
    ("PATCH", _SCHEDULE, 0),
    ("PATCH", _FARM, 0),
    ("POST", f"{_FARM}/resize", 0),
    ("GET", _FARM, 4),  # while the resize is waited for
    ("POST", f"{_FARM}/nodes/*/reboot", 0),
    ("POST", f"{_FARM}/nodes/*/reboot", 1),
    ("GET", f"{_FARM}/nodes", 3),
)
_PACKAGE: Final = "*/applications/crashed/versions/*"
_FIRST_OF_PACKAGES: Final = (
    ("PUT", "*/applications/crashed", 0),
    ("PUT", _PACKAGE, 0),
    ("POST", f"{_PACKAGE}/activate", 0),
    ("GET", _PACKAGE, 1),  # the look after the activation
)
_LATER_OF_PACKAGES: Final = (
    ("PUT", _PACKAGE, 0),
    ("POST", f"{_PACKAGE}/activate", 0),
    ("DELETE", _PACKAGE, 0),
)


def packages(version: int) -> dict[str, Any]:
    """A package that is called by its content, where the account makes some."""
    content = {"fn::assetArchive": {"tool": {"fn::stringAsset": f"version {version}"}}}
    named = {"applicationId": "crashed", "displayName": f"Version {version}", "defaultVersion": True}
    return {"tools": package(content, options={"provider": f"${{{PROVIDER}}}"}, **named)}


def program(version: int) -> dict[str, Any]:
    """Two versions: in the second everything has changed but the tasks called `same`."""
    return {
        "job": job(priority=version),
        "autojob": resource("Job", {"poolInfo": {"poolId": "poolId"}, "priority": version}),
        "named": task("${job.jobId}", "named", commandLine=f"run {version}"),
        "changing": task("${job.jobId}", None, commandLine=f"run {version}"),
        "same": task("${job.jobId}", None, commandLine="run"),
        "pool": pool(startTask={"commandLine": f"start {version}"}),
        "nightly": schedule(schedule={"doNotRunUntil": f"2099-01-0{version}T00:00:00Z"}),
        "farm": resource("Pool", _farm(version)),
    }


def _farm(version: int) -> dict[str, Any]:
    """Two nodes, then three; the start task of the first two is another one then."""
    return {
        **{name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")},
        "poolId": "farm",
        "targetDedicatedNodes": version + 1,
        "startTask": {"commandLine": f"start {version}", "waitForSuccess": True},
        "rollout": {"strategy": "reboot", "maxUnavailable": "1"},
    }


class Crash:
    """One crash on an account of its own, which lies in `folder` and outlives the emulator's process. It makes
    application packages where there is another one that does, `managed`."""

    def __init__(
        self, folder: Path, seed: int, tally: Counter[str], way: str | None = None, managed: Managed | None = None
    ) -> None:
        self.random = Random(seed)
        self.way = way or self.random.choice(WAYS)
        self.later = self.random.random() < 0.5
        moments: Sequence[tuple[str, str, int]] = _LATER_MOMENTS if self.later else _FIRST_MOMENTS
        if managed is not None:
            moments = (*moments, *(_LATER_OF_PACKAGES if self.later else _FIRST_OF_PACKAGES))
        self.moment = self.random.choice(moments)
        self.tally = tally
        self.folder = folder
        self.managed = managed
        self.account = self._service("--arm-port", "0") if managed is not None else self._service()
        self.under_way = self.moment[2] + 1

    def __str__(self) -> str:
        method, path, skip = self.moment
        return f"{self.way} at {method} {path} number {skip + 1} of the {'second' if self.later else 'first'} up"

    def _service(self, *options: str) -> EmulatorProcess:
        location = self.folder / "account"
        if self.managed is None:
            return EmulatorProcess(*options, location=location)
        return self.managed.beside(*options, location=location)

    def _program(self, version: int) -> dict[str, Any]:
        if self.managed is None:
            return program(version)
        provider = configured(self.managed.of(self.account))
        provider["properties"]["requestTimeout"] = IMPATIENT["azure-batch:requestTimeout"]["value"]
        return {PROVIDER: provider, **program(version), **packages(version)}

    def run(self) -> None:
        """Raises AssertionError that says which crash it was and what was not right after it."""
        self.account.start()
        try:
            self.account.post("/pools", POOL)
            environment = self.account.environment()
            if self.managed is not None:
                environment |= self.managed.of(self.account).environment
            stack = Stack(self.folder / "stack", self._program(1), environment, config=IMPATIENT)
            if self.later:
                stack.up()
                self.account.settle()  # the nodes have booted before anything is changed
                stack.write(self._program(2))
            self._crash(stack)
            self._put_right(stack)
        except AssertionError as error:
            raise AssertionError(f"{self}: {error}") from error
        finally:
            self.account.stop()

    def _order(self) -> None:
        method, path, skip = self.moment
        order = {"method": method, "path": path, "skip": skip}
        if self.way in ("reply lost", "request lost"):
            drop = "after" if self.way == "reply lost" else "before"
            self.account.fault(**order, drop=drop, times=self.random.randint(1, 2))
        elif self.way == "no reply at all":
            self.account.fault(**order, drop="after", times=1000)
        else:
            if self.random.random() < 0.5:  # what is under way then is a second try: the first was carried out
                self.account.fault(**order, drop="after")
                self.under_way += 1
            self.account.fault(**order, delay=DELAY)

    def _crash(self, stack: Stack) -> None:
        self.account.clear_requests()
        self._order()
        if "killed" not in self.way and "interrupted" not in self.way:
            stack.up(expect=None if self.way == "no reply at all" else 0)
            self.tally[self.way] += 1
            self.account.clear_faults()
            return
        with Running(stack, "up") as command:
            until("the request is there, or the command done", lambda: self._ordered() or not command.processes())
            assert self._ordered(), f"the moment did not come: {command.output}"
            if self.way == "plugin killed":
                command.kill_plugins()
            elif self.way == "engine killed":
                command.kill()
            elif self.way == "interrupted twice":
                command.interrupt()
                command.interrupt()
            else:
                self._kill_the_service(command)
                self.under_way = 0
            command.wait()
            until("the plugins are gone", lambda: not command.plugins())
        self.tally[self.way] += 1
        if self.way in ("engine killed", "interrupted twice"):
            stack.run("cancel", "--yes", "--stack", "dev")
        until("the service is done with what was under way", lambda: self._requests_like_it() >= self.under_way)

    def _ordered(self) -> bool:
        """Whether the request during which something is to happen has come: an order that is carried out is gone."""
        return not self.account.get("/_emulator/faults")

    def _requests_like_it(self) -> int:
        """How many requests like the moment's the service has finished with: a log has what is over."""
        method, path, _ = self.moment
        log = self.account.requests()
        return sum(entry["method"] == method and fnmatchcase(entry["path"], path) for entry in log)

    def _kill_the_service(self, command: Running) -> None:
        ports = ["--port", str(urlsplit(self.account.endpoint).port)]
        if self.managed is not None:
            ports += ["--arm-port", str(urlsplit(self.account.manager).port)]
        self.account.kill()
        self.account = self._service(*ports)
        if self.way.endswith("later"):
            command.wait()
        self.account.start()

    def _put_right(self, stack: Stack) -> None:
        there = self._tasks()
        self.account.settle()
        booted = self._booted()
        stack.up()
        self._whole(booted)
        after = self._tasks()
        expected = {"named": 1, "changing": 1, "same": 1}
        found = Counter(re.sub(f"{_HASH}$", "", id) for id in after)
        assert found == expected, f"tasks {sorted(after)} instead of one each of {sorted(expected)}"
        version = 2 if self.later else 1
        for id, (created, command) in there.items():
            if id in after and command == after[id][1]:
                assert after[id][0] == created, f"{id} was executed again"
        assert {command for _, command in after.values()} == {"run", f"run {version}"}
        jobs = self.account.get("/jobs")["value"]
        assert sorted(re.sub(f"{_HASH}$", "", item["id"]) for item in jobs) == ["autojob", "jobId"]
        assert {item["priority"] for item in jobs} == {version}
        assert self.account.get("/pools/poolId")["startTask"]["commandLine"] == f"start {version}"
        state = stack.export()["deployment"]["resources"]
        assert [item["urn"] for item in state if item.get("initErrors")] == []
        ours = [item["urn"].rpartition("::")[2] for item in state if item["type"].startswith("azure-batch:")]
        assert sorted(ours) == sorted(name for name in self._program(version) if name != PROVIDER)
        self._packed(version)
        self.account.clear_requests()
        stack.up("--refresh", "--expect-no-changes")
        assert [entry for entry in self.account.requests() if entry["method"] not in READS] == []

    def _packed(self, version: int) -> None:
        """There is one package, with the content of the program, and its application is as declared."""
        if self.managed is None:
            return
        managed = self.managed.of(self.account)
        there = managed.application("crashed")
        (name,) = there["versions"]
        assert there["displayName"] == f"Version {version}"
        assert managed.files(f"crashed/{name}") == {"tool": f"version {version}"}
        with managed.manager() as client:
            assert client.application.get("emulator", self.account.account, "crashed").default_version == name

    def _booted(self) -> dict[str, str]:
        """When each node has booted with the start task that it has in the end."""
        reply = self.account.call("GET", f"{_FARM}/nodes")
        nodes = reply.body["value"] if reply.status == 200 else []
        line = f"start {2 if self.later else 1}"
        return {node["id"]: node["lastBootTime"] for node in nodes if node["startTask"]["commandLine"] == line}

    def _whole(self, before: dict[str, str]) -> None:
        """The pool has its nodes, all of them the start task, and none that had it has been restarted for it."""
        self.account.settle()
        there = self.account.get(_FARM)
        wanted = 3 if self.later else 2
        assert (there["targetDedicatedNodes"], there["currentDedicatedNodes"]) == (wanted, wanted), there
        after = self._booted()
        assert len(after) == wanted, f"of {wanted} nodes {len(after)} have the start task"
        again = [id for id, time in before.items() if after[id] != time]
        assert again == [], f"{again} were restarted again"
        times = self.account.get(_SCHEDULE)["schedule"]
        assert times["doNotRunUntil"].startswith(f"2099-01-0{2 if self.later else 1}"), times

    def _tasks(self) -> dict[str, tuple[str, str]]:
        """Task id to when it was made and its command line, in the job of the program."""
        reply = self.account.call("GET", "/jobs/jobId/tasks")
        items = reply.body["value"] if reply.status == 200 else []
        return {item["id"]: (item["creationTime"], item["commandLine"]) for item in items}
