"""Prints docs/ownership.svg: what there is in a Batch account, what is in what, and who owns it.

`make generate` writes the file. A further thing is a line in `ACCOUNT`; where everything stands is computed from it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

Owner = Literal["native", "ours", "service"]

OWNERS: Final[dict[Owner, tuple[str, str]]] = {
    "native": ("azure-native", "by Azure Resource Manager"),
    "ours": ("azure-batch", "this provider, by the endpoint of the account unless it is said otherwise"),
    "service": ("Batch itself", "nothing to declare"),
}
"""What an owner is called, and how it gets at what it owns."""


@dataclass(frozen=True)
class Thing:
    """What is in an account.

    Attributes:
        resources: by which a program declares it, one or the other.
        note: in a few words.
        parts: what is in it.
    """

    name: str
    owner: Owner
    resources: Sequence[str] = ()
    note: str = ""
    parts: Sequence[Thing] = ()


APPLICATION: Final = Thing(
    "Application",
    "native",
    ["Application"],
    parts=[
        Thing(
            "Application package",
            "ours",
            ["ApplicationPackage"],
            "a version and its archive, by Azure Resource Manager",
        )
    ],
)
POOL_OF_NATIVE: Final = Thing(
    "Pool with a managed identity",
    "native",
    ["Pool"],
    "size, image, network, identity",
    parts=[
        Thing("Properties of the pool", "ours", ["PoolProperties"], "start task, metadata, packages"),
        Thing("Nodes", "service", note="a roll-out restarts them"),
    ],
)
POOL: Final = Thing(
    "Pool without an identity",
    "ours",
    ["Pool"],
    "size, image, network, start task, metadata, packages",
    parts=[Thing("Nodes", "service", note="a roll-out restarts them")],
)
SCHEDULE: Final = Thing(
    "Job schedule",
    "ours",
    ["JobSchedule"],
    "makes a job each time that it is due",
    parts=[
        Thing(
            "Jobs of the schedule",
            "service",
            parts=[Thing("Tasks of their job manager", "service")],
        )
    ],
)
JOB: Final = Thing(
    "Job",
    "ours",
    ["Job"],
    "runs in a pool",
    parts=[
        Thing("Task", "ours", ["Task"], "runs on a node of the pool"),
        Thing("Many tasks", "ours", ["TaskCollection"], "ten, or a hundred thousand, as one resource"),
    ],
)
ACCOUNT: Final = (
    Thing("Batch account", "native", ["BatchAccount"]),
    ((APPLICATION, POOL_OF_NATIVE, POOL), (SCHEDULE, JOB)),
)
"""The account, and what is in it by columns."""

WIDTH: Final = 880
GAP: Final = 12
LINE: Final = 20
LETTER: Final = 7.0
"""Width of a letter of a label, generously."""

STYLE: Final = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #1f2328; }
  .name { font-weight: 600; font-size: 14px; }
  .note { fill: #59636e; }
  .label { font-size: 12px; fill: #ffffff; }
  .paper { fill: #ffffff; }
  .box { fill: #ffffff; stroke-width: 1.5; }
  .native { stroke: #0550ae; } .native.label-back { fill: #0550ae; }
  .ours { stroke: #6639a6; } .ours.label-back { fill: #6639a6; }
  .service { stroke: #6e7781; stroke-dasharray: 5 4; } .service.label-back { fill: #59636e; }
  .label-back { stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .paper, .box { fill: #0d1117; }
    .label { fill: #0d1117; }
    .native { stroke: #79c0ff; } .native.label-back { fill: #79c0ff; }
    .ours { stroke: #d2a8ff; } .ours.label-back { fill: #d2a8ff; }
    .service { stroke: #8b949e; } .service.label-back { fill: #9198a1; }
    .label-back { stroke: none; }
  }
""".strip("\n")
"""The background is drawn as well: the picture is read on pages whose colours it cannot know."""


