"""What the demo shows, in its order, and what must come out of each step."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml

from scripts.demonstration import runs, terminal
from scripts.demonstration.account import Account, Request
from scripts.demonstration.engine import ROOT, Engine
from scripts.demonstration.failure import Unexpected
from scripts.demonstration.record import Program, Story, short

BASH = Path("/bin/bash")
FOREIGN = "/bin/bash -c 'echo patched by hand'"
PROGRAM = ROOT / "Pulumi.yaml"
REFUSED = ROOT / "scripts" / "demonstration" / "refused" / "Pulumi.yaml"


def tell(account: Account, scratch: Path) -> None:
    """Go through all steps.

    Raises:
        Unexpected: at the first that does not come out as told.
    """
    program: Program = yaml.safe_load(PROGRAM.read_text())["resources"]
    pool = program["pool"]["properties"]["poolId"]
    story = Story(account, scratch)
    if not BASH.exists():
        raise Unexpected(f"its tasks run on this machine, and need {BASH}, which is not there.")

    story.step(
        "A Batch account", "An emulator on this machine stands for it; every client that has the key can work on it."
    )
    terminal.confirmed(f"it listens on {account.endpoint}")
    account.make_pool(pool)
    terminal.confirmed(f"Microsoft's own client has made the pool `{pool}`: no node and no start task yet")
    story.note("the pool is made")

    engine = Engine("stack", PROGRAM, scratch, account.environment)
    _first_preview(story, engine, program)
    _first_up(story, engine, program)
    nodes = runs.on_two_nodes(story, program, pool)
    _second_up(story, engine, program)
    declared = _interference(story, program, pool, nodes[0])
    _drift(story, engine, declared)
    _healing(story, engine, pool, declared, nodes[0])
    _refresh(story, engine, program)
    _refusal(story)
    runs.tail(story, program)
    _destroy(story, engine, program, pool)
    _summary(story)


def _first_preview(story: Story, engine: Engine, program: Program) -> None:
    story.step("Preview", "What Pulumi.yaml declares, compared with what is there. A preview writes nothing.")
    _expect(engine.run("preview").changed, dict.fromkeys(program, "create"))
    _expect_writes(story.note("preview"), [])
    terminal.confirmed("everything is to be created, and nothing was written")


def _first_up(story: Story, engine: Engine, program: Program) -> None:
    story.step("Up", "The pool's properties are replaced as a whole; jobs and tasks are added.")
    _expect(engine.run("up").changed, dict.fromkeys(program, "create"))
    if len(story.note("up")) != len(program):
        raise Unexpected(f"{len(program)} resources took another number of writes:\n{_lines(story.sent[-1][1])}")
    for job in sorted(story.account.jobs()):
        terminal.confirmed(f"the account has the job `{job}` with the tasks {', '.join(story.account.tasks(job))}")
    story.forget()


def _second_up(story: Story, engine: Engine, program: Program) -> None:
    story.step(
        "Up again",
        "Tasks have run and jobs have ended; nothing that is declared has changed. The engine makes sure by reading.",
    )
    _expect(engine.run("up", "--expect-no-changes").changed, {})
    _expect_writes(story.note("up again"), [])
    if story.reads() > len(program):
        raise Unexpected(f"{len(program)} resources took {story.reads()} reads:\n{_lines(story.sent[-1][1])}")
    terminal.confirmed(f"no write; {story.reads()} reads for {len(program)} resources")


def _interference(story: Story, program: Program, pool: str, node: str) -> str | None:
    """Returns the command line that the start task had."""
    story.step("Behind the stack's back", "Another client works on the account, with Microsoft's own client.")
    declared = story.account.start_task(pool)
    story.forget()
    job, task = program["job"]["properties"]["jobId"], program["basic"]["properties"]["taskId"]
    story.account.replace_start_task(pool, FOREIGN)
    terminal.confirmed(f"the start task of `{pool}` is now: {FOREIGN}")
    runs.booted(story, pool, node, "patched by hand")
    story.account.delete_task(job, task)
    terminal.confirmed(f"the task `{task}` of the job `{job}` is deleted")
    story.note("another client", only_writes=True)
    return declared


def _drift(story: Story, engine: Engine, declared: str | None) -> None:
    story.step(
        "Preview names the drift",
        "First what reading found, then what `up` would do about it: server's value => declared value.",
    )
    found = engine.run("preview", "--diff")
    _expect(found.changed, {"pool": "update", "basic": "create"})
    if found.paths("pool") != ["startTask.commandLine"] or f'"{FOREIGN}" => "{declared}"' not in found.output:
        raise Unexpected(f"the preview does not name the start task's change. It names {found.paths('pool')}.")
    _expect_writes(story.note("preview of the drift"), [])
    terminal.confirmed("just these two, by value, and nothing was written")


def _healing(story: Story, engine: Engine, pool: str, declared: str | None, node: str) -> None:
    story.step("Up heals it", "Only what differs is written.")
    _expect(engine.run("up").changed, {"pool": "update", "basic": "create"})
    writes = story.note("up, healing")
    _expect_writes(writes, [f"POST /pools/{pool}/updateproperties", "POST /jobs/jobId/tasks"])
    if story.account.start_task(pool) != declared or "task1" not in story.account.tasks("jobId"):
        raise Unexpected("the account is not as declared after `up`.")
    terminal.confirmed("two writes, and the account is as declared again")
    runs.booted(story, pool, node, "start task")
    story.account.ends()
    story.forget()


def _refresh(story: Story, engine: Engine, program: Program) -> None:
    story.step("Refresh", "State and server are the same, defaults of the service and all.")
    _expect(engine.run("refresh", "--expect-no-changes").changed, {})
    _expect_writes(story.note("refresh"), [])
    terminal.confirmed("no change, no write")


def _refusal(story: Story) -> None:
    story.step(
        "A mistake is refused in preview",
        f"A task that binds the same host directory twice ({REFUSED.relative_to(ROOT)}).",
    )
    engine = Engine("refused", REFUSED, story.scratch, story.account.environment)
    said = engine.run("preview", fails=True).output
    place = "containerSettings.containerHostBatchBindMounts[1].source"
    if place not in said or "each source can be mounted once" not in said:
        raise Unexpected(f"the refusal does not name the property {place} and the rule.")
    story.note("preview of a mistake")
    if story.sent[-1][1]:
        raise Unexpected(f"the service was asked although the rule needs no answer:\n{_lines(story.sent[-1][1])}")
    terminal.confirmed("property and rule are named, and the service was not even asked")


def _destroy(story: Story, engine: Engine, program: Program, pool: str) -> None:
    story.step("Destroy", "Tasks and jobs are deleted and waited for; the pool stays, without our properties.")
    _expect(engine.run("destroy").changed, dict.fromkeys(program, "delete"))
    story.note("destroy")
    if story.account.jobs() or story.account.start_task(pool) is not None:
        raise Unexpected("something declared is still there after `destroy`.")
    story.forget()
    terminal.confirmed("no job is left, and the pool has no start task, as before")


def _summary(story: Story) -> None:
    story.step("What the service was asked", "Read from the emulator's log of requests.")
    rows = []
    for name, requests in story.sent:
        writes = [request for request in requests if request.is_write]
        counted = Counter(short(str(request)) for request in writes)
        details = [text if times == 1 else f"{text} ({times} times)" for text, times in counted.items()]
        rows.append((name, len(requests) - len(writes), len(writes), details))
    terminal.table(rows)


def _expect(found: dict[str, str], wanted: dict[str, str]) -> None:
    if found != wanted:
        raise Unexpected(f"the engine changes {found or 'nothing'}, and not {wanted or 'nothing'}.")


def _expect_writes(found: list[Request], wanted: list[str]) -> None:
    if sorted(map(str, found)) != sorted(wanted) or any((request.status or 500) >= 300 for request in found):
        raise Unexpected(f"the service was asked to write\n{_lines(found)}\n  and not\n{_lines(wanted)}")


def _lines(requests: list[Request] | list[str]) -> str:
    return "\n".join(f"    {request}" for request in requests) or "    nothing"
