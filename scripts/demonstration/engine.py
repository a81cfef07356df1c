"""The real Pulumi engine on one program, with all that it writes in a folder of the demo's. Knows no Batch."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.demonstration import terminal
from scripts.demonstration.failure import Unexpected

ROOT = Path(__file__).resolve().parents[2]
STACK = "demo"
LIMIT = 300
"""Seconds after which a command of the engine is taken for stuck."""
STOP_SECONDS = 20
"""How long the engine gets to save what it has done when the demo is interrupted."""

# Progress of what is shown again when it is done; what is unchanged, which the last lines count; the stack itself.
_NOISE = re.compile(
    r"""\s*$
      | @\ (previewing\ )?(updat|refresh|destroy)
      | .*\ (creating|updating|deleting|refreshing)\b
      | .*\ refresh(\ \([\d.]+m?s\))?\s*$
      | .*\ pulumi:pulumi:Stack\ \S
      | \s+\S+:index:\S+\ \S+\s+(error:\ .*|\d+\ errors?)?\s*$
      | \s+\S+:index:\S+\ [^\s(]\S*\s*$
      | \s*\[urn=
      | (Previewing|Updating|Refreshing|Destroying)\b
      | Duration:
      | The\ resources\ in\ the\ stack\ have\ been\ deleted
      | If\ you\ want\ to\ remove\ the\ stack\ completely
    """,
    re.VERBOSE,
)
_STATUS = re.compile(r" waiting for .*")


@dataclass(frozen=True)
class Run:
    """What one command did.

    Attributes:
        code: exit code.
        output: all that it printed, without colours.
        events: the engine's own record of it, in order.
    """

    code: int
    output: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def changed(self) -> dict[str, str]:
        """Resource name to `create`, `update`, `delete`, ...: what was planned or done, unchanged ones left out."""
        return {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in self._steps()}

    def paths(self, name: str) -> list[str]:
        """The property paths in which a resource differs."""
        return [
            path
            for step in self._steps()
            if step["urn"].endswith(f"::{name}")
            for path in sorted(step.get("detailedDiff") or {})
        ]

    def _steps(self) -> list[dict[str, Any]]:
        found = [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]
        ours = [step for step in found if not step["type"].startswith("pulumi:")]
        return [step for step in ours if step["op"] not in ("same", "refresh")]


class Engine:
    """Commands on a stack of `program`, a Pulumi.yaml of the repository; `name` tells its files in `folder` apart.

    The file itself is run, and the plugin of the checkout; but by way of links in `folder`, because the CLI writes the
    stack's settings beside a program.

    Raises:
        Unexpected: there is no CLI, or a stack cannot be made.
    """

    def __init__(self, name: str, program: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._pulumi = shutil.which("pulumi")
        if self._pulumi is None:
            raise Unexpected("there is no `pulumi` on PATH. `make demo` finds or builds one.")
        self._folder = folder / name
        self._events = folder / "events.json"
        state = folder / "state"
        for made in (self._folder, state):
            made.mkdir(parents=True, exist_ok=True)
        (self._folder / "Pulumi.yaml").symlink_to(program)
        (self._folder / "provider").symlink_to(ROOT / "provider")
        # No setting of the user's gets in: neither their backend nor, above all, their Batch account.
        theirs = ("AZURE_", "ARM_", "PULUMI_")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(theirs)},
            **environment,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "the demo keeps no secret",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
        }
        made_stack = self._execute(["stack", "init", STACK, "--non-interactive"], show=False)
        if made_stack.code:
            raise Unexpected(f"`pulumi stack init` ended with {made_stack.code}:\n{made_stack.output}")

    def run(self, verb: str, *options: str, fails: bool = False) -> Run:
        """Run `pulumi VERB` and show what it prints, less the noise.

        Raises:
            Unexpected: it fails and should not, or should and does not.
        """
        yes = () if verb == "preview" else ("--yes", "--skip-preview")
        terminal.command(" ".join(("pulumi", verb, *yes[:1], *options)))
        self._events.unlink(missing_ok=True)
        colour = "always" if terminal.COLOURS else "never"
        fixed = ("--stack", STACK, "--non-interactive", "--color", colour, "--event-log", str(self._events))
        done = self._execute([verb, *yes, *options, *fixed], show=True)
        events = [json.loads(line) for line in self._events.read_text().splitlines()] if self._events.exists() else []
        if (done.code != 0) is not fails:
            raise Unexpected(f"`pulumi {verb}` ended with exit code {done.code}. It said:\n{done.output.rstrip()}")
        return Run(done.code, done.output, events)

    def _execute(self, arguments: list[str], show: bool) -> Run:
        lines: list[str] = []
        # A process group of its own, so that Ctrl-C reaches the engine once, from here: a second one would make it drop
        # everything.
        process = subprocess.Popen(
            [str(self._pulumi), *arguments],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        limit = threading.Timer(LIMIT, process.kill)
        limit.start()
        try:
            for line in process.stdout:
                lines.append(terminal.plain(line))
                if show and not _NOISE.match(terminal.plain(_STATUS.sub("", line.rstrip()))):
                    terminal.output(_STATUS.sub("", line.rstrip()))
            process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            raise
        finally:
            limit.cancel()
            process.stdout.close()
        return Run(process.returncode, "".join(lines))
