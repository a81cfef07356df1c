"""The results as a page: goals and whether they are met, every figure behind them, and what they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from bench.ground import DELAY
from bench.rows import NotMeasured, Row, Samples
from bench.stack import Measured

PACKAGES = ("azure-batch-provider", "pulumi", "grpcio", "protobuf", "pydantic", "requests", "azure-batch", "matplotlib")


def lines_of(row: Row, samples: Samples, failures: Mapping[str, str]) -> tuple[str, str, str, str]:
    """What a row says: work, figure, goal, and whether it is met."""
    bound = "<=" if row.bound == "at most" else ">="
    goal = "" if row.goal is None else f"{bound} {_number(row.goal, row.unit)}"
    try:
        value = row.value(samples)
    except NotMeasured as missing:
        causes = {failures[name] for name, _ in (row.ours, row.beside or row.ours) if name in failures}
        return row.work, "not measured", goal, "; ".join(sorted(causes)) or f"no figure for {missing}"
    return row.work, _number(value, row.unit), goal, _judged(row, value)


def page(
    rows: Iterable[Row],
    samples: Mapping[str, Samples],
    failures: Mapping[str, Mapping[str, str]],
    minutes: float,
    sizes: str,
    plotted: bool,
    others: Sequence[tuple[str, str]] = (),
) -> str:
    """The page in Markdown. `sizes` says how far the counts of the rows were scaled, if they were; `plotted`, whether
    there is a plot; `others` are programs with their versions."""
    goals = [lines_of(row, samples.get(row.race, {}), failures.get(row.race, {})) for row in rows]
    figures = [
        (race, contender, step, str(len(rounds)), *_figures(rounds))
        for race, contenders in samples.items()
        for contender, steps in contenders.items()
        for step, rounds in steps.items()
    ]
    return "\n".join(
        [
            "# What many tasks cost",
            "",
            "Written by `make bench`; [README.md](README.md) says what each line means. Ratios are medians over rounds",
            "in which both sides take turns; of requests and memory the most is shown. Each answer of the service is",
            f"{DELAY * 1000:.0f} ms late. The run took {minutes:.0f} minutes.{sizes}",
            "",
            *_table(("what", "figure", "goal", ""), goals),
            "",
            *(["![Seconds of `up` over the number of tasks](results.svg)", ""] if plotted else []),
            "## Figures",
            "",
            "Seconds are medians, with the least and the most; *phase* is from the first registration to the last id,",
            "*whole* with the start of Python and its imports.",
            "",
            *_table(
                ("race", "who", "step", "rounds", "seconds", "phase", "whole", "requests", "memory in MB"), figures
            ),
            "",
            "## Measured on",
            "",
            *_table(("what", "version"), [*machine(), *others]),
            "",
        ]
    )


def machine() -> list[tuple[str, str]]:
    """What the figures depend on, without the name of the machine."""
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    pulumi = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    return [
        ("processor", f"{models[0].partition(':')[2].strip() if models else platform.machine()}"),
        ("cores", str(len(os.sched_getaffinity(0)))),
        ("memory", f"{int(total.split()[1]) / 1024**2:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("Pulumi CLI", pulumi),
        *((name, metadata.version(name)) for name in PACKAGES),
    ]


def _judged(row: Row, value: float) -> str:
    if row.goal is None:
        return ""
    return "met" if row.is_met(value) else "not met"


def _figures(rounds: Sequence[Measured]) -> tuple[str, str, str, str, str]:
    requests = [item.requests for item in rounds if item.requests is not None]
    peaks = [item.peak for item in rounds if item.peak is not None]
    return (
        _spread([item.seconds for item in rounds]),
        _spread([item.phase for item in rounds]),
        _spread([item.whole for item in rounds]),
        f"{max(requests):,}" if requests else "",
        f"{max(peaks):.0f}" if peaks else "",
    )


def _spread(found: Sequence[float | None]) -> str:
    seconds = [item for item in found if item is not None]
    if not seconds:
        return ""
    digits = 2 if max(seconds) >= 0.1 else 4
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    if len(seconds) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def _number(value: float, unit: str) -> str:
    digits = {"x": 2, "s": 2, "ms": 1}.get(unit, 0)
    return f"{value:,.{digits}f} {unit}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]
