"""The ground a long run stands on: an emulator, an account with a pool, and stacks in a folder of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.conftest import POOL
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess


@dataclass(frozen=True)
class Ground:
    """`emulator` has one pool, `poolId`."""

    emulator: EmulatorProcess
    folder: Path

    def stack(
        self,
        program: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Stack:
        variables = {**self.emulator.environment(), **(environment or {})}
        return Stack(self.folder / "stack", program, variables, config=config)


@contextmanager
def ground() -> Iterator[Ground]:
    """An account and a folder that are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess() as emulator:
        emulator.post("/pools", POOL)
        yield Ground(emulator, Path(folder))
