"""An emulator that goes on when the command that started it has ended: `eval "$(azure-batch-emulator --background)"`.

As ssh-agent does, the command prints what a shell evaluates, the process id among it, and ends when the emulator is
ready. What the emulator says later goes into a log file, so that no pipe of the shell stays open.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PID = "AZURE_BATCH_EMULATOR_PID"


class BackgroundError(Exception):
    """The emulator did not start; the text is what it said."""


def start(options: Sequence[str]) -> tuple[list[str], Path]:
    """Start an emulator with these options of the command line; returns when it is ready.

    Returns:
        The lines that a shell evaluates, and the file that has what the emulator says on standard error.

    Raises:
        BackgroundError: it ended instead.
    """
    handle, name = tempfile.mkstemp(prefix="azure-batch-emulator-", suffix=".log")
    log = Path(name)
    with os.fdopen(handle, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "batch_emulator", *options, "--export"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as lines:
        said = []
        for line in lines:
            said.append(line.rstrip("\n"))
            # The last of them.
            if line.startswith("export AZURE_BATCH_ACCESS_KEY="):
                return [*said, f"export {PID}={process.pid}"], log
    process.wait()
    text = log.read_text(encoding="utf-8")
    log.unlink()
    raise BackgroundError(text.strip())
