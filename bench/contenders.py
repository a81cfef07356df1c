"""Who is measured: this provider, the floor, and what else a user would run.

Each goes step by step, so that the steps of several can alternate.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from pulumi.runtime.proto import provider_pb2

from bench import tasks
from bench.emulator import Writes, echo_writes, emulator_writes, sqlite_writes
from bench.ground import Ground
from bench.plugin import Plugin, bare_import, struct, urn
from bench.stack import FLOOR, PROVIDER, ROOT, Measured, Stack
from bench.stored import StoredRows, StoredTasks, echo
from tests.emulator.clients.environments import python_environment
from tests.models.full_bodies import FULL_TASK

CONCURRENCY: Final = 8
"""Requests in flight where tasks are added by this provider and by Microsoft's client side by side."""
CHECKS: Final = 300


class Contender(Protocol):
    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        """Goes one step at each `next`; yields its name and what it cost.

        Raises:
            NotAvailable: it cannot be had on this machine.
        """


class NotAvailable(Exception):
    """What would be measured is not on this machine; the text says what is missing."""


@dataclass(frozen=True)
class Step:
    """An operation of a stack. `expected` is what it does with each resource, `changed` an argument of the program."""

    verb: str
    expected: str
    changed: bool = False


STEPS: Final = {
    "up": Step("up", "create"),
    "preview": Step("preview", "same"),
    "no-change up": Step("up", "same"),
    "changed up": Step("up", "update", changed=True),
    "refresh": Step("refresh", "same"),
    "destroy": Step("destroy", "delete"),
}


@dataclass(frozen=True)
class Life:
    """A stack with `count` tasks, whose program is in `programs`, on the plugin in a folder."""

    program: str
    count: int
    steps: tuple[str, ...] = ("up",)
    plugin: Path = PROVIDER

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        job = ground.job()
        stack = Stack(ground.folder(), self.plugin, ground.account)
        for name in self.steps:
            step = STEPS[name]
            ground.clear()
            arguments: dict[str, Any] = {"changed": True} if step.changed else {}
            measured, did = stack.operate(step.verb, self.program, job=job, count=self.count, **arguments)
            requests = ground.requests()
            others = {op for op, count in did.items() if count} - {step.expected, "same"}
            if self.count and (others or step.expected not in did):
                raise AssertionError(f"{name} of {self} was to {step.expected}, and did {did}")
            if name == "up" and requests and ground.tasks(job) != self.count:
                raise AssertionError(f"{name} of {self} left {ground.tasks(job)} tasks")
            yield (
                name,
                Measured(
                    measured.seconds,
                    whole=measured.whole,
                    phase=measured.phase,
                    requests=requests,
                    peak=measured.peak,
                ),
            )


@dataclass(frozen=True)
class Adding:
    """The plugin's Create of a map of tasks, without an engine."""

    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        with Plugin(ground.account) as plugin:
            plugin.configure(maxConcurrency=str(CONCURRENCY))
            self._create(plugin, ground.job(), 1)  # with which everything is loaded, as the other side's imports are
            job = ground.job()
            ground.clear()
            seconds = self._create(plugin, job, self.count)
            requests = ground.requests()
            if ground.tasks(job) != self.count:
                raise AssertionError(f"{ground.tasks(job)} of {self.count} tasks were added")
            yield "add", Measured(seconds, requests=requests, peak=plugin.memory("VmHWM"))

    def _create(self, plugin: Plugin, job: str, count: int) -> float:
        inputs = plugin.check("TaskCollection", _collection(job, count))
        request = provider_pb2.CreateRequest(urn=urn("TaskCollection"), properties=inputs)
        began = time.perf_counter()
        plugin.stub.Create(request)
        return time.perf_counter() - began


def _collection(job: str, count: int) -> dict[str, Any]:
    return {
        "jobId": job,
        "defaults": tasks.COMMON,
        "tasks": {id: tasks.own(frame) for id, frame in tasks.ids(count).items()},
    }