def resources(owner: Owner) -> set[str]:
    """The names of the resources by which something of an owner is declared."""
    account, columns = ACCOUNT
    return {
        name for thing in _all([account, *(part for column in columns for part in column)], owner) for name in thing
    }


def _all(things: Sequence[Thing], owner: Owner) -> Iterator[Sequence[str]]:
    for thing in things:
        if thing.owner == owner:
            yield thing.resources
        yield from _all(thing.parts, owner)


def height(thing: Thing) -> int:
    """Of a box with all that is in it."""
    return GAP + _lines(thing) * LINE + sum(height(part) + GAP for part in thing.parts)


def _lines(thing: Thing) -> int:
    return 2 if thing.note else 1


def box(thing: Thing, x: float, y: float, width: float) -> Iterator[str]:
    """The lines of a box, and those of what is in it."""
    yield f'<rect class="box {thing.owner}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height(thing)}" rx="6"/>'
    yield _text("name", x + GAP, y + LINE, thing.name)
    label = " or ".join(thing.resources) or OWNERS[thing.owner][0]
    yield from _label(thing.owner, label, x + width - GAP, y + LINE)
    if thing.note:
        yield _text("note", x + GAP, y + 2 * LINE, thing.note)
    below = y + _lines(thing) * LINE + GAP
    for part in thing.parts:
        yield from box(part, x + GAP, below, width - 2 * GAP)
        below += height(part) + GAP


def _label(owner: Owner, text: str, right: float, baseline: float) -> Iterator[str]:
    """A label that ends at `right`."""
    width, top = len(text) * LETTER + GAP, baseline - 14
    place = f'x="{right - width:g}" y="{top:g}" width="{width:g}" height="19" rx="9"'
    yield f'<rect class="label-back {owner}" {place}/>'
    yield f'<text class="label" x="{right - width / 2:g}" y="{baseline:g}" text-anchor="middle">{escape(text)}</text>'


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def picture() -> str:
    """The SVG."""
    account, columns = ACCOUNT
    head = GAP + len(OWNERS) * (LINE + 4)
    tallest = max(sum(height(part) + GAP for part in column) for column in columns)
    whole = GAP + LINE + tallest
    widest = max(len(name) for name, _ in OWNERS.values())
    lines: list[str] = []
    for number, (owner, (name, how)) in enumerate(OWNERS.items()):
        baseline = GAP + LINE + number * (LINE + 4)
        lines += _label(owner, name, 2 * GAP + len(name) * LETTER, baseline)
        lines.append(_text("note", 3 * GAP + widest * LETTER, baseline, how))
    top = head + GAP
    lines += [
        f'<rect class="box {account.owner}" x="{GAP}" y="{top}" width="{WIDTH - 2 * GAP}" height="{whole}" rx="6"/>',
        _text("name", 2 * GAP, top + LINE, account.name),
        *_label(account.owner, account.resources[0], WIDTH - 2 * GAP, top + LINE),
    ]
    width = (WIDTH - 2 * GAP - (len(columns) + 1) * GAP) / len(columns)
    for number, column in enumerate(columns):
        x, y = 2 * GAP + number * (width + GAP), top + LINE + GAP
        for part in column:
            lines += box(part, x, y, width)
            y += height(part) + GAP
    total = top + whole + GAP
    what = "What is in an Azure Batch account and who owns it"
    size = f'width="{WIDTH}" height="{total}"'
    root = f'xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {total}" role="img" aria-labelledby="what"'
    frame = f'<rect class="paper" {size} rx="6"/>'
    notice = "<!-- Generated by `make generate` from scripts/ownership_diagram.py: do not edit it. -->"
    title = f'<title id="what">{what}</title>'
    return "\n".join([f"<svg {root}>", notice, title, f"<style>\n{STYLE}\n</style>", frame, *lines, "</svg>\n"])


if __name__ == "__main__":
    sys.stdout.write(picture())
