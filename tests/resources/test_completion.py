"""Waiting for many tasks of one job: what counts as their end, by how many requests, and what never ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.resources.completion import FAILED, WAITING, Completion, Outcome
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import POOL, MakeLifecycle

TASK: dict[str, Any] = {"jobId": "job", "taskId": "t", "commandLine": "run", "awaitCompletion": {}}
Said = list[tuple[str, str]]


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    """A job, `job`, that uses dependencies and exit conditions, on a pool with nodes."""
    emulator.post("/pools", {**POOL, "id": "busy", "targetDedicatedNodes": 2, "taskSlotsPerNode": 2})
    emulator.settle()
    emulator.call("DELETE", "/jobs/job")
    emulator.settle()
    emulator.post(
        "/jobs",
        {
            "id": "job",
            "poolInfo": {"poolId": "busy"},
            "usesTaskDependencies": True,
            "onTaskFailure": "performexitoptionsjobaction",
        },
    )
    emulator.clear_requests()
    return emulator


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def session(emulator: EmulatorProcess) -> Iterator[Session]:
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    session = Session(configuration({**values, "requestTimeout": "5"}, {}), BatchClient.connect)
    yield session
    session.close()


@pytest.fixture
def completion(session: Session, call: Call, said: Said) -> Completion:
    def log(level: Any, urn: str, text: str) -> None:
        said.append((level, text))

    return Completion(session, replace(call, log=log, deadline=Deadline(60)), "job")


def add(emulator: EmulatorProcess, *ids: str, **body: Any) -> None:
    for start in range(0, len(ids), 100):
        tasks = [{"id": id, "commandLine": "run", **body} for id in ids[start : start + 100]]
        emulator.post("/jobs/job/addtaskcollection", {"value": tasks})


def end(emulator: EmulatorProcess, *ids: str, code: int = 0) -> None:
    for id in ids:
        emulator.run_task("job", id, state="completed", exitCode=code)


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:04}" for number in range(count)]


@contextmanager
def meanwhile(completion: Completion, ids: list[str], said: Said, **options: Any) -> Iterator[Callable[[], Outcome]]:
    """Wait in the background, from when it has been told that it is waited."""
    with ThreadPoolExecutor(1) as one:
        future = one.submit(completion.wait, ids, options)
        while not any(level == "status" for level, _ in said) and not future.done():
            pass
        yield lambda: future.result(60)


def test_tasks_among_foreign_ones_that_never_end_are_counted_by_themselves(
    account: EmulatorProcess, completion: Completion, said: Said
) -> None:
    ours = names("z", 30)
    add(account, *names("a", 1100), *ours)
    end(account, *ours[:10])
    with meanwhile(completion, ours, said) as result:
        end(account, *ours[10:28])
        end(account, *ours[28:], code=7)
        outcome = result()
    assert outcome.unfinished == FAILED
    assert outcome.failed == ("z0028", "z0029")
    assert outcome.reasons[0].startswith("jobs/job/tasks/z0028 failed with exit code 7 (FailureExitCode: ")
    assert len(outcome.reasons) == 2
    lists = [entry for entry in account.requests() if entry["path"] == "/jobs/job/tasks" and entry["method"] == "GET"]
    looks = sum(level == "status" for level, _ in said) + 1
    # Two pages of what is unfinished and one of what has failed; what is active, once, and the failures at the end.
    assert len(lists) <= 3 * looks + 2


def test_a_look_at_many_tasks_is_two_requests_however_many_they_are(
    account: EmulatorProcess, completion: Completion, said: Said
) -> None:
    account.switch("added-tasks", "succeed")
    ours = names("t", 900)
    add(account, *ours[:-1])
    account.switch("added-tasks", "wait")
    add(account, ours[-1], "foreign")
    account.clear_requests()
    with meanwhile(completion, ours, said, timeout="PT1M") as result:
        end(account, ours[-1])
        assert result() == Outcome()
    assert ("status", "waiting: 899 of 900 completed, 0 s") in said
    asked = [entry["path"] for entry in account.requests() if entry["method"] == "GET"]
    assert asked.count("/jobs/job/tasks") <= 2 * (sum(level == "status" for level, _ in said) + 1) + 2
    assert not any(path.startswith("/jobs/job/tasks/") for path in asked)


def test_thousands_of_failures_are_few_sentences(account: EmulatorProcess, completion: Completion, said: Said) -> None:
    ours = names("t", 40)
    add(account, *ours)
    end(account, *ours[:30], code=1)
    end(account, *ours[30:], code=2)
    outcome = completion.wait(ours, {})
    assert len(outcome.reasons) == 21
    assert outcome.reasons[-1].startswith("20 more tasks failed: 10 with exit code ")
    assert len(outcome.failed) == 40
    assert completion.wait(ours, {"failOnError": False}) == Outcome(failed=outcome.failed)
    assert [text for level, text in said if level == "warning"] == list(outcome.reasons)


def test_what_is_not_done_in_time_is_counted_by_state(account: EmulatorProcess, completion: Completion) -> None:
    add(account, *names("t", 10))
    end(account, *names("t", 7))
    account.run_task("job", "t0007", state="running")
    outcome = completion.wait(names("T", 10), {"timeout": "PT0.1S"})
    assert outcome.unfinished == WAITING
    (reason,) = outcome.reasons
    assert reason.startswith("3 of 10 tasks of jobs/job had not completed after 0 s (2 active, 1 running).")


def test_a_look_that_the_end_of_the_time_cuts_off_ends_it_in_the_same_words(
    account: EmulatorProcess, completion: Completion
) -> None:
    add(account, "t")
    account.fault(method="GET", path="/jobs/job/tasks/t", delay=2)
    (reason,) = completion.wait(["t"], {"timeout": "PT0.5S"}).reasons
    assert reason.startswith("jobs/job/tasks/t had not completed after ")
    assert "No more time is allowed" in reason and "got no answer" in reason


BLOCKS = "failed with exit code 3"
NEVER: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({"requiredSlots": 3}, {}, "its `requiredSlots` is 3, and a node of pools/busy has 2 (`taskSlotsPerNode`)"),
    (
        {"multiInstanceSettings": {"numberOfInstances": 2, "coordinationCommandLine": "x"}},
        {},
        "it is a multi-instance task, and pools/busy has no `enableInterNodeCommunication: true`",
    ),
    ({"dependsOn": {"taskIds": ["7"]}}, {}, BLOCKS),
    ({"dependsOn": {"taskIdRanges": [{"start": 1, "end": 9}]}}, {}, BLOCKS),
    ({"dependsOn": {"taskIds": ["between"]}}, {}, BLOCKS),
    ({"dependsOn": {"taskIds": ["7"]}}, {"default": {"dependencyAction": "satisfy", "jobAction": "none"}}, None),
    ({"dependsOn": {"taskIdRanges": [{"start": 8, "end": 9}]}}, {}, None),
    (
        {"dependsOn": {"taskIds": ["7"]}},
        {
            "exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "none"}}],
            "default": {"dependencyAction": "satisfy"},
        },
        BLOCKS,
    ),
]


@pytest.mark.parametrize(("body", "conditions", "why"), NEVER)
def test_what_never_completes_is_said_in_a_preview_and_ends_the_wait_at_once(
    account: EmulatorProcess,
    completion: Completion,
    said: Said,
    body: dict[str, Any],
    conditions: dict[str, Any],
    why: str | None,
) -> None:
    add(account, "7", exitConditions={"default": {"jobAction": "none"}, **conditions})
    add(account, "between", dependsOn={"taskIds": ["7"]})
    end(account, "7", code=3)
    completion.foresee({"ours": {"commandLine": "run", **body}, "fine": {"commandLine": "run"}})
    warned = [text for level, text in said if level == "warning"]
    add(account, "ours", **body)
    outcome = completion.wait(["ours"], {} if why else {"timeout": "PT0.5S"})
    assert outcome.unfinished == WAITING
    if why is None:
        assert warned == []
        assert "had not completed" in outcome.reasons[0]
    else:
        assert why in outcome.reasons[0]
        assert outcome.reasons[0].startswith("jobs/job/tasks/ours can never complete: ")
        # Of what is not declared, a preview does not look for what it waits for itself.
        assert "between" in str(body) or warned == [outcome.reasons[0]]


def test_many_dependents_of_a_failed_task_are_one_sentence(account: EmulatorProcess, completion: Completion) -> None:
    add(account, "first", exitConditions={"default": {"jobAction": "none"}})
    add(account, *names("d", 30), dependsOn={"taskIds": ["first"]})
    end(account, "first", code=3)
    outcome = completion.wait(["first", *names("d", 30)], {})
    assert outcome.unfinished == FAILED
    assert outcome.failed == ("first",)
    assert outcome.reasons[0].startswith("30 tasks of jobs/job can never complete: it depends on first, which failed")
    assert outcome.reasons[0].endswith("They are " + ", ".join(names("d", 20)) + " and 10 more.")


def test_tasks_of_a_job_that_has_ended_are_not_waited_for(account: EmulatorProcess, completion: Completion) -> None:
    add(account, "t", "u", "v", "w")
    account.post("/jobs/job/terminate")
    account.settle()
    (first, *_) = completion.wait(["t", "u", "v", "w"], {}).reasons
    assert first.startswith("4 tasks of jobs/job can never complete: jobs/job is completed")


def test_a_task_that_is_deleted_meanwhile_is_not_taken_for_done(
    account: EmulatorProcess, completion: Completion, lifecycle: MakeLifecycle
) -> None:
    assert completion.wait(["t"], {}).gone == ("t",)
    account.switch("added-tasks", "succeed")
    account.fault(method="GET", path="/jobs/job/tasks/t", status=404, code="TaskNotFound", times=2)
    with pytest.raises(InitFailed, match="is not there any more") as caught:
        lifecycle("Task").create(TASK)
    assert caught.value.state.private["unfinished"]["what"] == WAITING
    # Of one that may have been cleaned up, nobody expects more.
    over = {**TASK, "onMissing": "ignore", "jobId": "job"}
    account.call("DELETE", "/jobs/job/tasks/t")
    assert lifecycle("Task").update(State("jobs/job/tasks/t", TASK, TASK, {}), over).outputs == over


def test_a_request_that_fails_meanwhile_keeps_the_task(account: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    account.fault(method="GET", path="/jobs/job/tasks/t", status=403, code="AuthorizationFailure", times=9)
    with pytest.raises(InitFailed, match="403 AuthorizationFailure") as caught:
        lifecycle("Task").create(TASK)
    assert caught.value.state.id == "jobs/job/tasks/t"
    assert caught.value.state.private["unfinished"]["what"] == WAITING


def test_the_task_of_a_lost_reply_is_ours_although_it_has_completed(
    account: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    account.switch("added-tasks", "succeed")
    account.fault(method="POST", path="/jobs/job/tasks", drop="after", times=1)
    assert lifecycle("Task").create(TASK).id == "jobs/job/tasks/t"
    assert len([e for e in account.requests() if e["method"] == "POST" and e["path"] == "/jobs/job/tasks"]) == 2


def test_a_creation_whose_end_is_not_known_waits_once_it_is_known(
    account: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    account.fault(method="POST", path="/jobs/job/tasks", status=504, times=99)
    with pytest.raises(InitFailed) as caught:
        lifecycle("Task").create(TASK)
    left = replace(caught.value.state, inputs=TASK)
    assert left.unfinished is not None
    assert left.unfinished.is_create
    account.clear_faults()
    add(account, "t")
    with pytest.raises(InitFailed, match="has not completed: it is active") as caught:
        lifecycle("Task").read(left)
    left = caught.value.state
    assert left.unfinished is not None
    assert left.unfinished.what == WAITING
    end(account, "t", code=5)
    with pytest.raises(InitFailed, match="failed with exit code 5") as caught:
        lifecycle("Task").read(left)
    left = caught.value.state
    rerun = {**TASK, "onFailure": "rerun"}
    plan = lifecycle("Task").diff(left, rerun)
    assert [(change.path, change.replace) for change in plan.changes] == [(("onFailure",), True)]
    assert plan.delete_first
    # A failure that is no error is none either.
    lenient = {**TASK, "awaitCompletion": {"failOnError": False}}
    assert lifecycle("Task").update(left, lenient).unfinished is None
