"""As much of the Pulumi engine as a life of dynamic resources needs, in this process, with the program's real
constructors before it and Pulumi's real dynamic provider behind it.

What goes to the provider and comes back passes through Pulumi's own messages: the provider pickled, numbers as floating
point, secrets without their marks on the way there and marked on the way back.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pulumi
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as messages

from azure_batch_provider.dynamic import operation
from azure_batch_provider.engine.wire import SECRET, SIGNATURE
from azure_batch_provider.values.paths import at, steps
from tests.e2e.dynamic_programs import declared
from tests.generated.paths import put, without

_SPEC: Final = importlib.util.find_spec("pulumi.dynamic.__main__")


class OperationFailed(AssertionError):
    """A provider refused what the engine asked."""


@dataclass(frozen=True)
class Operation:
    """What an operation did or planned; see `tests.chain.life.Done`."""

    steps: dict[str, str] = field(default_factory=dict)
    differences: dict[str, dict[str, str]] = field(default_factory=dict)
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def changed(self) -> dict[str, str]:
        return {name: step for name, step in self.steps.items() if step != "same"}

    @property
    def output(self) -> str:
        return self.said.getvalue()

    def paths(self, name: str) -> dict[str, str]:
        """Top-level property to kind of difference, as the engine finds it in the inputs."""
        return self.differences.get(name, {})


@dataclass(frozen=True)
class Recorded:
    """A resource of the state, with secrets marked."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass(frozen=True)
class Declared:
    """A resource of the program, as it is registered."""

    inputs: dict[str, Any]
    ignored: list[str]