@dataclass(frozen=True)
class CreateTasks:
    """`create_tasks` of Microsoft's client, in a process of its own."""

    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        job = ground.job()
        ground.clear()
        done = subprocess.run(
            [sys.executable, "-m", "bench.create_tasks", job, str(self.count), str(CONCURRENCY)],
            cwd=ROOT,
            env={**os.environ, **ground.account},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        requests = ground.requests()
        if ground.tasks(job) != self.count:
            raise AssertionError(f"{ground.tasks(job)} of {self.count} tasks were added")
        yield "add", Measured(float(done.stdout), requests=requests)


@dataclass(frozen=True)
class AzureCli:
    """`az batch task create --json-file`: the one on PATH, or that of the emulator's tests."""

    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        job, folder = ground.job(), ground.folder()
        file = folder / "tasks.json"
        file.write_text(json.dumps([{"id": id, **body} for id, body in tasks.bodies(self.count).items()]))
        ground.clear()
        began = time.perf_counter()
        done = subprocess.run(
            [*_azure_cli(), "batch", "task", "create", "--job-id", job, "--json-file", str(file), "--output", "none"],
            env={
                **os.environ,
                "AZURE_CONFIG_DIR": str(folder),
                "AZURE_CORE_COLLECT_TELEMETRY": "false",
                "NO_PROXY": "127.0.0.1",
                **ground.account,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        requests = ground.requests()
        if done.returncode != 0 or ground.tasks(job) != self.count:
            raise AssertionError(f"`az` left {ground.tasks(job)} of {self.count} tasks: {done.stdout[-2000:]}")
        yield "add", Measured(seconds, whole=seconds, requests=requests)


def _azure_cli() -> list[str]:
    found = shutil.which("az")
    if found is not None:
        return [found]
    try:
        return [str(python_environment("azure_cli")), "-m", "azure.cli"]
    except AssertionError as error:
        raise NotAvailable("there is no `az` on PATH, and it could not be installed") from error


def azure_cli_version() -> str:
    """Raises NotAvailable."""
    command = [*_azure_cli(), "version", "--query", '"azure-cli"', "--output", "tsv"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def plugin_start(ground: Ground) -> Iterator[tuple[str, Measured]]:
    """The plugin's start to its first answer; its memory then, and with everything loaded."""
    with Plugin() as plugin:
        yield "start", Measured(plugin.seconds, peak=plugin.memory())
        began = time.perf_counter()
        plugin.load_everything()
        yield "loading", Measured(time.perf_counter() - began, peak=plugin.memory())


def importing(ground: Ground) -> Iterator[tuple[str, Measured]]:
    """What any plugin in Python needs before it can answer."""
    yield "start", Measured(bare_import())


def check_and_diff(ground: Ground) -> Iterator[tuple[str, Measured]]:
    """Processor time of the plugin for a Check and a Diff of one Task with every property, nothing changed."""
    with Plugin(ground.account) as plugin:
        plugin.configure()
        declared = {**FULL_TASK, "jobId": ground.job()}
        checked = plugin.check("Task", declared)
        create = provider_pb2.CreateRequest(urn=urn("Task"), properties=checked, preview=True)
        state = plugin.stub.Create(create).properties
        check = provider_pb2.CheckRequest(urn=urn("Task"), olds=checked, news=struct(declared))
        diff = provider_pb2.DiffRequest(
            urn=urn("Task"),
            id=f"jobs/{declared['jobId']}/tasks/{declared['taskId']}",
            old_inputs=checked,
            olds=state,
            news=checked,
        )
        for _ in range(CHECKS // 10):
            plugin.stub.Check(check)
            plugin.stub.Diff(diff)
        began = plugin.cpu()
        for _ in range(CHECKS):
            plugin.stub.Check(check)
            answer = plugin.stub.Diff(diff)
        seconds = (plugin.cpu() - began) / CHECKS
        if answer.changes != provider_pb2.DiffResponse.DIFF_NONE:
            raise AssertionError(f"nothing has changed, and Diff says {answer}")
        yield "check and diff", Measured(seconds)


@dataclass(frozen=True)
class Race:
    """Contenders whose steps alternate.

    Attributes:
        times: how often they go in each of the rounds that were asked for.
        most: rounds at most.
    """

    contenders: Mapping[str, Contender]
    times: int = 1
    most: int | None = None

    def rounds(self, asked: int) -> int:
        return min(asked * self.times, self.most or asked * self.times)


def races(scale: float = 1.0) -> dict[str, Race]:
    """All of them, by name; `scale` is for a quick look."""
    thousand, ten, hundred = (max(10, round(count * scale)) for count in (1_000, 10_000, 100_000))
    whole = ("up", "preview", "refresh", "destroy")
    smaller = [max(10, round(count * scale)) for count in (10, 100, 1_000)]
    return {
        "start": Race({"plugin": plugin_start, "import": importing}, times=2),
        "check": Race({"plugin": check_and_diff}),
        "tasks": Race(
            {
                "Task": Life("single", thousand, whole),
                "floor": Life("single", thousand, whole, FLOOR),
                "dynamic": Life("dynamic", thousand),
                "dynamic, imported": Life("dynamic_imported", thousand),
            }
        ),
        "map": Race(
            {
                "map": Life("mapped", ten, ("up", "no-change up", "changed up")),
                "floor": Life("mapped", ten, ("up", "no-change up"), FLOOR),
                "plugin": Adding(ten),
                "create_tasks": CreateTasks(ten),
                "az": AzureCli(ten),
            }
        ),
        "memory": Race({"map, whole": Life("mapped_whole", ten, ("up", "no-change up", "changed up"))}, most=1),
        "sweep": Race({"sweep": Life("sweep", ten, ("up", "no-change up")), "empty": Life("nothing", 0)}),
        "large": Race(
            {
                "sweep": Life("sweep", ten, ("up", "no-change up")),
                "large": Life("sweep", hundred, ("up", "no-change up")),
            },
            most=3,
        ),
        "emulator": Race(
            {
                "emulator": Writes(emulator_writes, thousand * 2),
                "echo": Writes(echo_writes, thousand * 2),
                "sqlite": Writes(sqlite_writes, thousand * 2),
            }
        ),
        "stored": Race({"emulator": StoredTasks(hundred), "echo": echo, "sqlite": StoredRows(hundred)}),
        # Points of the plot that no row needs.
        "sizes": Race(
            {
                **{f"Task {count}": Life("single", count) for count in smaller[:2]},
                **{f"floor {count}": Life("single", count, plugin=FLOOR) for count in smaller[:2]},
                **{f"map {count}": Life("mapped", count) for count in smaller},
                **{f"floor, map {count}": Life("mapped", count, plugin=FLOOR) for count in smaller[1:]},
                **{f"sweep {count}": Life("sweep", count) for count in smaller},
            },
            most=1,
        ),
    }
