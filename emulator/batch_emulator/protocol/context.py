"""Under which conditions a request is read."""

from __future__ import annotations

from dataclasses import dataclass

from batch_emulator.state.switches import Switches


@dataclass(frozen=True)
class Context:
    """Under which api-version and switches a body is read, and shown to a caller who knows the service as `base`."""

    version: str
    switches: Switches
    base: str = ""
