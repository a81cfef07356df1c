"""The steps of the demo in which nodes and tasks run: on this machine, as the emulator's processes."""

from __future__ import annotations

from scripts.demonstration import terminal
from scripts.demonstration.failure import Unexpected
from scripts.demonstration.record import Program, Story, short

NODES = 2
TAIL = 50
"""Bytes of a file's end: five lines of it."""
ENDS = {
    "basic": "CommandProgramNotFound",
    "frames": "exit code 0",
    "dataIsolation": "ContainerPoolNotSupported",
    "containerSettings": "ContainerPoolNotSupported",
    "extraSlots": "CommandProgramNotFound",
    "exitConditions": "CommandProgramNotFound",
    "linuxExitConditions": "exit code 3",
}
"""What the tasks of the program end with on nodes that are this machine, by their names in it."""
REASONS = {
    "CommandProgramNotFound": "this machine has no `cmd`",
    "ContainerPoolNotSupported": "the pool has no containers",
}
"""Why some of them cannot run here."""
ENDED = {
    "exitJob": "a task that cannot run has failed, which ends it by default",
    "linuxExitJob": "exit code 3 is between 2 and 4",
}
"""Jobs that are ended by their task, and why."""


def on_two_nodes(story: Story, program: Program, pool: str) -> list[str]:
    """Returns the ids of the nodes.

    Raises:
        Unexpected: something ends in another way than it does on this machine.
    """
    story.step(
        "The tasks run",
        "The pool gets two nodes. Each runs the start task, then tasks: real processes, on this machine.",
    )
    nodes = story.account.add_nodes(pool, NODES)
    story.note("the pool is resized", only_writes=True)
    for node in nodes:
        _start_task(story, pool, node, "start task", "has run the start task")
    _tasks(story, program)
    for name, why in ENDED.items():
        job = program[name]["properties"]["jobId"]
        story.account.wait_for_end(job)
        terminal.confirmed(f"the exit conditions ended the job `{job}`: {why}")
    story.forget()
    return nodes


def booted(story: Story, pool: str, node: str, wanted: str) -> None:
    """Reboot a node, whose start task then writes `wanted`."""
    story.account.reboot(pool, node)
    _start_task(story, pool, node, wanted, "is rebooted and has run that")


def tail(story: Story, program: Program) -> None:
    declared = program["frames"]["properties"]
    job, task = program["job"]["properties"]["jobId"], declared["taskId"]
    story.step("The tail of a file", f"What the task `{task}` has printed is on its node; any part of it can be read.")
    size, text = story.account.tail(job, task, "stdout.txt", TAIL)
    story.forget()
    lines = text.splitlines()
    for line in lines:
        terminal.output(line)
    _expect(lines[-1], "frame 240", f"the task `{task}`")
    terminal.confirmed(f"the last {TAIL} of {size:,} bytes of /jobs/{job}/tasks/{task}/files/stdout.txt")


def _tasks(story: Story, program: Program) -> None:
    """Show how each has ended, and why some cannot run."""
    found = {(end.job, end.task): end for end in story.account.ends()}
    rows = []
    words: dict[str, str | None] = {}
    for name, wanted in ENDS.items():
        declared = program[name]["properties"]
        job = program[declared["jobId"].removeprefix("${").partition(".")[0]]["properties"]["jobId"]
        end = found.pop((job, declared["taskId"]))
        _expect(str(end), wanted, f"the task `{end.path}`")
        words[str(end)] = end.message
        rows.append((end.path, end.command_line, str(end)))
    if found:
        raise Unexpected(f"there are other tasks: {', '.join(end.path for end in found.values())}")
    terminal.columns(rows)
    for code, reason in REASONS.items():
        terminal.confirmed(f"{code}, as {reason}: {words[code]}")


def _start_task(story: Story, pool: str, node: str, wanted: str, what: str) -> None:
    _expect(story.account.start_task_output(pool, node), wanted, f"the start task on the node {node}")
    terminal.confirmed(f"the node {short(node)} {what}; its startup/stdout.txt says: {wanted}")


def _expect(found: str, wanted: str, what: str) -> None:
    if found != wanted:
        raise Unexpected(f"{what} came to {found!r}, and not {wanted!r}.")
