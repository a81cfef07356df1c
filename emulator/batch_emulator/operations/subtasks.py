"""Task - List Subtasks: what a multi-instance task does on the nodes besides that of its primary."""

from __future__ import annotations

from typing import Any

from batch_emulator.operations.tasks import TASKS, node_info
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount

_KNOWN = frozenset(
    {
        "id",
        "startTime",
        "endTime",
        "state",
        "stateTransitionTime",
        "previousState",
        "previousStateTransitionTime",
        "exitCode",
        "failureInfo",
        "containerInfo",
        "result",
        "nodeInfo",
    }
)


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    """None of a task that is not a multi-instance task."""
    selection = Selection(call.query.get("$select"), _KNOWN)
    task = TASKS.present(account, call)
    by_key = {f"{subtask['id']:08}": subtask for subtask in task.subtasks}

    def show(subtask: dict[str, Any]) -> dict[str, Any]:
        return selection.of({**subtask, "nodeInfo": node_info(subtask["nodeInfo"], call.base)})

    return page(call, "subtasksinfo", sorted(by_key), by_key.__getitem__, lambda subtask: True, show)
