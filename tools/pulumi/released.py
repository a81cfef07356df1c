"""Installs the released Pulumi CLI, with all its language hosts, by Pulumi's own installer, and keeps it.

A few seconds where the installer's host can be reached; where it cannot, the answer comes at once, and somebody else
builds a CLI. Like a build, an installation appears under its name in one step.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import golang
from gobuild import alone

# Seconds for the whole download: some 200 MB.
LONGEST = 600

# The SDK's own way to install a CLI. In a process of its own, since it runs a script that downloads.
_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


def cli(version: str) -> Path | None:
    """The folder of the released CLI, installed now if it was not before; None where it cannot be had."""
    machine = os.uname()
    # A home folder may be shared by machines of several kinds.
    finished = golang.cache() / f"pulumi-{version}-released-{machine.sysname}-{machine.machine}".lower()
    if not finished.is_dir():
        try:
            finished.parent.mkdir(parents=True, exist_ok=True)
            with alone(finished.with_name(f"{finished.name}.lock"), f"Pulumi {version}"):
                if not finished.is_dir() and not _install(version, finished):
                    return None
        except OSError:
            return None  # who builds says what is wrong with the folder
    return finished / "bin"


def _install(version: str, finished: Path) -> bool:
    partial = finished.with_name(f"{finished.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # whoever holds the lock is alone
    process = subprocess.Popen(
        [sys.executable, "-c", _INSTALL, str(partial), version],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, errors = process.communicate(timeout=LONGEST)
    except BaseException as error:
        # The script that downloads goes with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        errors = f"it took longer than {LONGEST} seconds"
    if process.returncode != 0:
        reason = errors.strip().rpartition("\n")[2] or "it does not say why"
        shutil.rmtree(partial, ignore_errors=True)
        print(f"Pulumi's own installer cannot be used here: {reason}", file=sys.stderr)
        return False
    partial.rename(finished)
    print(f"Installed Pulumi {version}: {finished / 'bin'}", file=sys.stderr)
    return True
