"""A stack of the real Pulumi engine whose program is a Python function: an inline program of the Automation API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e import key_service

PROJECT = "dynamic"
_KINDS = {"+": "add", "~": "update", "-": "delete"}
LIMIT = 240
"""Seconds after which an operation of the engine is taken for stuck."""
_SECRET_SETTINGS = ("azure-batch:accountKey", "azure-batch:clientSecret")
_TESTS = Path(__file__).resolve().parent
_PROVIDER = _TESTS.parents[1] / "provider"
_PROGRAMS = _TESTS / "dynamic_programs.py"


@dataclass(frozen=True)
class Operation:
    """What one operation of the engine did.

    Attributes:
        output: standard output and error, as a user reads them.
        steps: resource name to what was done or planned with it; a replacement is `replace` only.
        outputs: of the stack, secrets opened.
    """

    ok: bool
    output: str
    steps: dict[str, str]
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, str]:
        return {name: op for name, op in self.steps.items() if op not in ("same", "refresh", "read")}

    def paths(self, name: str) -> dict[str, str]:
        """Top-level property to kind of difference (`add`, `update`, `delete`) of a resource, as a user reads them."""
        shown = re.search(rf"azure-batch:\w+ {re.escape(name)} .*\[diff: ([^\]]*)\]", self.output)
        groups = re.findall(r"([-+~])([\w,]+)", shown[1]) if shown else []
        return {top: _KINDS[sign] for sign, tops in groups for top in tops.rstrip(",").split(",")}

    @property
    def failures(self) -> list[str]:
        """The last line of each traceback, which is the whole message."""
        return re.findall(r"^ *azure_batch_provider\.Failed: (.*)$", self.output, re.MULTILINE)


class OperationFailed(AssertionError):
    """An operation ended in another way than the test expects."""


class DynamicStack:
    """A project with one stack, in a folder of its own.

    Attributes:
        program: name of a function of `dynamic_programs`, or `(file, name)`; may be set anew between operations, and so
            may `arguments`.
    """

    def __init__(
        self,
        folder: Path,
        program: str | tuple[Path, str],
        environment: Mapping[str, str],
        config: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> None:
        self.program = program
        self.arguments = arguments
        self.config = dict(config or {})
        for name in ("home", "backend", "project"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._project = folder / "project"
        self._state = folder / "backend" / ".pulumi" / "stacks" / PROJECT / "dev.json"
        self._pulumi = {
            "PULUMI_HOME": os.environ.get("PULUMI_HOME", str(folder / "home")),
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",  # one run of the CLI less
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "GOGC": "400",  # a command is over before it needs the memory back
            "NO_COLOR": "1",
            **key_service.variables(),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_PROVIDER), os.environ.get("PYTHONPATH", "")])),
        }
        self.environment = dict(environment)
        """The variables that the provider may read."""

    def preview(self, *, ok: bool = True, **options: Any) -> Operation:
        return self.operate("preview", ok=ok, **options)

    def up(self, *, ok: bool = True, **options: Any) -> Operation:
        return self.operate("up", ok=ok, **options)

    def refresh(self, *, ok: bool = True, **options: Any) -> Operation:
        return self.operate("refresh", ok=ok, **options)

    def destroy(self, *, ok: bool = True, **options: Any) -> Operation:
        return self.operate("destroy", ok=ok, **options)

    def operate(self, verb: str, *, ok: bool, **options: Any) -> Operation:
        """Run a verb of `automation.Stack`.

        Raises:
            OperationFailed: it went well and should not have, or the other way round.
        """
        file, function = self.program if isinstance(self.program, tuple) else (_PROGRAMS, self.program)
        order = {
            "project": PROJECT,
            "folder": str(self._project),
            "secrets": key_service.PROVIDER,
            "environment": self._variables,
            "file": str(file),
            "function": function,
            "arguments": self.arguments,
            "config": {name: (value, name in _SECRET_SETTINGS) for name, value in self.config.items()},
            "verb": verb,
            "options": options,
        }
        answer = json.loads(self._run([sys.executable, str(_TESTS / "inline_program.py")], json.dumps(order)))
        done = Operation(**answer)
        if done.ok is not ok:
            raise OperationFailed(done.output)
        return done

    @property
    def _variables(self) -> dict[str, str]:
        """Nothing that whoever runs the tests has set decides anything."""
        foreign = ("AZURE_", "ARM_", "PULUMI_")
        mine = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**mine, **self._pulumi, **self.environment}

    def _run(self, command: list[str], text: str = "") -> str:
        done = subprocess.run(
            command,
            cwd=self._project,
            env=self._variables,
            input=text,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        if done.returncode != 0:
            raise OperationFailed(done.stdout + done.stderr)
        return done.stdout

    def export(self, *options: str) -> str:
        """The state as `pulumi stack export` prints it, which reads the same file; secrets encrypted."""
        if not options:
            stored = json.loads(self._state.read_text())
            return json.dumps({"version": stored["version"], "deployment": stored["checkpoint"]["latest"]}, indent=4)
        return self._run(["pulumi", "stack", "export", "--stack", "dev", *options])

    def resource(self, name: str) -> dict[str, Any]:
        """One resource of the state, secrets encrypted."""
        return self.resources()[name]

    def resources(self, *options: str) -> dict[str, dict[str, Any]]:
        """The resources of the state by name; `options` are those of `export`."""
        found = json.loads(self.export(*options))["deployment"]["resources"]
        return {item["urn"].rsplit("::", 1)[-1]: item for item in found}

    def edit(self, change: Callable[[str], str]) -> None:
        """Rewrite the state."""
        self._run(["pulumi", "stack", "import", "--stack", "dev"], change(self.export()))
