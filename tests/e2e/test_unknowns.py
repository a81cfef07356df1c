"""Values that a preview cannot know: nothing is made up for them, and `up` finds out."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, requests, task, writes
from tests.emulator_process import EmulatorProcess


def part(expression: str, index: int, separator: str = "/") -> dict[str, Any]:
    """A part of a text that is split; unknown while the text is."""
    return {"fn::select": [index, {"fn::split": [separator, expression]}]}


# A resource's id is not known before it is created: what is computed from it is not either.
JOB = part("${nightly.id}", 1)


def test_a_task_in_a_job_that_is_not_known_yet_has_no_made_up_id_in_preview(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(
        {
            "nightly": job("nightly"),
            "named": task(JOB, "named"),  # type: ignore[arg-type]
            "auto": task(JOB, None, commandLine="auto"),  # type: ignore[arg-type]
        }
    )

    preview = stack.preview()
    assert preview.changed == {"nightly": "create", "named": "create", "auto": "create"}
    assert writes(emulator) == []
    shown = preview.output[preview.output.index("Task::auto") :]
    assert "[unknown]" in shown or "output<string>" in shown
    assert "jobs/nightly/tasks" not in preview.output
    assert "auto-" not in preview.output

    assert stack.up().changed == preview.changed
    made = {item["id"] for item in emulator.get("/jobs/nightly/tasks")["value"]}
    auto = stack.resource("auto")
    assert made == {"named", auto["outputs"]["taskId"]}
    assert auto["id"] == f"jobs/nightly/tasks/{auto['outputs']['taskId']}"
    for name in ("nightly", "named", "auto"):
        outputs = {key: value for key, value in stack.resource(name)["outputs"].items() if not key.startswith("__")}
        assert outputs == stack.resource(name)["inputs"]
    assert stack.preview().changed == {}


def test_an_update_to_a_value_that_is_not_known_yet_is_announced_and_not_sent(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def label(value: Any) -> list[dict[str, Any]]:
        return [{"name": "after", "value": value}]

    old = {
        "other": job("other", metadata=label("nothing")),
        "work": task("${other.jobId}", "work", commandLine="nothing"),
        "properties": pool(metadata=label("nothing")),
    }
    stack = make_stack(old)
    stack.up()
    emulator.clear_requests()
    new = {
        "nightly": job("nightly"),
        "other": job("other", metadata=label(JOB)),
        "work": task("${other.jobId}", "work", commandLine=JOB),
        "properties": pool(metadata=label(JOB)),
    }
    stack.write(new)

    preview = stack.preview()
    assert preview.changed == {"nightly": "create", "other": "update", "work": "replace", "properties": "update"}
    assert preview.paths("other") == {"metadata[0].value": "update"}
    assert preview.paths("work") == {"commandLine": "update-replace"}
    assert "[unknown]" in preview.output or "output<string>" in preview.output
    assert writes(emulator) == []

    assert stack.up().changed == preview.changed
    assert emulator.get("/jobs/other")["metadata"] == label("nightly")
    assert emulator.get("/jobs/other/tasks/work")["commandLine"] == "nightly"
    assert emulator.get("/pools/poolId")["metadata"] == label("nightly")
    assert stack.preview().changed == {}


def test_rules_wait_for_values_that_are_not_known_and_hold_when_they_are(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    mounts: list[dict[str, Any]] = [{"source": "Task"}, {"source": part("Shared|${nightly.id}", 0, "|")}]
    settings = {"imageName": "ubuntu", "containerHostBatchBindMounts": mounts}
    program = {
        "nightly": job("nightly"),
        "work": task("${nightly.jobId}", "work", containerSettings=settings, requiredSlots=1),
    }
    stack = make_stack(program)
    assert stack.preview().changed == {"nightly": "create", "work": "create"}

    mounts[1]["source"] = part("Task|${nightly.id}", 0, "|")
    stack.write(program)
    stack.preview()
    run = stack.up(expect=None)
    assert "containerHostBatchBindMounts[1].source" in run.output and "mounted" in run.output
    assert writes(emulator) == [("POST", "/jobs")]


def test_a_provider_whose_endpoint_is_not_known_yet_asks_nothing_in_preview(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    endpoint = part(f"{emulator.endpoint}|${{nightly.id}}", 0, "|")
    program = {
        "nightly": job("nightly"),
        "azure": {
            "type": "pulumi:providers:azure-batch",
            "properties": {"endpoint": endpoint, "accountName": emulator.account, "accountKey": emulator.key},
        },
        "other": job("other", options={"provider": "${azure}"}),
        "work": task("${other.jobId}", "work", options={"provider": "${azure}"}),
        "auto": task("${other.jobId}", None, options={"provider": "${azure}"}),
    }
    stack = make_stack(program)

    preview = stack.preview()
    assert preview.changed == {"nightly": "create", "other": "create", "work": "create", "auto": "create"}
    assert [path for _, path in requests(emulator) if path != "/jobs/nightly"] == []

    assert stack.up().changed == preview.changed
    assert len(emulator.get("/jobs/other/tasks")["value"]) == 2
    assert stack.preview().changed == {}
