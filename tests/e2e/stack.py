"""A stack of the real Pulumi engine: a YAML program in a folder, the CLI, a file backend, the plugin as a process.

The engine attaches to a plugin that runs already, unless a test is about the plugin's process itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.e2e import key_service
from tests.e2e.attached import plugin_in

REPOSITORY = Path(__file__).resolve().parents[2]
PROVIDER = REPOSITORY / "provider"
LIMIT = 240
"""Seconds after which a command of the engine is taken for stuck."""
FILES = ("Pulumi.yaml", "Main.yaml")
"""What a user writes: the project, and the program."""
OPERATIONS = ("up", "preview", "refresh", "destroy", "import")
"""The commands that call a provider."""


@dataclass(frozen=True)
class Run:
    """What one command of the CLI did.

    Attributes:
        code: exit code.
        output: standard output and error together, as a user reads them.
        events: the engine's events, in order.
    """

    command: str
    code: int
    output: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def steps(self) -> dict[str, str]:
        """Resource name to what was planned or done (`same`, `create`, `update`, `replace`, `delete`, ...)."""
        found: dict[str, str] = {}
        for name, step in self._steps:
            if found.get(name) != "replace":  # the engine tells the parts of a replacement too
                found[name] = step["op"]
        return found

    @property
    def changed(self) -> dict[str, str]:
        """The steps that are no `same` and no `refresh`."""
        return {name: op for name, op in self.steps.items() if op not in ("same", "refresh", "read")}

    def paths(self, name: str) -> dict[str, str]:
        """Property path to kind of difference (`update`, `add-replace`, ...) of a resource's detailed diff."""
        found = self._differing.get(name, [])
        # The read before an `up` tells what it found as well, as a change in the other direction.
        planned = [step for step in found if step["op"] != "refresh"] or found
        return {path: diff["diffKind"] for path, diff in planned[0]["detailedDiff"].items()} if planned else {}

    @property
    def diagnostics(self) -> str:
        """All that the engine and the provider said to the user."""
        return "\n".join(e["diagnosticEvent"]["message"] for e in self.events if "diagnosticEvent" in e)

    @cached_property
    def _steps(self) -> list[tuple[str, dict[str, Any]]]:
        """Resource name and what was planned or done with it, in the order in which it came."""
        kinds = ("resourcePreEvent", "resOutputsEvent")
        metadata = [event[kind]["metadata"] for event in self.events for kind in kinds if kind in event]
        return [(step["urn"].rsplit("::", 1)[-1], step) for step in metadata if not step["type"].startswith("pulumi:")]

    @cached_property
    def _differing(self) -> dict[str, list[dict[str, Any]]]:
        """The steps that say where a resource differs, by its name."""
        found: dict[str, list[dict[str, Any]]] = {}
        for name, step in self._steps:
            if step.get("detailedDiff"):
                found.setdefault(name, []).append(step)
        return found


class CommandFailed(AssertionError):
    """A command of the CLI ended in another way than the test expects."""


_empty: dict[str, dict[Path, bytes]] = {}
"""The files of a stack that has nothing in it yet, by the name of its project."""


