"""The harness of the benchmarks: its table is whole, and its figures are what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import plot, report
from bench.contenders import STEPS, Life, races
from bench.rows import ROWS, Row
from bench.stack import Measured


def seconds(*rounds: float) -> list[Measured]:
    return [Measured(item) for item in rounds]


def row(**other: Any) -> Row:
    given: dict[str, Any] = {"what": "seconds", "figure": "ratio", "goal": 1.5, "beside": ("floor", "up")}
    return Row("tasks", "up", ("Task", "up"), **{**given, **other})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.work)
def test_each_row_has_somebody_who_does_the_work(row: Row) -> None:
    contenders = races()[row.race].contenders
    for name, step in filter(None, (row.ours, row.beside)):
        contender = contenders[name]
        if isinstance(contender, Life) and step is not None:
            assert step in contender.steps
            assert step in STEPS
    assert (row.beside is None) is (row.figure == "alone")


@pytest.mark.parametrize(
    ("figure", "value"), [("ratio", 2.0), ("times faster", 0.5), ("difference", 2.0)], ids=lambda item: str(item)
)
def test_a_figure_is_the_median_of_what_the_rounds_say(figure: Any, value: float) -> None:
    samples = {"Task": {"up": seconds(4, 4, 90)}, "floor": {"up": seconds(2, 2, 10)}}
    assert row(figure=figure).value(samples) == value


def test_of_memory_the_most_counts_and_of_all_steps() -> None:
    samples = {"Task": {"up": [Measured(1, peak=70)], "destroy": [Measured(1, peak=90), Measured(1, peak=80)]}}
    most = Row("tasks", "memory", ("Task", None), "peak", "alone", 85, unit="MB")
    assert report.lines_of(most, samples, {}) == ("memory", "90 MB", "<= 85 MB", "not met")


def test_a_goal_says_whether_it_is_met() -> None:
    samples = {"Task": {"up": seconds(3)}, "floor": {"up": seconds(2)}}
    assert report.lines_of(row(), samples, {})[1:] == ("1.50 x", "<= 1.50 x", "met")
    faster = row(figure="times faster", bound="at least", goal=1)
    assert report.lines_of(faster, samples, {})[1:] == ("0.67 x", ">= 1.00 x", "not met")


def test_what_was_not_measured_says_why() -> None:
    assert report.lines_of(row(), {"Task": {"up": seconds(3)}}, {"floor": "the floor failed"})[1:] == (
        "not measured",
        "<= 1.50 x",
        "the floor failed",
    )


@pytest.mark.long
def test_the_plot_of_the_same_figures_is_the_same(tmp_path: Path) -> None:
    lines = {"a map": [(100, [1.0, 2.0, 9.0]), (10, [1.0])], "the floor": [(10, [0.5]), (100, [0.6])]}
    for name in ("one.svg", "two.svg"):
        plot.draw(lines, tmp_path / name)
    first = (tmp_path / "one.svg").read_text()
    assert first == (tmp_path / "two.svg").read_text()
    assert "a map" in first and "<dc:date>" not in first
