"""The emulator is killed among writers and running tasks, again and again; all that it answered must be there."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import requests

from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator_process import EmulatorProcess

WRITERS: Final = 16
RUNNING: Final = ("r1", "r2")
"""Tasks that never end by themselves."""
PATIENCE: Final = 60.0
LONGEST: Final = 0.5
"""Seconds of writing before a kill, at most."""


class Kills:
    """One account in `location`, which outlives its emulators. The tasks' states are read before each kill."""

    def __init__(self, location: Path, seed: int, tally: Counter[str]) -> None:
        self._location = location
        self._random = Random(seed)
        self._tally = tally
        self._there: list[set[str]] = [set() for _ in range(WRITERS)]
        """What each writer was told is there."""
        self._unsure: list[set[str]] = [set() for _ in range(WRITERS)]
        """What it was told nothing of: it may be there or not."""
        self._number = 0

    def run(self, kills: int) -> None:
        """Raises AssertionError for what was answered and is not so."""
        for number in range(kills + 1):
            with EmulatorProcess("--run-tasks", "--set", "scheduling=on", location=self._location) as emulator:
                if number == 0:
                    self._furnish(emulator)
                self._check(emulator, number)
                if number < kills:
                    self._write_until_killed(emulator)
                    self._tally["kills"] += 1

    def _furnish(self, emulator: EmulatorProcess) -> None:
        pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": len(RUNNING)}
        emulator.post("/pools", pool)
        emulator.settle()
        emulator.post("/jobs", {"id": "running", "poolInfo": POOL_INFO})
        for task in RUNNING:
            emulator.post("/jobs/running/tasks", {"id": task, "commandLine": "sleep 100000"})
        for writer in range(WRITERS):
            emulator.post("/jobs", {"id": f"j{writer}", "poolInfo": {"poolId": "none"}})

    def _check(self, emulator: EmulatorProcess, number: int) -> None:
        for task in RUNNING:
            shown = _until(lambda task=task: self._running(emulator, task))  # type: ignore[misc]
            assert shown["executionInfo"]["requeueCount"] == number, f"{task} was requeued {shown['executionInfo']}"
        for writer in range(WRITERS):
            found = self._tasks(emulator, writer)
            lost = self._there[writer] - self._unsure[writer] - found
            back = found - self._there[writer] - self._unsure[writer]
            assert not lost and not back, f"of writer {writer}, lost {lost}, not to be there {back}"
            self._there[writer], self._unsure[writer] = found, set()

    def _running(self, emulator: EmulatorProcess, task: str) -> Any:
        shown = emulator.get(f"/jobs/running/tasks/{task}")
        return shown if shown["state"] == "running" else None

    def _tasks(self, emulator: EmulatorProcess, writer: int) -> set[str]:
        found: set[str] = set()
        path: str | None = f"/jobs/j{writer}/tasks?$select=id"
        while path:
            page = emulator.get(path)
            found |= {task["id"] for task in page["value"]}
            path = page["odata.nextLink"][len(emulator.endpoint) :] if "odata.nextLink" in page else None
        return found

    def _write_until_killed(self, emulator: EmulatorProcess) -> None:
        enough = threading.Barrier(WRITERS + 1)
        seeds = [self._random.randrange(2**32) for _ in range(WRITERS)]
        threads = [
            threading.Thread(target=self._write, args=(emulator, writer, Random(seed), enough))
            for writer, seed in enumerate(seeds)
        ]
        for thread in threads:
            thread.start()
        enough.wait(PATIENCE)
        threads[0].join(self._random.random() * LONGEST)
        emulator.kill()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a writer still waits for an answer"

    def _write(self, emulator: EmulatorProcess, writer: int, random: Random, enough: threading.Barrier) -> None:
        there, unsure = self._there[writer], self._unsure[writer]
        number = 0
        while True:
            number += 1
            call: tuple[str, str, Any]
            if there and random.random() < 0.4:
                task = random.choice(sorted(there))
                call, wanted, add = ("DELETE", f"/jobs/j{writer}/tasks/{task}", None), 200, False
            else:
                task = f"t{random.randrange(2**60):x}"
                call, wanted, add = ("POST", f"/jobs/j{writer}/tasks", {"id": task, "commandLine": "x"}), 201, True
            try:
                status = emulator.call(*call).status
            except requests.RequestException:
                unsure.add(task)
                if number == 1:
                    enough.abort()
                return
            assert status == wanted, f"{call} was answered {status}"
            self._tally["writes"] += 1
            (there.add if add else there.discard)(task)
            if number == 1:
                enough.wait(PATIENCE)


def _until(read: Callable[[], Any]) -> Any:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        found = read()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("a task that runs for ever does not run")