class DynamicEngine:
    """A stack with this configuration (`endpoint` and the like)."""

    def __init__(self, config: Mapping[str, str]) -> None:
        self._config = {f"azure-batch:{name}": value for name, value in config.items()}
        self._program: dict[str, Any] = {}
        self._declared: dict[bool, dict[str, Declared]] = {}
        """What the program registers in a preview, and otherwise: the same each time."""
        self._state: dict[str, Recorded] = {}

    def write(self, program: Mapping[str, Any], /) -> None:
        self._program = dict(program)
        self._declared = {}

    def preview(self) -> Operation:
        return self._deploy(preview=True)

    def up(self) -> Operation:
        return self._deploy(preview=False)

    def refresh(self) -> Operation:
        with self._operation() as (done, provider):
            for name, old in self._state.items():
                found = provider.Read(messages.ReadRequest(id=old.id, properties=_sent(old.outputs)), _Context())
                assert found.id == old.id, f"{name} is gone"
                self._state[name] = Recorded(old.id, _received(found.inputs), _received(found.properties))
        return done

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state by name, secrets opened."""
        return {name: {"id": found.id, "inputs": _opened(found.inputs)} for name, found in self._state.items()}

    def _deploy(self, *, preview: bool) -> Operation:
        if preview not in self._declared:
            self._declared[preview] = _registered(self._program, preview)
        program = self._declared[preview]
        with self._operation() as (done, provider):
            for name, found in program.items():
                done.steps[name] = self._step(done, provider, name, found, preview)
            for name in [name for name in self._state if name not in program]:
                done.steps[name] = "delete"
                if not preview:
                    self._delete(provider, name)
        return done

    @contextlib.contextmanager
    def _operation(self) -> Iterator[tuple[Operation, Any]]:
        """A process of the provider serves one operation: what it has remembered of an earlier one is forgotten."""
        operation._operations.clear()
        provider = _dynamic_provider().DynamicResourceProviderServicer()
        provider.Configure(messages.ConfigureRequest(args=_sent(self._config)), _Context())
        done = Operation()
        with contextlib.redirect_stderr(done.said):
            yield done, provider

    def _step(self, done: Operation, provider: Any, name: str, found: Declared, preview: bool) -> str:
        old = self._state.get(name)
        if old is None:
            inputs = _checked(provider, {}, found.inputs)
            if not preview:
                self._create(provider, name, inputs)
            return "create"
        inputs = _checked(provider, old.inputs, _reset(found, old))
        olds, news = _sent(old.outputs), _sent(inputs)
        plan = provider.Diff(messages.DiffRequest(id=old.id, olds=olds, news=news), _Context())
        if plan.changes == messages.DiffResponse.DIFF_NONE:
            self._state[name] = Recorded(old.id, inputs, old.outputs)
            return "same"
        assert plan.changes == messages.DiffResponse.DIFF_SOME
        done.differences[name] = _differences(old.inputs, inputs)
        if preview:
            pass
        elif not plan.replaces:
            answer = provider.Update(messages.UpdateRequest(id=old.id, olds=olds, news=news), _Context())
            self._state[name] = Recorded(old.id, inputs, _received(answer.properties))
        else:
            assert plan.deleteBeforeReplace, f"{name} would be made while the old one is there"
            anew = _checked(provider, {}, found.inputs)
            self._delete(provider, name)
            self._create(provider, name, anew)
        return "replace" if plan.replaces else "update"

    def _create(self, provider: Any, name: str, inputs: dict[str, Any]) -> None:
        made = provider.Create(messages.CreateRequest(properties=_sent(inputs)), _Context())
        self._state[name] = Recorded(made.id, inputs, _received(made.properties))

    def _delete(self, provider: Any, name: str) -> None:
        old = self._state.pop(name)
        provider.Delete(messages.DeleteRequest(id=old.id, properties=_sent(old.outputs)), _Context())


class _Context:
    """Of a call of gRPC, as far as the provider uses it."""

    def abort(self, code: Any, text: str) -> NoReturn:
        raise OperationFailed(text)


class _Recorder(pulumi.runtime.Mocks):
    """Takes down what a program registers."""

    def __init__(self) -> None:
        self.registered: dict[str, Any] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered[args.name] = args.inputs
        return f"id of {args.name}", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


def _registered(program: Mapping[str, Any], preview: bool) -> dict[str, Declared]:
    recorder = _Recorder()
    with warnings.catch_warnings():
        # Pulumi makes futures before there is a loop, and lets asyncio make one: Python 3.12 warns of that.
        warnings.filterwarnings("ignore", "There is no current event loop", DeprecationWarning)
        pulumi.runtime.set_mocks(recorder, project="project", stack="stack", preview=preview)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        declared(dict(program))

    run()
    ignored = {name: found.get("options", {}).get("ignoreChanges", []) for name, found in program.items()}
    return {name: Declared(recorder.registered[name], ignored[name]) for name in program}


def _dynamic_provider() -> types.ModuleType:
    """The program that Pulumi runs as the process of a dynamic provider, without its last line, which starts it."""
    assert _SPEC is not None and _SPEC.origin is not None
    module = importlib.util.module_from_spec(_SPEC)
    tree = ast.parse(Path(_SPEC.origin).read_text())
    assert ast.unparse(tree.body.pop()) == "main()"
    exec(compile(tree, _SPEC.origin, "exec"), module.__dict__)
    return module


def _checked(provider: Any, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    answer = provider.Check(messages.CheckRequest(olds=_sent(olds), news=_sent(news)), _Context())
    if answer.failures:
        raise OperationFailed("\n".join(failure.reason for failure in answer.failures))
    return _received(answer.inputs)


def _reset(found: Declared, old: Recorded) -> dict[str, Any]:
    """What is declared, with what is to be ignored as it was."""
    inputs: Any = found.inputs
    for path in map(steps, found.ignored):
        before = at(old.inputs, path)
        inputs = without(inputs, path) if before is None else put(inputs, path, before)
    return dict(inputs)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Secrets are not shown, so one looks like another."""
    before, after = _masked(old), _masked(new)
    names = [name for name in {**before, **after} if not name.startswith("__")]
    return {
        name: "add" if name not in before else "delete" if name not in after else "update"
        for name in names
        if before.get(name) != after.get(name)
    }


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "[secret]" if SIGNATURE in value else {name: _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _opened(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return _opened(value["value"])
        return {name: _opened(item) for name, item in value.items()}
    return [_opened(item) for item in value] if isinstance(value, list) else value


def _sent(values: Mapping[str, Any]) -> Struct:
    """As it goes to a provider that takes no secrets."""
    message = Struct()
    message.update(_opened(values))
    return message


def _received(message: Struct) -> dict[str, Any]:
    return MessageToDict(message)
