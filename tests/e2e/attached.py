"""Plugins that run already, for engines to attach to: starting Python is most of what a short command costs.

Each has the environment that an engine would have handed down, so that a program finds its account either way.
"""

from __future__ import annotations

import atexit
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

EXECUTABLE = Path(__file__).resolve().parents[2] / "provider" / "pulumi-resource-azure-batch"
KEPT = 3
"""As many run at a time; the one that was not used for longest makes room."""
_OF_A_COMMAND = ("PULUMI_", "PYTEST_")
"""What the names of variables begin with that differ from command to command, and that the plugin does not read."""


class AttachedPlugin:
    """A plugin that waits for engines at `port`. It ends with the process that made it, at the latest."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # Not one file for both: they would share the place at which is read and written.
        with tempfile.NamedTemporaryFile() as errors:
            self._errors = Path(errors.name).open("rb")  # noqa: SIM115 closed by stop
            self._process = subprocess.Popen(
                [EXECUTABLE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment
            )
        assert self._process.stdout is not None
        self.port = self._process.stdout.readline().decode().strip()
        if not self.port:
            raise RuntimeError(f"the plugin did not start: {self.said()}")

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        """What it has written to standard error since this was asked last; an engine shows it to the user."""
        return self._errors.read().decode(errors="replace")

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate()
        self._errors.close()


_plugins: dict[frozenset[tuple[str, str]], AttachedPlugin] = {}
_lock = threading.Lock()


def plugin_in(environment: Mapping[str, str]) -> AttachedPlugin:
    """The plugin that has this environment, started when there is none."""
    own = {name: value for name, value in environment.items() if not name.startswith(_OF_A_COMMAND)}
    key = frozenset(own.items())
    with _lock:
        found = _plugins.pop(key, None)
        if found is None or not found.runs:
            found = AttachedPlugin(own)
        _plugins[key] = found
        if len(_plugins) > KEPT:
            _plugins.pop(next(iter(_plugins))).stop()
    return found


@atexit.register
def _stop_all() -> None:
    while _plugins:
        _plugins.popitem()[1].stop()
