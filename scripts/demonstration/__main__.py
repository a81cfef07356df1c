"""The demo: the stack of the root's Pulumi.yaml, from preview to destroy, on an emulated Batch account.

Every step is checked. The exit code is 0 when all of it went as told, 1 when something did not, 130 after Ctrl-C.
Nothing is left running; what is left to look at is in the scratch folder, which the next demo makes anew.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError

from scripts.demonstration import terminal
from scripts.demonstration.account import Account
from scripts.demonstration.engine import ROOT
from scripts.demonstration.failure import Unexpected
from scripts.demonstration.story import tell


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Show the whole product once.")
    parser.add_argument(
        "--scratch", type=Path, default=ROOT / ".scratch" / "demo", help="folder for all files; it is made again"
    )
    scratch: Path = parser.parse_args().scratch.absolute()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{scratch}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            terminal.failed(f"another demo is running in {scratch}.")
            return 1
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            with Account(scratch) as account:
                tell(account, scratch)
        except Unexpected as error:
            terminal.failed(str(error))
            return 1
        except BrokenPipeError:
            # Whoever read has gone, and what is buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except AzureError as error:
            terminal.failed(f"the other client of the account was refused: {error}")
            return 1
    return 0


def _stop(number: int, frame: Any) -> None:
    """Unwind once: what is running is ended on the way, in bounded time."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    print("\nStopping.", file=sys.stderr, flush=True)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
