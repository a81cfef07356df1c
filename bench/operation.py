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
    """The CLI, with the seconds of the command that is measured, and of all others together.

    The Automation API asks for the version, the stack, outputs and history around an operation, which a user of the CLI
    does not wait for.
    """

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self.seconds = self.others = 0.0
        began = time.perf_counter()
        super().__init__(skip_version_check=True)
        self.others += time.perf_counter() - began

    def run(self, args: list[str], *others: Any, **named: Any) -> automation.CommandResult:
        name = next(word for word in args if not word.startswith("-"))
        began = time.perf_counter()
        try:
            return super().run(args, *others, **named)
        finally:
            took = time.perf_counter() - began
            if name == self._verb:
                self.seconds += took
            else:
                self.others += took


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    command = TimedCommand(order["verb"])
    program = functools.partial(getattr(programs, order["program"]), **order["arguments"])
    stack = automation.create_or_select_stack(
        "dev",
        project_name="bench",
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=order["folder"], env_vars=order["environment"], pulumi_command=command
        ),
    )
    result = getattr(stack, order["verb"])(color="never")
    if isinstance(result, automation.PreviewResult):
        changes = {str(getattr(op, "value", op)): count for op, count in result.change_summary.items()}
    else:
        changes = dict(result.summary.resource_changes or {})
    answer = {
        "seconds": command.seconds,
        "others": command.others,
        "phase": programs.PHASE[0] if programs.PHASE else None,
        "changes": changes,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
