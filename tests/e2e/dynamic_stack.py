"""A stack of the real Pulumi engine whose program is a Python function: an inline program of the Automation API."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation

PROJECT = "dynamic"
SECRET_CONFIG = ("azure-batch:accountKey", "azure-batch:clientSecret")
_PROVIDER = Path(__file__).resolve().parents[2] / "provider"


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

    @property
    def last_lines(self) -> list[str]:
        """The last line of each traceback, which is the message."""
        return re.findall(r"^ *(azure_batch_provider\.Failed: .*)$", self.output, re.MULTILINE)


class OperationFailed(AssertionError):
    """An operation ended in another way than the test expects."""


class DynamicStack:
    """A project with one stack, in a folder of its own; `program` may be set anew between operations."""

    def __init__(
        self, folder: Path, program: Callable[[], None], environment: Mapping[str, str], config: Mapping[str, str]
    ) -> None:
        self.program = program
        for name in ("home", "backend", "project"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        # The settings of whoever runs the tests must not decide anything, and the engine adds to what is in os.environ.
        inherited = [name for name in os.environ if name.startswith(("AZURE_", "ARM_"))]
        self.environment = {
            **dict.fromkeys(inherited, ""),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(_PROVIDER), os.environ.get("PYTHONPATH", "")]),
            "NO_COLOR": "1",
            **environment,
        }
        self._stack = automation.create_stack(
            "dev",
            project_name=PROJECT,
            program=lambda: self.program(),
            opts=automation.LocalWorkspaceOptions(work_dir=str(folder / "project"), env_vars=self.environment),
        )
        self.configure(config)

    def configure(self, config: Mapping[str, str]) -> None:
        """Set values of the stack's configuration; those that are secret by nature as secrets."""
        for name, value in config.items():
            self._stack.set_config(name, automation.ConfigValue(value, secret=name in SECRET_CONFIG))

    def preview(self, *, ok: bool = True) -> Operation:
        return self._run(lambda **listeners: self._stack.preview(diff=True, color="never", **listeners), ok)

    def up(self, *, ok: bool = True, **options: Any) -> Operation:
        return self._run(lambda **listeners: self._stack.up(color="never", **options, **listeners), ok)

    def refresh(self, *, ok: bool = True) -> Operation:
        return self._run(lambda **listeners: self._stack.refresh(color="never", diff=True, **listeners), ok)

    def destroy(self, *, ok: bool = True) -> Operation:
        return self._run(lambda **listeners: self._stack.destroy(color="never", **listeners), ok)

    def _run(self, operate: Callable[..., Any], ok: bool) -> Operation:
        lines: list[str] = []
        events: list[automation.EngineEvent] = []
        outputs: dict[str, Any] = {}
        failure = ""
        try:
            result = operate(on_output=lines.append, on_event=events.append)
            if isinstance(result, automation.UpResult):
                outputs = {name: output.value for name, output in result.outputs.items()}
        except automation.CommandError as error:
            failure = str(error)
        output = "\n".join([*lines, failure])
        if ok is bool(failure):
            raise OperationFailed(output)
        return Operation(not failure, output, _steps(events), outputs)

    def export(self) -> str:
        """The state as `pulumi stack export` prints it, secrets encrypted."""
        workspace = self._stack.workspace
        done = workspace.pulumi_command.run(
            ["stack", "export", "--stack", "dev"], str(workspace.work_dir), dict(self.environment)
        )
        return str(done.stdout)

    def resource(self, name: str) -> dict[str, Any]:
        """One resource of the state, secrets encrypted."""
        resources: list[dict[str, Any]] = json.loads(self.export())["deployment"]["resources"]
        return next(item for item in resources if item["urn"].endswith(f"::{name}"))

    def forget(self) -> None:
        """Remove the stack, with whatever its state still has."""
        self._stack.workspace.remove_stack("dev", force=True)


def _steps(events: list[automation.EngineEvent]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        step = event.resource_pre_event or event.res_outputs_event
        if step is None or step.metadata.type.startswith("pulumi:"):
            continue
        name = step.metadata.urn.rsplit("::", 1)[-1]
        op = getattr(step.metadata.op, "value", step.metadata.op)
        if found.get(name) != "replace":
            found[name] = op
    return found