class Stack:
    """A project with one stack in a folder of its own.

    `program` is the `resources:` of a YAML program, or a whole program when it has that key; with `attach` False each
    command of the engine starts plugins of its own.
    """

    def __init__(
        self,
        folder: Path,
        program: Mapping[str, Any],
        environment: Mapping[str, str],
        *,
        config: Mapping[str, Any] | None = None,
        attach: bool = True,
    ) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.attach = attach
        backend = folder / "backend"
        backend.mkdir(exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ARM_", "PULUMI_"))},
            "PULUMI_HOME": os.environ.get("PULUMI_HOME", str(folder / "home")),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            "GOGC": "off",  # a command is over before it needs the memory back
            "GOMEMLIMIT": "1GiB",
            "NO_COLOR": "1",
            **key_service.variables(),
            **environment,
        }
        # Where it cannot keep logs of its own, which nobody reads here, the CLI does without them.
        home = Path(self.environment["PULUMI_HOME"])
        if home.is_relative_to(folder):
            home.mkdir(exist_ok=True)
            (home / "logs").touch()
        self.config = dict(config or {})
        self.write(program)
        self._init()

    def _init(self) -> None:
        """Make the stack: from a copy of an empty one, which is the same for each project of a name."""
        if self.project not in _empty:
            self.run("stack", "init", "dev", "--secrets-provider", key_service.PROVIDER)
            _empty[self.project] = {
                file.relative_to(self.folder): file.read_bytes()
                for file in (self.folder / "Pulumi.dev.yaml", *(self.folder / "backend").rglob("*"))
                if file.is_file()
            }
        for path, content in _empty[self.project].items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def write(self, program: Mapping[str, Any]) -> None:
        """Make this the program from now on."""
        whole = dict(program) if "resources" in program else {"resources": dict(program)}
        # What is in a file of its own, the engine does not check as a part of the project several times a command.
        main = {part: whole.pop(part) for part in ("variables", "resources", "outputs") if part in whole}
        project = {
            "name": "e2e",
            "runtime": "yaml",
            "plugins": {"providers": [{"name": "azure-batch", "path": str(PROVIDER)}]},
            **({"config": self.config} if self.config else {}),
            **whole,
        }
        self.project = str(project["name"])
        # JSON is YAML, and has no second way to read `on` or `1e3`.
        for name, content in zip(FILES, (project, main), strict=True):
            (self.folder / name).write_text(json.dumps(content, indent=2))

    def write_file(self, project: str) -> None:
        """Make this file, as it is, the project and its program from now on."""
        file, program = (self.folder / name for name in FILES)
        file.write_text(project)
        program.unlink(missing_ok=True)

    def run(self, *arguments: str, expect: int | None = 0, input: str | None = None) -> Run:
        """Run `pulumi ARGUMENTS` and return what it did; `expect` is the exit code it must have, None for any error."""
        command = ["pulumi", *arguments]
        environment = self.environment
        plugin = plugin_in(environment) if self.attach and arguments[0] in OPERATIONS else None
        if plugin is not None:
            environment = {**environment, "PULUMI_DEBUG_PROVIDERS": f"azure-batch:{plugin.port}"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            input=input,
            stdin=None if input is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
        )
        said = plugin.said() if plugin is not None else ""
        run = Run(" ".join(command), done.returncode, done.stdout + said)
        if (done.returncode == 0) if expect is None else (done.returncode != expect):
            raise CommandFailed(f"{run.command}: exit code {run.code}\n{run.output}")
        return run

    def operate(self, verb: str, *options: str, expect: int | None = 0) -> Run:
        """Run an operation of the engine and collect its events."""
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "events"
            yes = () if verb == "preview" else ("--yes",)
            skip = (
                ("--skip-preview",) if verb in ("up", "refresh", "destroy") and "--skip-preview" not in options else ()
            )
            arguments = (verb, "--stack", "dev", "--non-interactive", *yes, *skip, "--event-log", str(log), *options)
            done = self.run(*arguments, expect=expect)
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Run(done.command, done.code, done.output, events)

    def up(self, *options: str, expect: int | None = 0) -> Run:
        return self.operate("up", *options, expect=expect)

    def preview(self, *options: str, expect: int | None = 0) -> Run:
        return self.operate("preview", "--diff", *options, expect=expect)

    def refresh(self, *options: str, expect: int | None = 0) -> Run:
        return self.operate("refresh", *options, expect=expect)

    def destroy(self, *options: str, expect: int | None = 0) -> Run:
        return self.operate("destroy", *options, expect=expect)

    def imports(self, type: str, name: str, id: str, *options: str, expect: int | None = 0) -> Run:
        """`pulumi import`, without the protection that it would put on the resource."""
        fixed = ("--stack", "dev", "--yes", "--skip-preview", "--protect=false")
        return self.run("import", type, name, id, *fixed, *options, expect=expect)

    def export(self, *options: str) -> dict[str, Any]:
        """The state, as `pulumi stack export` prints it, which reads the same file."""
        if not options:
            file = self.folder / "backend" / ".pulumi" / "stacks" / self.project / "dev.json"
            stored = json.loads(file.read_text())
            return {"version": stored["version"], "deployment": stored["checkpoint"]["latest"]}
        text = self.run("stack", "export", "--stack", "dev", *options).output
        state: dict[str, Any] = json.loads(text)
        return state

    def resource(self, name: str) -> dict[str, Any]:
        """One resource of the state."""
        return self.resources()[name]

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name; of a replacement the new one, which comes first."""
        found: Sequence[dict[str, Any]] = self.export()["deployment"]["resources"]
        return {item["urn"].rsplit("::", 1)[-1]: item for item in reversed(found)}
