"""`az batch`, unmodified, with an account in its environment, as its documentation has it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.emulator.clients.environments import DIRECT, HERE


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status and what it wrote."""

    status: int
    out: str
    errors: str


class AzureCli:
    """The Azure CLI of an interpreter, with its settings in `home`: `with AzureCli(python, home, **account) as az`."""

    def __init__(self, python: Path, home: Path, **account: str) -> None:
        quiet = {"AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_NO_COLOR": "true"}
        self._process = subprocess.Popen(
            [str(python), str(HERE / "azure_cli" / "az.py")],
            env={**os.environ, **DIRECT, **quiet, "AZURE_CONFIG_DIR": str(home), **account},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> AzureCli:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, *command: str) -> Ended:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(["batch", *command]), file=self._process.stdin, flush=True)
        return Ended(**json.loads(self._process.stdout.readline()))

    def __call__(self, *command: str) -> Any:
        """What a command that must succeed has printed, None for nothing."""
        ended = self.run(*command)
        assert ended.status == 0, ended.errors
        return json.loads(ended.out) if ended.out.strip() else None

    def refused(self, *command: str) -> str:
        """What a command that must fail says."""
        ended = self.run(*command)
        assert ended.status != 0
        return ended.errors
