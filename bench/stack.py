"""A stack on the real engine, with its operations timed and the memory of its plugin watched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROVIDER = ROOT / "provider"
FLOOR = ROOT / "bench" / "floor"
LIMIT = 600
"""Seconds after which an operation of the engine is taken for stuck."""
_PLUGINS = (b"azure-batch-provider", b"/floor/echo.py")
_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Measured:
    """What one step cost.

    Attributes:
        seconds: of the command, as somebody waits for it.
        whole: seconds with the start of Python and its imports.
        phase: seconds from the program's first registration to the id of its last resource.
        requests: that the service got.
        peak: resident memory in MB that the plugin's process had at most.
    """

    seconds: float
    whole: float | None = None
    phase: float | None = None
    requests: int | None = None
    peak: float | None = None


class OperationFailed(Exception):
    """An operation ended in an error, or did something else than what is measured."""


class Stack:
    """A project with one stack in a folder of its own, whose plugin is the one in the folder `plugin`."""

    def __init__(self, folder: Path, plugin: Path, environment: Mapping[str, str]) -> None:
        for name in ("home", "backend", "project"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._project = folder / "project"
        project = {
            "name": "bench",
            "runtime": "python",
            "plugins": {"providers": [{"name": "azure-batch", "path": str(plugin)}]},
        }
        (self._project / "Pulumi.yaml").write_text(json.dumps(project))
        foreign = ("AZURE_", "ARM_", "PULUMI_")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the benchmarks",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            # The engine writes its state once, at the end: at each step it would be most of what is measured.
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PYTHONPATH": str(ROOT),
            **environment,
        }

    def operate(self, verb: str, program: str, **arguments: Any) -> tuple[Measured, dict[str, int]]:
        """Run `up`, `preview`, `refresh` or `destroy`; returns what it cost, and how many resources saw which step.

        Raises:
            OperationFailed: with what the engine said.
        """
        order = {
            "folder": str(self._project),
            "environment": self._environment,
            "verb": verb,
            "program": program,
            "arguments": arguments,
        }
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "bench.operation"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            watch = Watch(process.pid)
            try:
                output, errors = process.communicate(json.dumps(order), timeout=LIMIT)
            except BaseException:
                process.kill()
                raise
            finally:
                watch.end()
        whole = time.perf_counter() - began
        if process.returncode != 0:
            raise OperationFailed(f"{verb} of {program} {arguments}: {(errors or output)[-4000:]}")
        answer = json.loads(output)
        measured = Measured(answer["seconds"], whole - answer["others"], answer["phase"], peak=watch.peak)
        return measured, answer["changes"]


class Watch:
    """Looks at the plugins below a process until `end`; `peak` is in MB, None when none was seen.

    The kernel keeps a process' peak, so that a look late in its life sees all of it but its last moment.
    """

    def __init__(self, pid: int) -> None:
        self.peak: float | None = None
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            for pid in _below(self._pid):
                try:
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if any(plugin in command for plugin in _PLUGINS):
                        self.peak = max(self.peak or 0.0, memory(pid, "VmHWM"))
                except (OSError, StopIteration):  # it has ended meanwhile
                    continue


def memory(pid: int, kind: str) -> float:
    """MB of a process: `VmRSS` now, `VmHWM` at most so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{kind}:")) / 1024


def _below(pid: int) -> Iterator[int]:
    """The processes that this one started, and those that they started."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:  # it has ended meanwhile
        return
    for file in files:
        try:
            children = file.read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from _below(child)
