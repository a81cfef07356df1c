"""The steps of the demo so far, and what each of them asked of the service."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scripts.demonstration import terminal
from scripts.demonstration.account import Account, Request

Program = dict[str, dict[str, Any]]
"""The `resources:` of a YAML program."""


class Story:
    """The steps so far, and what each of them asked of the service."""

    def __init__(self, account: Account, scratch: Path) -> None:
        self.account = account
        self.scratch = scratch
        self.sent: list[tuple[str, list[Request]]] = []
        self.steps = 0

    def step(self, title: str, *why: str) -> None:
        self.steps += 1
        terminal.heading(self.steps, title)
        for line in why:
            terminal.why(line)

    def note(self, name: str, *, only_writes: bool = False) -> list[Request]:
        """Put down what was sent in this step, and return its writes. Of the demo's own steps only these count."""
        requests = [request for request in self.account.requests() if request.is_write or not only_writes]
        self.sent.append((name, requests))
        return [request for request in requests if request.is_write]

    def forget(self) -> None:
        """Leave out what the demo itself looked at."""
        self.account.requests()

    def reads(self) -> int:
        """How many reads the last step took."""
        return sum(not request.is_write for request in self.sent[-1][1])


def short(text: str) -> str:
    """`text` with as much of the ids of nodes as tells them apart."""
    return re.sub(r"(tvmps_\w{6})\w+", r"\1...", text)
