"""`make bench`: runs the races whose rows were asked for, prints each figure as it comes, and writes the results."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench import plot, report
from bench.contenders import Contender, Life, NotAvailable, Race, azure_cli_version, races
from bench.ground import Ground
from bench.rows import ROWS
from bench.stack import FLOOR, ROOT, Measured
from tests.emulator_process import EmulatorProcess

ROUNDS = 5
RESULTS = ROOT / "bench"
QUICK = ROOT / ".scratch" / "bench"
"""Where the results of a run go that is not the whole."""
LINES = {("single", False): "one Task each", ("mapped", False): "a map", ("sweep", False): "a sweep"}
LINES |= {("single", True): "the floor, one each", ("mapped", True): "the floor, a map"}

FAILED = "failed"

Samples = dict[str, dict[str, list[Measured]]]


def main() -> int:
    names = sorted({*(row.race for row in ROWS), *(row.also for row in ROWS if row.also), "sizes"})
    arguments = argparse.ArgumentParser(prog="make bench", description="Measure what many tasks cost.")
    arguments.add_argument("--rounds", type=int, default=ROUNDS, help="alternating rounds (ROUNDS=)")
    arguments.add_argument("--only", default="", help=f"some of {', '.join(names)}, with commas (ONLY=)")
    arguments.add_argument("--scale", type=float, default=1.0, help="factor of all numbers of tasks (SCALE=)")
    options = arguments.parse_args()
    only = {name for name in options.only.split(",") if name}
    if only - set(names):
        arguments.error(f"there is no {', '.join(sorted(only - set(names)))}; there are {', '.join(names)}")
    rows = [row for row in ROWS if not only or only & {row.race, row.also}]
    asked = {row.race for row in rows} | ({"sizes"} if not only or "sizes" in only else set())
    chosen = {name: race for name, race in races(options.scale).items() if name in asked}

    began = time.monotonic()
    samples: dict[str, Samples] = {}
    failures: dict[str, dict[str, str]] = {}
    QUICK.mkdir(parents=True, exist_ok=True)
    with EmulatorProcess() as emulator:
        for name, race in chosen.items():
            samples[name], failures[name] = _run(name, race, options.rounds, emulator)
    minutes = (time.monotonic() - began) / 60

    print()
    for row in rows:
        print(" | ".join(report.lines_of(row, samples[row.race], failures[row.race])))
    whole = not only and options.rounds >= ROUNDS and options.scale == 1
    folder = RESULTS if whole else QUICK
    sizes = "" if options.scale == 1 else f" The numbers of tasks were {options.scale:g} of what the rows say."
    lines = _lines(chosen, samples)
    others = [("azure-cli", azure_cli_version())] if samples.get("map", {}).get("az") else []
    (folder / "results.md").write_text(report.page(rows, samples, failures, minutes, sizes, bool(lines), others))
    if lines:
        plot.draw(lines, folder / "results.svg")
    print(f"\nWritten to {(folder / 'results.md').relative_to(ROOT)}.")
    return 1 if any(FAILED in why for race in failures.values() for why in race.values()) else 0


def _run(name: str, race: Race, rounds: int, emulator: EmulatorProcess) -> tuple[Samples, dict[str, str]]:
    """What the contenders of a race cost, and why those failed that did."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    failures: dict[str, str] = {}
    rounds = race.rounds(rounds)
    for number in range(rounds):
        with tempfile.TemporaryDirectory(dir=QUICK) as folder:
            ground = Ground(emulator, Path(folder))
            for contender, step, measured in _round(race, ground, number, failures):
                samples[contender][step].append(measured)
                print(f"{name} {number + 1}/{rounds}  {_told(contender, step, measured)}", flush=True)
    return samples, failures


def _round(race: Race, ground: Ground, number: int, failures: dict[str, str]) -> Iterator[tuple[str, str, Measured]]:
    """The steps of all contenders in turn; who begins changes from round to round. Who fails is out of the race."""
    order = [(name, contender) for name, contender in race.contenders.items() if name not in failures]
    first = number % len(order) if order else 0
    going = [(name, contender(ground)) for name, contender in order[first:] + order[:first]]
    while going:
        for name, steps in list(going):
            try:
                step, measured = next(steps)
            except StopIteration:
                going.remove((name, steps))
            except NotAvailable as error:
                going.remove((name, steps))
                failures[name] = str(error)
            except Exception as error:
                going.remove((name, steps))
                failures[name] = f"{name} {FAILED}"
                print(f"{name} failed: {error}", file=sys.stderr)
            else:
                yield name, step, measured


def _told(contender: str, step: str, measured: Measured) -> str:
    parts = [f"{measured.seconds:.3f} s"]
    if measured.requests is not None:
        parts.append(f"{measured.requests:,} requests")
    if measured.peak is not None:
        parts.append(f"{measured.peak:.0f} MB")
    return f"{contender}, {step}: {', '.join(parts)}"


def _lines(chosen: dict[str, Race], samples: dict[str, Samples]) -> dict[str, list[tuple[int, list[float]]]]:
    """The seconds of each `up` that belongs into the plot, by the name of its line."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, race in chosen.items():
        for who, contender in race.contenders.items():
            line = _line(contender)
            ups = samples[name].get(who, {}).get("up", [])
            if line is not None and isinstance(contender, Life) and ups:
                found[line][contender.count] += [item.seconds for item in ups]
    return {line: sorted(points.items()) for line, points in found.items()}


def _line(contender: Contender) -> str | None:
    return LINES.get((contender.program, contender.plugin == FLOOR)) if isinstance(contender, Life) else None


if __name__ == "__main__":
    sys.exit(main())
