"""How far a roll-out to the nodes of a pool is, as a state remembers it, and what that says of a node.

Knows nodes as the service shows them, and no requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from azure_batch_provider.values.instants import parse_instant

SINCE: Final = "rolloutSince"
"""In what a state remembers: when the pool was written. Nodes that booted before run what it had until then."""
ASKED: Final = "rolloutAsked"
"""In what a state remembers: by node, when it had booted before it was told to restart."""
READY: Final = ("idle", "running")
FAILED: Final = ("starttaskfailed", "unusable")
PASSED_OVER: Final = ("deallocated", "deallocating", "preempted", "leavingpool", "offline", "unknown", "upgradingos")


@dataclass
class Progress:
    """How far a roll-out is.

    Attributes:
        since: when the pool was written.
        asked: by node, the time of its boot before it was told to restart, "" for none.
    """

    since: datetime
    asked: dict[str, str] = field(default_factory=dict)

    @classmethod
    def remembered(cls, private: Mapping[str, Any]) -> Progress | None:
        """That of a roll-out that was begun; None where there was none."""
        since = parse_instant(str(private.get(SINCE)))
        return None if since is None else cls(since, dict(private.get(ASKED) or {}))

    def to_remember(self) -> dict[str, Any]:
        return {SINCE: self.since.isoformat(), ASKED: self.asked}

    def is_stale(self, node: Mapping[str, Any]) -> bool:
        """Whether a node runs what the pool had before."""
        moments = [parse_instant(str(node.get(name))) for name in ("lastBootTime", "allocationTime")]
        return not any(moment is not None and moment > self.since for moment in moments)

    def is_restarting(self, node: Mapping[str, Any]) -> bool:
        """Whether it was told to restart and is not back yet. A node stays idle for a moment before it reboots."""
        before = self.asked.get(str(node["id"]))
        if before is None:
            return False
        return node.get("state") not in (*READY, *FAILED, *PASSED_OVER) or booted(node) == before


def booted(node: Mapping[str, Any]) -> str:
    return str(node.get("lastBootTime") or "")


def without_progress(private: Mapping[str, Any]) -> dict[str, Any]:
    """What is remembered, as of nothing that is under way."""
    return {name: value for name, value in private.items() if name not in (SINCE, ASKED)}
