"""The ground a long run stands on: an emulator, an account with a pool, and stacks in a folder of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.conftest import POOL
from tests.e2e.packages import Managed, managed_account
from tests.e2e.stack import Stack
from tests.emulator.clients.environments import HAS_NODE
from tests.emulator_process import EmulatorProcess


@dataclass(frozen=True)
class Ground:
    """`emulator` has one pool, `poolId`; it makes application packages where it is `managed` too."""

    emulator: EmulatorProcess
    folder: Path
    managed: Managed | None = None

    def stack(
        self,
        program: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Stack:
        own = self.managed.environment if self.managed is not None else {}
        variables = {**self.emulator.environment(), **own, **(environment or {})}
        return Stack(self.folder / "stack", program, variables, config=config)


@contextmanager
def ground() -> Iterator[Ground]:
    """An account and a folder that are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess() as emulator:
        emulator.post("/pools", POOL)
        yield Ground(emulator, Path(folder))


@contextmanager
def managed_ground() -> Iterator[Ground]:
    """The same with application packages, where the machine has what takes their content."""
    if not HAS_NODE:
        with ground() as plain:
            yield plain
        return
    with tempfile.TemporaryDirectory() as folder, managed_account(Path(folder)) as managed:
        managed.account.post("/pools", POOL)
        yield Ground(managed.account, Path(folder), managed)
