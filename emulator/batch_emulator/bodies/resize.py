"""The bodies of what changes the size of a pool. REST pages: "Pool - Resize", "Pool - Remove Nodes"."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.common import Word
from batch_emulator.bodies.node import OPTIONS
from batch_emulator.bodies.pool import SHORTEST_RESIZE
from batch_emulator.bodies.shapes import Array, Duration, Enum, Integer, Prop, Shape, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import missing_property

MOST_NODES = 100
_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")
_COMMON = (
    Prop("resizeTimeout", Duration(SHORTEST_RESIZE)),
    Prop("nodeDeallocationOption", Enum(*OPTIONS), default="requeue"),
)


def _some_target(sent: dict[str, Any], path: str, context: Context) -> None:
    if not any(name in sent for name in _TARGETS):
        raise missing_property(at(path, _TARGETS[0]))


Resize = Shape((*(Prop(name, Integer(0)) for name in _TARGETS), *_COMMON), rules=(_some_target,))
RemoveNodes = Shape((Prop("nodeList", Array(Word, 1, MOST_NODES), required=True), *_COMMON))
