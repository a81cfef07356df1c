"""The programs that are measured: functions of the Automation API, run by `operation` with arguments from JSON.

The same program runs on the plugin and on the floor: both go by the plugin's name.
"""

from __future__ import annotations

import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

import pulumi_azure_batch as batch
from bench import tasks

PHASE: list[float] = []
"""Seconds from the first registration to the id of the last resource; empty when no id was ever known."""


COMMON: Any = {"environment_settings": tasks.COMMON["environmentSettings"]}


def nothing(job: str, count: int) -> None:
    """A stack without resources."""


def single(job: str, count: int) -> None:
    """A Task resource for each task."""
    began = time.perf_counter()
    made = [batch.Task(id, job_id=job, task_id=id, **COMMON, **_own(frame)) for id, frame in tasks.ids(count).items()]
    _end(began, made)


def dynamic(job: str, count: int) -> None:
    """A resource of Pulumi's own dynamic provider for each task.

    Its class is made as Pulumi's Python host runs a program, so that it is pickled as a user's own is: by value.
    """
    file = Path(__file__).with_name("dynamic_task.py")
    _dynamic(runpy.run_path(str(file), run_name="__main__")["DynamicTask"], job, count)


def dynamic_imported(job: str, count: int) -> None:
    """The same with the class in a module that can be imported, so that only its name is pickled."""
    from bench.dynamic_task import DynamicTask

    _dynamic(DynamicTask, job, count)


def _dynamic(kind: Callable[..., pulumi.Resource], job: str, count: int) -> None:
    # Pulumi's pickling nests a call deeper with each resource, and fails after a few hundred otherwise.
    sys.setrecursionlimit(100_000)
    began = time.perf_counter()
    _end(began, [kind(id, job, {"id": id, **body}) for id, body in tasks.bodies(count).items()])


def mapped(job: str, count: int, changed: bool = False) -> None:
    """One TaskCollection with a map of all tasks, of which one may have another command."""
    bodies: Any = {id: _own(frame) for id, frame in tasks.ids(count).items()}
    if changed:
        next(iter(bodies.values()))["command_line"] += " --again"
    began = time.perf_counter()
    _end(began, [batch.TaskCollection("frames", job_id=job, tasks=bodies, defaults=COMMON)])


def mapped_whole(job: str, count: int, changed: bool = False) -> None:
    """The same with all that tasks have in common repeated in each."""
    bodies: Any = {id: {**COMMON, **_own(frame)} for id, frame in tasks.ids(count).items()}
    if changed:
        next(iter(bodies.values()))["command_line"] += " --again"
    began = time.perf_counter()
    _end(began, [batch.TaskCollection("frames", job_id=job, tasks=bodies)])


def sweep(job: str, count: int) -> None:
    """One TaskCollection with one body and a range for all tasks."""
    began = time.perf_counter()
    frames = batch.SweepArgs(
        task=batch.TaskBodyArgs(**COMMON, **_own("{frame:06}")),
        parameters={"frame": batch.SweepParameterArgs(start=1, end=count)},
        task_id_format="t{frame:06}",
    )
    _end(began, [batch.TaskCollection("frames", job_id=job, sweep=frames)])


def _end(began: float, made: list[Any]) -> None:
    PHASE.clear()
    pulumi.Output.all(*(resource.id for resource in made)).apply(
        lambda _: PHASE.append(time.perf_counter() - began), run_with_unknowns=False
    )


def _own(frame: str) -> dict[str, Any]:
    return {"command_line": tasks.own(frame)["commandLine"]}
