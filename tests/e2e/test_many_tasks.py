"""Many tasks of one job, each a resource of its own: a handful of requests for what is only looked at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.batch.jobs_of_tasks import asked
from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, task
from tests.emulator_process import EmulatorProcess

COUNT = 60
LOOKED_AT = {"GET": 1 + 2, "list": 1}
"""The job, two tasks, and then all others at once."""


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    ids = [f"t{number:03}" for number in range(COUNT)]
    return {"job": job(), **{id: task("${job.jobId}", taskId=id, commandLine=f"echo {id}") for id in ids}}


def test_what_is_only_looked_at_takes_a_handful_of_requests(
    emulator: EmulatorProcess, make_stack: MakeStack, program: dict[str, Any]
) -> None:
    stack = make_stack(program)
    stack.up()
    for command in (stack.preview, stack.up, stack.refresh):
        emulator.clear_requests()
        assert command("--expect-no-changes").changed == {}
        assert asked(emulator) == LOOKED_AT, command

    emulator.call("DELETE", "/jobs/jobId/tasks/t007")
    emulator.run_task("jobId", "t050", state="completed", exitCode=1)
    emulator.clear_requests()
    assert stack.preview().changed == {"t007": "create"}
    assert asked(emulator)["list"] == 1
    assert stack.up().changed == {"t007": "create"}

    emulator.clear_requests()
    stack.destroy()
    requests = asked(emulator)
    assert requests["DELETE"] == COUNT + 1
    # As few as the engine lets several come at a time; one after the other they would be one for each.
    assert requests["list"] + requests["GET"] < COUNT * 3 / 4
