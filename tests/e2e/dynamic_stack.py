"""A stack of the real Pulumi engine whose program is a Python function."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e import copies
from tests.e2e.stack import PROVIDER, Run, Stack

PROJECT = "dynamic"
_KINDS = {"+": "add", "~": "update", "-": "delete"}
_SECRET_SETTINGS = ("azure-batch:accountKey", "azure-batch:clientSecret")
_PROGRAMS = Path(__file__).with_name("dynamic_programs.py")


@dataclass(frozen=True)
class Operation(Run):
    """What one operation of the engine did.

    Attributes:
        outputs: of the stack, secrets encrypted.
    """

    outputs: dict[str, Any] = field(default_factory=dict)

    def paths(self, name: str) -> dict[str, str]:
        """Top-level property to kind of difference (`add`, `update`, `delete`) of a resource, as a user reads them."""
        shown = re.search(rf"azure-batch:\w+ {re.escape(name)} .*\[diff: ([^\]]*)\]", self.output)
        groups = re.findall(r"([-+~])([\w,]+)", shown[1]) if shown else []
        return {top: _KINDS[sign] for sign, tops in groups for top in tops.rstrip(",").split(",")}

    @property
    def failures(self) -> list[str]:
        """The last line of each traceback, which is the whole message."""
        return re.findall(r"^ *azure_batch_provider\.Failed: (.*)$", self.output, re.MULTILINE)


class DynamicStack:
    """A project with one stack, in a folder of its own.

    The engine attaches to Pulumi's plugin for dynamic providers, or with `attach` False starts it by itself.

    Attributes:
        program: name of a function of `dynamic_programs`, or `(file, name)`; may be set anew between operations, and so
            may `arguments`.
        environment: the variables that the provider may read.
    """

    def __init__(
        self,
        folder: Path,
        program: str | tuple[Path, str],
        environment: Mapping[str, str],
        config: Mapping[str, str] | None = None,
        *,
        attach: bool = True,
        **arguments: Any,
    ) -> None:
        self._attach = attach
        self.program = program
        self.arguments = arguments
        self.environment = dict(environment)
        self._stack = Stack(folder / "project", {"name": PROJECT, "resources": {}}, {}, attach=False)
        plugins = {"providers": [{"name": "azure-batch", "path": str(PROVIDER)}]}
        project = {"name": PROJECT, "runtime": "python", "plugins": plugins}
        self._stack.write_file(json.dumps(project))
        self._own = {**self._stack.environment, "PULUMI_PYTHON_CMD": sys.executable, "PYTHONPATH": str(PROVIDER)}
        if config:
            values = [
                word
                for name, value in config.items()
                for word in ("--secret" if name in _SECRET_SETTINGS else "--plaintext", f"{name}={value}")
            ]
            self._stack.run("config", "set-all", "--stack", "dev", *values)

    def preview(self, *options: str, ok: bool = True) -> Operation:
        return self.operate("preview", *options, ok=ok)

    def up(self, *options: str, ok: bool = True) -> Operation:
        return self.operate("up", *options, ok=ok)

    def refresh(self, *options: str, ok: bool = True) -> Operation:
        return self.operate("refresh", *options, ok=ok)

    def destroy(self, *options: str, ok: bool = True) -> Operation:
        return self.operate("destroy", *options, ok=ok)

    def operate(self, verb: str, *options: str, ok: bool) -> Operation:
        """Run an operation of the engine, which must end well or, with `ok` False, must not.

        Raises:
            CommandFailed: it is the other way round.
        """
        file, function = self.program if isinstance(self.program, tuple) else (_PROGRAMS, self.program)
        folder, environment = self._stack.folder, {**self._own, **self.environment}
        errors = folder / "errors"
        with ExitStack() as running:
            port = running.enter_context(copies.program(environment, folder, file, function, self.arguments))
            inline = ("--client", f"127.0.0.1:{port}", "--exec-kind", "auto.inline")
            self._stack.environment = environment
            if self._attach:
                port = running.enter_context(copies.dynamic_provider(environment, folder, errors))
                self._stack.environment = {**environment, "PULUMI_DEBUG_PROVIDERS": f"pulumi-python:{port}"}
            done = self._stack.operate(verb, *inline, *options, expect=0 if ok else None)
        said = errors.read_text() if self._attach else ""
        return Operation(done.command, done.code, done.output + said, done.events, self._outputs())

    def _outputs(self) -> dict[str, Any]:
        found = self._stack.export()["deployment"].get("resources", [])
        return next((item.get("outputs", {}) for item in found if item["type"] == "pulumi:pulumi:Stack"), {})

    def export(self, *options: str) -> str:
        """The state as `pulumi stack export` prints it; secrets encrypted."""
        return json.dumps(self._stack.export(*options), indent=4)

    def resource(self, name: str) -> dict[str, Any]:
        """One resource of the state, secrets encrypted."""
        return self.resources()[name]

    def resources(self, *options: str) -> dict[str, dict[str, Any]]:
        """The resources of the state by name; `options` are those of `export`."""
        found = self._stack.export(*options)["deployment"]["resources"]
        return {item["urn"].rsplit("::", 1)[-1]: item for item in found}

    def edit(self, change: Callable[[str], str]) -> None:
        """Rewrite the state."""
        self._stack.run("stack", "import", "--stack", "dev", input=change(self.export()))
