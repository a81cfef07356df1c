"""Records a release: `python -m tests.upgrade.record 0.1.0`, with `pulumi` on PATH and this version's plugin.

Deploys the program of that folder to an emulator, and keeps the state, with its secrets encrypted by the passphrase of
the tests, and the writes that the service was asked for. A release is recorded once, before it is published; the
recording of an earlier one is never made again by a later version.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.e2e.programs import READS
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.upgrade.recording import Recording, make_pool


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the state that this version leaves.")
    parser.add_argument("release", help="the folder below tests/upgrade that has the program")
    recording = Recording(parser.parse_args().release)
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess() as emulator:
        make_pool(emulator)
        stack = Stack(Path(folder) / "stack", recording.program, emulator.environment())
        # By the passphrase: the keys of the tests' own service end with this process.
        stack.run("stack", "change-secrets-provider", "passphrase", "--stack", "dev")
        stack.up()
        requests = [entry for entry in emulator.requests() if entry["method"] not in READS]
        stack.up("--expect-no-changes")
        recording.keep(stack.export(), emulator.endpoint, requests)


if __name__ == "__main__":
    main()
