"""Records a release: `python -m tests.upgrade.record 0.1.0`, with `pulumi` on PATH and this version's plugin.

Deploys the program of that folder to an emulator, and keeps the state, with its secrets encrypted by the passphrase of
the tests, and the writes that the service was asked for. A release is recorded once, before it is published; the
recording of an earlier one is never made again by a later version.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.packages import CONFIG, Managed, managed_account
from tests.e2e.programs import READS
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.upgrade.packages import BEGIN, travels
from tests.upgrade.recording import Recording, make_pool


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the state that this version leaves.")
    parser.add_argument("release", help="the folder below tests/upgrade that has the program")
    recording = Recording(parser.parse_args().release)
    with tempfile.TemporaryDirectory() as folder, _account(recording, Path(folder)) as (emulator, managed):
        make_pool(emulator)
        if managed is not None:
            travels(emulator, BEGIN)
        environment = emulator.environment() if managed is None else managed.environment
        config = {} if managed is None else CONFIG
        stack = Stack(Path(folder) / "stack", recording.program, environment, config=config)
        # By the passphrase: the keys of the tests' own service end with this process.
        stack.run("stack", "change-secrets-provider", "passphrase", "--stack", "dev")
        stack.up()
        requests = [entry for entry in emulator.requests() if entry["method"] not in READS]
        stack.up("--expect-no-changes")
        recording.keep(stack.export(), emulator.endpoint, requests, managed)


@contextmanager
def _account(recording: Recording, folder: Path) -> Iterator[tuple[EmulatorProcess, Managed | None]]:
    """One that makes application packages, for a program that has some."""
    if recording.has_packages:
        with managed_account(folder) as managed:
            yield managed.account, managed
    else:
        with EmulatorProcess() as emulator:
            yield emulator, None


if __name__ == "__main__":
    main()
