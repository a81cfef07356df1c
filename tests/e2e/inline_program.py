"""One operation of the Automation API on an inline program, in a process of its own.

Pulumi's Python runtime keeps its state in globals and leaves event loops open, which a process of tests must not
inherit. Reads one JSON object from standard input, writes one to standard output; `dynamic_stack` is its other side.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi import automation


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    stack = automation.create_or_select_stack(
        "dev",
        project_name=order["project"],
        program=functools.partial(_function(order["file"], order["function"]), **order["arguments"]),
        opts=automation.LocalWorkspaceOptions(
            work_dir=order["folder"], env_vars=order["environment"], secrets_provider=order["secrets"]
        ),
    )
    if order["config"]:
        stack.set_all_config(
            {name: automation.ConfigValue(value, secret=secret) for name, (value, secret) in order["config"].items()}
        )
    lines: list[str] = []
    steps: dict[str, str] = {}
    failure, outputs = "", {}
    try:
        verb = getattr(stack, order["verb"])
        result = verb(
            color="never", on_output=lines.append, on_event=functools.partial(_note, steps), **order["options"]
        )
        if isinstance(result, automation.UpResult):
            outputs = {name: output.value for name, output in result.outputs.items()}
    except automation.CommandError as error:
        failure = str(error)
    answer = {"ok": not failure, "output": "\n".join([*lines, failure]), "steps": steps, "outputs": outputs}
    json.dump(answer, sys.stdout)


def _function(file: str, name: str) -> Callable[..., None]:
    spec = importlib.util.spec_from_file_location(Path(file).parent.name.replace("-", "_"), file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., None] = getattr(module, name)
    return found


def _note(steps: dict[str, str], event: automation.EngineEvent) -> None:
    step = event.resource_pre_event or event.res_outputs_event
    if step is None or step.metadata.type.startswith("pulumi:"):
        return
    name = step.metadata.urn.rsplit("::", 1)[-1]
    if steps.get(name) != "replace":  # the engine tells the parts of a replacement too
        steps[name] = str(getattr(step.metadata.op, "value", step.metadata.op))


if __name__ == "__main__":
    main()
