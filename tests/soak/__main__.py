"""Runs the long parts, `make soak`, and writes down what came of them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from tests.e2e.stack import REPOSITORY
from tests.emulator.fuzz import fuzz
from tests.emulator_process import V2024, V2025
from tests.soak.crashes import Crash
from tests.soak.ground import managed_ground
from tests.soak.kills import Kills
from tests.soak.pairs import QUICK, Pairs
from tests.soak.reconciles import DAYS, Reconciles
from tests.soak.record import record

VERSIONS: Final = (V2024, V2025)
TOGETHER: Final = 12
"""Resources of one program in the random pairs: one or more of each kind."""
HOSTILE_CONNECTIONS: Final = 100
"""Hostile requests to each example of bytes and short lives of accounts."""
STACK_ROUNDS: Final = 4
"""Rounds of pairs on one stack before the next one begins."""


class Part:
    """A long run by name: `run(size, seed, tally)` raises what it finds."""

    def __init__(
        self, title: str, about: str, default: int, unit: str, run: Callable[[int, int, Counter[str]], None]
    ) -> None:
        self.title = title
        self.about = about
        self.default = default
        self.unit = unit
        self.run = run


def reconciles(size: int, seed: int, tally: Counter[str]) -> None:
    with managed_ground() as here:
        life = Reconciles(here.stack({}), here.emulator, size, seed, tally, here.managed)
        for _ in range(size):
            life.run()
            progress(life.number, size)
        life.finish()


def pairs(size: int, seed: int, tally: Counter[str]) -> None:
    count = min(TOGETHER, size)
    while tally["pairs"] < size:
        with managed_ground() as here:
            stack = Pairs(here.stack({}, QUICK), here.emulator, count, seed, here.managed)
            stack.tally = tally
            for _ in range(STACK_ROUNDS):
                if (before := tally["pairs"]) < size:
                    stack.run()
                    progress(tally["pairs"], size, tally["pairs"] - before)
        seed += 1


def crashes(size: int, seed: int, tally: Counter[str]) -> None:
    with managed_ground() as here:
        for number in range(size):
            with tempfile.TemporaryDirectory() as folder:
                Crash(Path(folder), seed + number, tally, managed=here.managed).run()
            progress(number + 1, size)


def generated(path: str, size: int, seed: int) -> None:
    """Runs tests of hypothesis with so many examples each."""
    every = ("-m", "long or not long")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *every, f"--hypothesis-seed={seed}", path]
    subprocess.run(command, cwd=REPOSITORY, env={**os.environ, "EXAMPLES": str(size)}, check=True)


def hostile(size: int, seed: int, tally: Counter[str]) -> None:
    fuzz(size, seed, tally)
    connections = max(size // HOSTILE_CONNECTIONS, 1)
    generated("tests/emulator/test_hostile_requests.py", connections, seed)
    tally["accounts, 8 to 16 more requests to each"] = connections
    tally["connections with bytes that are not always HTTP"] = connections


def kills(size: int, seed: int, tally: Counter[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Kills(Path(folder), seed, tally).run(size)


def scheduler(size: int, seed: int, tally: Counter[str]) -> None:
    generated("tests/emulator/test_scheduler_steps.py", size, seed)
    tally["accounts, with up to 20 disturbances each"] = size


def examples(size: int, seed: int, tally: Counter[str]) -> None:
    each = -(-size // len(VERSIONS))
    generated("tests/properties", each, seed)
    for what in ("valid bodies there and back", "changes of the program", "changes of the server", "invalid bodies"):
        tally[f"{what}, for each resource"] = each * len(VERSIONS)


PARTS: Final[Mapping[str, Part]] = {
    "reconciles": Part(
        "Reconciles",
        f"A program that signs its URLs again is run again and again over {DAYS} days of the service's clock, while "
        "tasks and jobs end and a janitor deletes them. Every task is executed once; again only where `onMissing` and "
        "the state of its job ask for it. Nothing else is ever written.",
        1000,
        "rounds",
        reconciles,
    ),
    "pairs": Part(
        "Random pairs of server and program",
        "Programs over all resources and what the service has are changed at random. What a preview announces is what "
        "`up` does and sends; the preview itself writes nothing; nothing that the service had is lost without a word.",
        12_000,
        "pairs",
        pairs,
    ),
    "crashes": Part(
        "Crashes",
        "Connections are dropped, and the plugin, the engine or the service killed, at moments that the seed chooses. "
        "Then one `up` makes the state what the server has, and no task was added twice.",
        60,
        "crashes",
        crashes,
    ),
    "hostile": Part(
        "Hostile requests",
        "The emulator is sent requests over all its operations, the control API and the pages, most of them good but "
        "for one or two things, and generated bytes. None is answered 500 or never, or makes it write to standard "
        "error; afterwards all that there is can be listed, and its memory has not grown.",
        100_000,
        "requests",
        hostile,
    ),
    "kills": Part(
        "Kills of the emulator",
        "With its state in a directory, the emulator is killed among 16 writers while tasks run as processes, and "
        "started again. All that was answered is there, nothing else is, and the tasks were requeued.",
        200,
        "kills",
        kills,
    ),
    "scheduler": Part(
        "Steps of the scheduler",
        "Jobs, tasks and nodes of an account without a server come, end and go at random. After each step "
        "a reference of its own says whether slots, priorities, dependencies, retries and counts are right, and "
        "whether a task waits that could run.",
        3000,
        "accounts",
        scheduler,
    ),
    "examples": Part(
        "Generated bodies",
        "The property tests of equality and of Check, with many examples, half of them in each api-version.",
        10000,
        "examples",
        examples,
    ),
}


def progress(done: int, size: int, since: int = 1) -> None:
    """Say how far it is, about twenty times in all; `since` were done since the last call."""
    if done * 20 // size > (done - since) * 20 // size:
        print(f"  {done} of {size}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help="some of them, with commas between")
    parser.add_argument("--seed", type=int, default=1)
    for name, part in PARTS.items():
        parser.add_argument(f"--{name}", type=int, default=part.default, help=f"how many {part.unit}")
    given = parser.parse_args()
    unknown = [name for name in given.parts.split(",") if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    results = [_run(name, getattr(given, name), given.seed) for name in given.parts.split(",")]
    return 0 if all(results) else 1


def _run(name: str, size: int, seed: int) -> bool:
    part = PARTS[name]
    print(f"{part.title}: {size} {part.unit}, seed {seed}", flush=True)
    tally: Counter[str] = Counter()
    began = time.monotonic()
    outcome = "passed"
    try:
        part.run(size, seed, tally)
    except Exception as error:  # whatever it is, the page says so
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        outcome = f"failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    minutes = (time.monotonic() - began) / 60
    figures: dict[str, object] = {
        "outcome": outcome,
        "run on": date.today().isoformat(),
        "asked for": f"{size} {part.unit}, seed {seed}",
        "minutes": f"{minutes:.1f}",
        **tally,
    }
    record(part.title, part.about, figures)
    print(f"  {outcome}, {minutes:.1f} minutes", flush=True)
    return outcome == "passed"


if __name__ == "__main__":
    sys.exit(main())
