"""What the dynamic resources refuse, in preview where they can: with a clear sentence, and with nothing sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.dynamic_stack import DynamicStack
from tests.emulator_process import EmulatorProcess

WRONG_KEY = "bm90IHRoZSBrZXkgb2YgdGhpcyBhY2NvdW50LCBidXQgYmFzZTY0IGFsbCB0aGUgc2FtZSwgeW91IHNlZQ=="
OTHER_POOL = {"metadata": [{"name": "a", "value": "b"}], "applicationPackageReferences": []}


def written(emulator: EmulatorProcess) -> list[str]:
    return [item["path"] for item in emulator.requests() if item["method"] != "GET"]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_all_that_is_wrong_with_a_task_is_told_in_one_preview(tmp_path: Path, emulator: EmulatorProcess) -> None:
    wrong: dict[str, Any] = {
        "task_id": "not an id",
        "display_name": "x" * 1025,
        "required_slots": "many",
        "resource_files": [
            {"httpUrl": "https://h/f", "filePath": "f", "storageContainerUrl": "https://h/c"},
            {"filePath": "f"},
        ],
        "container_settings": {
            "imageName": "ubuntu",
            "containerHostBatchBindMounts": [{"source": "Task"}, {"source": "Task"}],
        },
        "user_identity": {"autoUser": {"scope": "task"}, "username": "me", "colour": "red"},
    }
    refused = DynamicStack(tmp_path, "task", emulator.environment(), **wrong).preview(ok=False)
    for path in (
        "taskId",
        "displayName",
        "requiredSlots",
        "resourceFiles[0]",
        "resourceFiles[1]",
        "containerSettings.containerHostBatchBindMounts[1].source",
        "userIdentity.colour",
    ):
        assert path in refused.output
    assert "Traceback" not in refused.output
    assert emulator.requests() == []


def test_an_account_that_cannot_be_used_is_told_without_a_traceback(tmp_path: Path, emulator: EmulatorProcess) -> None:
    """For other reasons as well: `tests/dynamic`."""
    stack = DynamicStack(tmp_path, "properties", {**emulator.environment(), "AZURE_BATCH_ACCESS_KEY": WRONG_KEY})
    refused = stack.preview(ok=False)
    assert "403 AuthenticationFailed" in flat(refused.output) and "request-id" in flat(refused.output)
    assert "Traceback" not in refused.output
    assert emulator.key not in refused.output and WRONG_KEY not in refused.output
    assert written(emulator) == []


def test_a_pool_with_other_content_is_refused_in_preview(tmp_path: Path, emulator: EmulatorProcess) -> None:
    emulator.post("/pools/poolId/updateproperties", OTHER_POOL)
    emulator.clear_requests()
    stack = DynamicStack(tmp_path, "properties", emulator.environment(), start_task={"commandLine": "/bin/true"})
    refused = stack.preview(ok=False)
    text = "pools/poolId exists already and is not what is declared: `metadata` is on the server and not declared"
    assert text in flat(refused.output)
    assert "`takeOver: true`" in refused.output and "Traceback" not in refused.output
    assert written(emulator) == []
    stack.arguments["take_over"] = True
    assert "taking over pools/poolId" in flat(stack.preview().output)
    assert written(emulator) == []


def test_a_pool_or_job_that_is_absent_is_a_warning_in_preview_and_one_line_in_up(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    stack = DynamicStack(tmp_path, "task", emulator.environment(), job_id="nowhere")
    assert "jobs/nowhere does not exist: `pulumi up` fails here unless" in flat(stack.preview().output)
    (failure,) = set(stack.up(ok=False).failures)
    assert "404 JobNotFound" in failure and "request-id" in failure
    stack.program, stack.arguments = "properties", {"pool_id": "nowhere"}
    (failure,) = set(stack.up(ok=False).failures)
    assert "404 PoolNotFound" in failure
    assert written(emulator) == []


def test_a_stack_that_is_pointed_at_another_account_touches_nothing(tmp_path: Path, emulator: EmulatorProcess) -> None:
    stack = DynamicStack(tmp_path, "properties", emulator.environment(), metadata=[{"name": "a", "value": "b"}])
    stack.up()
    emulator.clear_requests()
    stack.environment["AZURE_BATCH_ENDPOINT"] = emulator.endpoint.replace("127.0.0.1", "localhost")
    (failure,) = set(stack.up(ok=False).failures)
    assert f"was made in the account at {emulator.endpoint}" in failure
    stack.destroy(ok=False)
    assert emulator.requests() == []
    stack.environment = emulator.environment()
    stack.destroy()
    assert "metadata" not in emulator.get("/pools/poolId")


def test_what_was_made_before_the_answer_was_lost_is_adopted_by_the_next_up(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    emulator.post("/jobs", {"id": "night", "poolInfo": {"poolId": "poolId"}})
    emulator.fault(method="POST", path="/jobs/night/tasks", drop="after", times=50)
    config = {"azure-batch:requestTimeout": "2"}
    stack = DynamicStack(tmp_path, "task", emulator.environment(), config)
    (failure,) = set(stack.up(ok=False).failures)
    assert "jobs/night/tasks/t as half done: if it exists, the next `pulumi up` adopts it" in failure
    created = emulator.get("/jobs/night/tasks/t")["creationTime"]
    emulator.clear_faults()
    adopted = stack.up()
    assert adopted.changed["t"] == "create" and "is what is declared: adopted" in flat(adopted.output)
    assert emulator.get("/jobs/night/tasks/t")["creationTime"] == created
