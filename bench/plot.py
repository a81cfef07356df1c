"""The picture of the results: seconds of `up` over the number of tasks."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

Line = Sequence[tuple[int, Sequence[float]]]
"""Numbers of tasks, each with its seconds."""


def draw(lines: Mapping[str, Line], file: Path) -> None:
    """Write an SVG that is the same for the same figures."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "bench"
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for name, points in lines.items():
        found = sorted((count, statistics.median(seconds)) for count, seconds in points)
        axes.plot(*zip(*found, strict=True), marker="o", label=name, linestyle="--" if "floor" in name else "-")
    axes.set(xscale="log", yscale="log", xlabel="tasks", ylabel="seconds of `pulumi up`")
    for axis, steps in ((axes.xaxis, (1,)), (axes.yaxis, (1, 2, 5))):
        axis.set_major_locator(ticker.LogLocator(subs=steps))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,g}"))
        axis.set_minor_formatter(ticker.NullFormatter())
    axes.grid(True, which="both", alpha=0.2)
    axes.legend()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
