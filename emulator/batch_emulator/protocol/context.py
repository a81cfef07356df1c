"""Under which conditions a request is read."""

from __future__ import annotations

from dataclasses import dataclass

from batch_emulator.state.switches import Switches


@dataclass(frozen=True)
class Context:
    """Under which api-version and switches a body is read."""

    version: str
    switches: Switches
