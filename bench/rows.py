"""The table of what is measured: who does the work, beside whom, and how much it may cost."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.stack import Measured

Samples = Mapping[str, Mapping[str, Sequence[Measured]]]
"""What the contenders of a race cost, by name and step, a figure for each round."""
What = Literal["seconds", "whole", "phase", "requests", "peak"]


class NotMeasured(Exception):
    """A figure that a row needs is missing; the text says which."""


@dataclass(frozen=True)
class Row:
    """A line of the results.

    Attributes:
        race: whose contenders it compares, and the name by which `ONLY` finds it; `also` is another such name.
        work: what is done, in words.
        ours, beside: a contender and one of its steps; every step when that is left out.
        what: the figure that is looked at.
        figure: `ratio` is ours over the other, `times faster` the other over ours, `difference` ours less the other;
            `alone` is ours.
        unit: of the figure, with the factor from what was measured.
        goal: what the figure may be, at most or at least; None where there is none.
    """

    race: str
    work: str
    ours: tuple[str, str | None]
    what: What
    figure: Literal["ratio", "times faster", "difference", "alone"]
    goal: float | None
    beside: tuple[str, str | None] | None = None
    bound: Literal["at most", "at least"] = "at most"
    unit: str = "x"
    factor: float = 1.0
    also: str = ""

    def value(self, samples: Samples) -> float:
        """Of alternating rounds the median; of requests and memory the most.

        Raises:
            NotMeasured: a figure is missing.
        """
        ours = self._figures(samples, self.ours)
        if self.beside is None:
            found = ours
        else:
            pairs = list(zip(ours, self._figures(samples, self.beside), strict=False))
            if self.figure == "ratio":
                found = [mine / other for mine, other in pairs]
            elif self.figure == "times faster":
                found = [other / mine for mine, other in pairs]
            else:
                found = [mine - other for mine, other in pairs]
        counted = self.what in ("requests", "peak")
        return self.factor * (max(found) if counted else statistics.median(found))

    def is_met(self, value: float) -> bool:
        return self.goal is None or (value <= self.goal if self.bound == "at most" else value >= self.goal)

    def _figures(self, samples: Samples, place: tuple[str, str | None]) -> list[float]:
        contender, step = place
        steps = samples.get(contender, {})
        rounds = [*steps.get(step, ())] if step is not None else [item for each in steps.values() for item in each]
        found = [getattr(item, self.what) for item in rounds]
        if not found or None in found:
            raise NotMeasured(f"{contender}, {step or 'any step'}")
        return found


ROWS: Final = (
    Row(
        "start",
        "plugin start to first answer, beside a bare import of `pulumi` and `grpc`",
        ("plugin", "start"),
        "seconds",
        "ratio",
        1.2,
        ("import", "start"),
    ),
    Row(
        "check",
        "Check + Diff of one Task with all fields, processor time",
        ("plugin", "check and diff"),
        "seconds",
        "alone",
        3,
        unit="ms",
        factor=1000,
    ),
    Row("tasks", "up of 1,000 Task", ("Task", "up"), "seconds", "ratio", 1.15, ("floor", "up")),
    Row(
        "tasks",
        "the same: resource phase, times as fast as the stock dynamic provider with a `requests` POST",
        ("Task", "up"),
        "phase",
        "times faster",
        3,
        ("dynamic", "up"),
        bound="at least",
    ),
    Row(
        "tasks",
        "the same, its class in a module of its own",
        ("Task", "up"),
        "phase",
        "times faster",
        None,
        ("dynamic, imported", "up"),
        bound="at least",
    ),
    Row("tasks", "no-change preview of 1,000 Task", ("Task", "preview"), "requests", "alone", 12, unit="requests"),
    Row("tasks", "the same: time", ("Task", "preview"), "seconds", "ratio", 1.15, ("floor", "preview")),
    Row("tasks", "refresh of 1,000 Task", ("Task", "refresh"), "requests", "alone", 12, unit="requests"),
    Row("tasks", "the same: time", ("Task", "refresh"), "seconds", "ratio", 1.15, ("floor", "refresh")),
    Row("tasks", "destroy of 1,000 Task", ("Task", "destroy"), "requests", "alone", 1_030, unit="requests"),
    Row("tasks", "the same: time", ("Task", "destroy"), "seconds", "ratio", 1.3, ("floor", "destroy")),
    Row("map", "up of a map of 10,000", ("map", "up"), "requests", "alone", 115, unit="requests"),
    Row("map", "the same: time", ("map", "up"), "seconds", "ratio", 1.3, ("floor", "up")),
    Row(
        "map",
        "the same: adding them, times as fast as `create_tasks` of Microsoft's client",
        ("plugin", "add"),
        "seconds",
        "times faster",
        1.2,
        ("create_tasks", "add"),
        bound="at least",
    ),
    Row(
        "map",
        "the same: all of it, times as fast as `az batch task create --json-file`",
        ("map", "up"),
        "whole",
        "times faster",
        1,
        ("az", "add"),
        bound="at least",
    ),
    Row("map", "no-change up of a map of 10,000", ("map", "no-change up"), "requests", "alone", 12, unit="requests"),
    Row("map", "the same: time", ("map", "no-change up"), "seconds", "ratio", 1.5, ("floor", "no-change up")),
    Row("map", "up with one task of 10,000 changed", ("map", "changed up"), "requests", "alone", 30, unit="requests"),
    Row(
        "map",
        "memory of the plugin with a map of 10,000",
        ("map", None),
        "peak",
        "alone",
        200,
        unit="MB",
        also="memory",
    ),
    Row(
        "memory",
        "the same without defaults: whole bodies in the map",
        ("map, whole", None),
        "peak",
        "alone",
        200,
        unit="MB",
    ),
    Row(
        "sweep",
        "no-change up of a sweep of 10,000",
        ("sweep", "no-change up"),
        "requests",
        "alone",
        12,
        unit="requests",
    ),
    Row(
        "sweep",
        "the same: seconds more than an empty stack",
        ("sweep", "no-change up"),
        "seconds",
        "difference",
        1.5,
        ("empty", "up"),
        unit="s",
    ),
    Row("large", "up of a sweep of 100,000, beside 10,000", ("large", "up"), "seconds", "ratio", 11, ("sweep", "up")),
    Row(
        "large",
        "the same: no-change up",
        ("large", "no-change up"),
        "seconds",
        "ratio",
        11,
        ("sweep", "no-change up"),
    ),
    Row(
        "large",
        "memory of the plugin with a sweep of 100,000",
        ("large", None),
        "peak",
        "alone",
        300,
        unit="MB",
        also="memory",
    ),
    Row(
        "emulator",
        "2,000 durable single writes of 16 clients to the emulator, beside a bare echo of starlette",
        ("emulator", "write"),
        "seconds",
        "ratio",
        None,
        ("echo", "write"),
    ),
    Row(
        "emulator",
        "the same, beside SQLite alone with a commit for each",
        ("emulator", "write"),
        "seconds",
        "ratio",
        None,
        ("sqlite", "write"),
    ),
    Row(
        "stored",
        "start of the emulator with 100,000 stored tasks",
        ("emulator", "start"),
        "seconds",
        "alone",
        2,
        unit="s",
        also="emulator",
    ),
    Row(
        "stored",
        "the same, beside the start of a bare echo of starlette",
        ("emulator", "start"),
        "seconds",
        "ratio",
        None,
        ("echo", "start"),
        also="emulator",
    ),
    Row(
        "stored",
        "the same, beside SQLite alone that reads as many rows",
        ("emulator", "start"),
        "seconds",
        "ratio",
        None,
        ("sqlite", "start"),
        also="emulator",
    ),
    Row(
        "stored",
        "list of the 100,000 tasks: the last page of 1,000, beside the first",
        ("emulator", "last page"),
        "seconds",
        "ratio",
        1.2,
        ("emulator", "first page"),
        also="emulator",
    ),
    Row(
        "stored",
        "the same: a page, beside as many bytes of a bare echo",
        ("emulator", "last page"),
        "seconds",
        "ratio",
        None,
        ("echo", "page"),
        also="emulator",
    ),
    Row(
        "stored",
        "the same: a page, beside SQLite alone",
        ("emulator", "last page"),
        "seconds",
        "ratio",
        None,
        ("sqlite", "page"),
        also="emulator",
    ),
    Row(
        "stored",
        "memory of the emulator when all of them were listed, beside that after its start",
        ("emulator", "last page"),
        "peak",
        "ratio",
        1.2,
        ("emulator", "start"),
        also="emulator",
    ),
)
