"""One run from its first download to its last upload, in a thread of its own."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch_emulator.running import containers
from batch_emulator.running.command_line import split
from batch_emulator.running.environment import Directories
from batch_emulator.running.failures import Failed
from batch_emulator.running.output_files import Upload, wanted
from batch_emulator.running.packages import unpack
from batch_emulator.running.processes import Command, End, Processes
from batch_emulator.running.resource_files import Download
from batch_emulator.simulation.report import OUT_OF_TIME
from batch_emulator.state.files import OUTPUTS

Files = list[dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """What of a run is needed to do it. Nothing of it changes meanwhile."""

    id: str
    command_line: str
    windows: bool
    places: Directories
    environment: dict[str, str]
    seconds: float | None
    file_size: int
    packages: list[tuple[str, Path]] = field(default_factory=list)
    """Where the content of application packages is, and where it is unpacked."""
    resource_files: Files = field(default_factory=list)
    common_files: Files = field(default_factory=list)
    """Those that go to the task's directory, not to the working directory in it."""
    output_files: Files = field(default_factory=list)
    container: dict[str, Any] | None = None
    runtime: str = "none"
    appends: bool = False
    """Whether it writes behind what another run of the same directory has written."""
    stays: bool = False
    """Whether what it leaves behind goes on until the run is killed."""


@dataclass(frozen=True)
class Outcome:
    exit_code: int | None = None
    failure: dict[str, Any] | None = None


def do(work: Work, processes: Processes, killed: Callable[[], bool]) -> Outcome:
    """Returns when nothing of it is left, and all that was to be uploaded is."""
    code: int | None = None
    try:
        _download(work, killed)
        command = _command(work)
        if killed():
            raise Failed("TaskEnded")
        end = processes.start(work.id, command).result()
        code = end.code
        _check(work, end)
        if code is not None:
            Upload(work.places.task, work.environment, windows=work.windows).send(wanted(work.output_files, code))
    except Failed as failed:
        return Outcome(code, failed.info)
    return Outcome(code)


def _download(work: Work, killed: Callable[[], bool]) -> None:
    unpack(work.packages)
    for directory, files in ((work.places.task, work.common_files), (work.places.work, work.resource_files)):
        Download(directory, windows=work.windows, most=work.file_size, ended=killed).fetch(files)


def _command(work: Work) -> Command:
    try:
        arguments = split(work.command_line, windows=work.windows)
    except ValueError as error:
        raise Failed("CommandLaunchFailed", str(error)) from error
    if "\0" in work.command_line:
        raise Failed("CommandLaunchFailed", "The command line has a character that no argument can have")
    afterwards: list[list[str]] = []
    if work.container is not None:
        name = f"azure-batch-emulator-{work.id}"
        places = work.places
        arguments = containers.arguments(
            work.runtime,
            work.container,
            arguments,
            work.environment,
            name=name,
            node=places.node,
            task=places.task,
            preparation=places.preparation,
        )
        afterwards = [containers.removal(work.runtime, name)]
    stdout, stderr = (Path(work.places.task, name) for name in OUTPUTS)
    return Command(
        arguments,
        work.places.work,
        work.environment,
        stdout,
        stderr,
        work.seconds,
        work.file_size,
        afterwards,
        appends=work.appends,
        stays=work.stays,
    )


def _check(work: Work, end: End) -> None:
    """Raises Failed where the command did not end by itself."""
    if end.why == "launch":
        missing = end.errno == errno.ENOENT
        reason = "The system cannot find the file specified." if missing else _reason(end.errno)
        raise Failed("CommandProgramNotFound" if missing else "CommandLaunchFailed", reason)
    if end.why == "time":
        raise Failed("TaskEnded", OUT_OF_TIME, AdditionalErrorCode="FailureExitCode")
    if end.why == "killed":
        raise Failed("TaskEnded")
    if end.why == "lost":
        raise Failed("Unknown", "The process that the command ran below was killed")
    if work.container is not None and end.code in containers.FAILURES:
        raise Failed(containers.FAILURES[end.code], f"{work.runtime} exited with {end.code}")


def _reason(number: int | None) -> str:
    return os.strerror(number) if number else ""
