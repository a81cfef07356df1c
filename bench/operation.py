"""One operation of the engine on a program, in a process of its own; `stack` is its other side.

Reads one JSON object from standard input and writes one to standard output.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from typing import Any

from pulumi import automation

from bench import programs


class TimedCommand(automation.PulumiCommand):
    """The CLI, with the seconds that each of its commands took last, by its first word.

    The Automation API asks for outputs and history after an operation, which no user waits for.
    """

    def __init__(self) -> None:
        super().__init__(skip_version_check=True)
        self.seconds: dict[str, float] = {}

    def run(self, args: list[str], *others: Any, **named: Any) -> automation.CommandResult:
        name = next(word for word in args if not word.startswith("-"))
        began = time.perf_counter()
        try:
            return super().run(args, *others, **named)
        finally:
            self.seconds[name] = time.perf_counter() - began


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    command = TimedCommand()
    program = functools.partial(getattr(programs, order["program"]), **order["arguments"])
    stack = automation.create_or_select_stack(
        "dev",
        project_name="bench",
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=order["folder"], env_vars=order["environment"], pulumi_command=command
        ),
    )
    verb = order["verb"]
    result = getattr(stack, verb)(color="never")
    if isinstance(result, automation.PreviewResult):
        changes = {str(getattr(op, "value", op)): count for op, count in result.change_summary.items()}
    else:
        changes = dict(result.summary.resource_changes or {})
    answer = {
        "seconds": command.seconds[verb],
        "phase": programs.PHASE[0] if programs.PHASE else None,
        "changes": changes,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
