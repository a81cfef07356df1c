"""When a schedule makes a job and when it ends, by a clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.batch import BatchClient

from batch_emulator.simulation import schedule_states
from batch_emulator.state.clock import format_time, parse_time
from tests.emulator.parts import POOL_INFO, task_options
from tests.emulator_process import EmulatorProcess

MINUTE, HOUR, DAY = 60, 3600, 86_400
ENDS_BY_ITSELF = {"poolInfo": POOL_INFO, "constraints": {"maxWallClockTime": "PT1H"}}


@pytest.fixture(autouse=True)
def frozen(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})


def now(emulator: EmulatorProcess, later: int = 0) -> str:
    return format_time(parse_time(emulator.get("/_emulator/clock")["now"]) + later * 10_000_000)


def add(emulator: EmulatorProcess, specification: dict[str, Any] | None = None, **schedule: str) -> str:
    """The time at which it was made."""
    body = {"id": "s", "schedule": schedule, "jobSpecification": specification or {"poolInfo": POOL_INFO}}
    emulator.post("/jobschedules", body)
    return str(emulator.get("/jobschedules/s")["creationTime"])


def jobs(emulator: EmulatorProcess) -> dict[str, str]:
    """The states of its jobs by their numbers, without a poll of any."""
    emulator.switch("polls", 1000)
    found = emulator.get("/jobschedules/s/jobs")["value"]
    emulator.switch("polls", 1)
    return {job["id"].removeprefix("s:job-"): job["state"] for job in sorted(found, key=lambda job: job["id"])}


def shown(emulator: EmulatorProcess) -> tuple[str, dict[str, Any]]:
    schedule = emulator.get("/jobschedules/s")
    return schedule["state"], schedule["executionInfo"]


def after(time: str, seconds: float) -> str:
    return format_time(parse_time(time) + round(seconds * 10_000_000))


def end(emulator: EmulatorProcess, number: int) -> None:
    emulator.post(f"/jobs/s:job-{number}/terminate")
    emulator.settle()


def test_a_schedule_makes_its_first_job_at_once(emulator: EmulatorProcess) -> None:
    made = add(emulator, recurrenceInterval="P1D")
    assert jobs(emulator) == {"1": "active"}
    state, execution = shown(emulator)
    assert (state, execution["nextRunTime"], execution["recentJob"]["id"]) == ("active", after(made, DAY), "s:job-1")


def test_the_first_job_waits_for_its_time(emulator: EmulatorProcess) -> None:
    begins = now(emulator, HOUR)
    add(emulator, doNotRunUntil=begins, recurrenceInterval="PT30M")
    assert (jobs(emulator), shown(emulator)) == ({}, ("active", {"nextRunTime": begins}))
    emulator.advance(HOUR - 1)
    assert jobs(emulator) == {}
    emulator.advance(1)
    assert jobs(emulator) == {"1": "active"}
    assert emulator.get("/jobs/s:job-1")["creationTime"][:19] == begins[:19]
    assert shown(emulator)[1]["nextRunTime"] == after(begins, 30 * MINUTE)


def test_jobs_that_end_by_themselves_are_made_at_each_time_that_the_clock_passes(emulator: EmulatorProcess) -> None:
    made = add(emulator, ENDS_BY_ITSELF, recurrenceInterval="P1D")
    emulator.advance(3 * DAY + HOUR // 2)
    assert jobs(emulator) == {"1": "completed", "2": "completed", "3": "completed", "4": "active"}
    for number in (2, 3, 4):
        job = emulator.get(f"/jobs/s:job-{number}")
        assert job["creationTime"][:22] == after(made, (number - 1) * DAY)[:22]
    third = emulator.get("/jobs/s:job-3")["executionInfo"]
    assert third["terminateReason"] == "MaxWallClockTimeExpiry"
    assert after(made, 2 * DAY + HOUR) < third["endTime"] < after(made, 2 * DAY + HOUR + MINUTE)
    state, execution = shown(emulator)
    assert (state, execution["nextRunTime"], execution["recentJob"]["id"]) == (
        "active",
        after(made, 4 * DAY),
        "s:job-4",
    )


def _history(emulator: EmulatorProcess, steps: int) -> list[tuple[str, str, int]]:
    """Its jobs after 400 minutes: their states, and when they were made, in tenths of a second after the schedule."""
    emulator.reset()
    emulator.post("/_emulator/clock", {"frozen": True})
    made = add(emulator, ENDS_BY_ITSELF, recurrenceInterval="PT40M")
    for _ in range(steps):
        emulator.advance(400 * MINUTE / steps)
    found = emulator.get("/jobschedules/s/jobs")["value"]
    times = [round((parse_time(job["creationTime"]) - parse_time(made)) / 1_000_000) for job in found]
    return [(job["id"], job["state"], time) for job, time in zip(found, times, strict=True)]


def test_a_long_leap_of_the_clock_makes_what_steps_would_have_made(emulator: EmulatorProcess) -> None:
    leapt = _history(emulator, 1)
    assert len(leapt) == 7
    assert _history(emulator, 20) == leapt


def test_no_two_jobs_are_active_and_the_next_waits_for_the_end_of_the_one_before(emulator: EmulatorProcess) -> None:
    made = add(emulator, recurrenceInterval="PT1H")
    emulator.advance(2 * HOUR + HOUR // 2)
    assert jobs(emulator) == {"1": "active"}
    assert shown(emulator)[1]["nextRunTime"] == after(made, 3 * HOUR)
    end(emulator, 1)
    assert jobs(emulator) == {"1": "completed", "2": "active"}
    assert shown(emulator)[1]["nextRunTime"] == after(made, 3 * HOUR)
    end(emulator, 2)
    assert jobs(emulator) == {"1": "completed", "2": "completed"}
    emulator.advance(HOUR // 2)
    assert jobs(emulator)["3"] == "active"


@pytest.mark.parametrize(("late", "made"), [(10 * MINUTE, True), (10 * MINUTE + 1, False)])
def test_a_job_that_cannot_start_in_its_window_is_skipped(emulator: EmulatorProcess, late: int, made: bool) -> None:
    add(emulator, recurrenceInterval="PT1H", startWindow="PT10M")
    emulator.advance(HOUR + late)
    end(emulator, 1)
    assert jobs(emulator) == ({"1": "completed", "2": "active"} if made else {"1": "completed"})
    emulator.advance(HOUR - late)
    assert jobs(emulator) == {"1": "completed", "2": "active"}


def test_a_schedule_that_does_not_recur_ends_with_its_job(emulator: EmulatorProcess) -> None:
    add(emulator)
    emulator.advance(DAY)
    state, execution = shown(emulator)
    assert (state, list(execution)) == ("active", ["recentJob"])
    end(emulator, 1)
    state, execution = shown(emulator)
    assert (state, list(execution), jobs(emulator)) == ("completed", ["recentJob", "endTime"], {"1": "completed"})
    assert emulator.get("/jobschedules/s")["previousState"] == "active"


def test_a_schedule_ends_with_its_time_and_its_last_job(emulator: EmulatorProcess) -> None:
    add(emulator, ENDS_BY_ITSELF, recurrenceInterval="PT2H", doNotRunAfter=now(emulator, 5 * HOUR))
    emulator.advance(4 * HOUR + HOUR // 2)
    state, execution = shown(emulator)
    assert (state, "nextRunTime" in execution, jobs(emulator)["3"]) == ("active", False, "active")
    emulator.advance(HOUR // 4)
    assert shown(emulator)[0] == "active"
    emulator.advance(DAY)
    assert shown(emulator)[0] == "completed"
    assert len(jobs(emulator)) == 3


def test_a_schedule_whose_time_is_over_waits_for_its_active_job(emulator: EmulatorProcess) -> None:
    add(emulator, recurrenceInterval="PT2H", doNotRunAfter=now(emulator, 3 * HOUR))
    emulator.advance(DAY)
    assert shown(emulator)[0] == "active"
    end(emulator, 1)
    assert (shown(emulator)[0], jobs(emulator)) == ("completed", {"1": "completed"})


def test_a_disabled_schedule_makes_no_job_and_keeps_its_active_one(
    emulator: EmulatorProcess, client: BatchClient
) -> None:
    made = add(emulator, recurrenceInterval="P1D")
    client.disable_job_schedule("s")
    client.create_task("s:job-1", task_options("t1"))
    emulator.advance(DAY + HOUR)
    end(emulator, 1)
    assert (shown(emulator)[0], jobs(emulator)) == ("disabled", {"1": "completed"})
    client.enable_job_schedule("s")
    assert (shown(emulator)[0], jobs(emulator)) == ("active", {"1": "completed", "2": "active"})
    assert shown(emulator)[1]["nextRunTime"] == after(made, 2 * DAY)


def test_what_was_due_while_a_schedule_was_disabled_is_lost_after_its_window(emulator: EmulatorProcess) -> None:
    add(emulator, recurrenceInterval="P1D", startWindow="PT30M")
    emulator.post("/jobschedules/s/disable")
    end(emulator, 1)
    emulator.advance(DAY + HOUR)
    emulator.post("/jobschedules/s/enable")
    assert jobs(emulator) == {"1": "completed"}
    emulator.advance(DAY - HOUR)
    assert jobs(emulator) == {"1": "completed", "2": "active"}


def test_a_changed_interval_counts_from_the_latest_run(emulator: EmulatorProcess) -> None:
    made = add(emulator, recurrenceInterval="P1D")
    emulator.advance(HOUR)
    emulator.call("PATCH", "/jobschedules/s", {"schedule": {"recurrenceInterval": "PT5H"}})
    assert shown(emulator)[1]["nextRunTime"] == after(made, 5 * HOUR)
    end(emulator, 1)
    emulator.advance(4 * HOUR)
    assert jobs(emulator) == {"1": "completed", "2": "active"}
    emulator.call("PUT", "/jobschedules/s", {"jobSpecification": {"poolInfo": POOL_INFO}})
    assert "nextRunTime" not in shown(emulator)[1]
    end(emulator, 2)
    assert shown(emulator)[0] == "completed"


def test_terminating_a_schedule_terminates_its_job(emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    add(emulator, recurrenceInterval="P1D")
    emulator.post("/jobschedules/s/terminate")
    assert (shown(emulator)[0], jobs(emulator)) == ("terminating", {"1": "terminating"})
    assert emulator.get("/jobs/s:job-1")["executionInfo"]["terminateReason"] == "TerminateJobSchedule"
    emulator.settle()
    assert (shown(emulator)[0], jobs(emulator)) == ("completed", {"1": "completed"})
    assert emulator.get("/jobs/s:job-1")["executionInfo"]["terminateReason"] == "TerminateJobSchedule"
    emulator.advance(3 * DAY)
    assert jobs(emulator) == {"1": "completed"}


def test_a_deleted_schedule_takes_its_jobs_and_tasks_along(emulator: EmulatorProcess) -> None:
    add(emulator, ENDS_BY_ITSELF, recurrenceInterval="P1D")
    emulator.post("/jobs", {"id": "mine", "poolInfo": POOL_INFO})
    emulator.advance(DAY)
    emulator.post("/jobs/s:job-2/tasks", {"id": "t1", "commandLine": "x"})
    assert emulator.call("DELETE", "/jobschedules/s").status == 202
    assert (shown(emulator)[0], emulator.call("GET", "/jobschedules/s").status) == ("deleting", 404)
    assert [job["id"] for job in emulator.get("/jobs")["value"]] == ["mine"]
    assert emulator.call("GET", "/jobs/s:job-2/tasks/t1").status == 404
    add(emulator, recurrenceInterval="P1D")
    assert jobs(emulator) == {"1": "active"}
    assert emulator.get("/jobs/s:job-1/tasks")["value"] == []


def test_a_deletion_lasts_as_long_as_that_of_its_jobs(emulator: EmulatorProcess) -> None:
    emulator.switch("job-delete-delay", 90)
    add(emulator, recurrenceInterval="P1D")
    emulator.call("DELETE", "/jobschedules/s")
    emulator.advance(89)
    assert (shown(emulator)[0], jobs(emulator)) == ("deleting", {"1": "deleting"})
    emulator.advance(1)
    assert emulator.call("GET", "/jobschedules/s").status == 404
    assert emulator.get("/jobs")["value"] == []


@pytest.mark.parametrize("how", ["terminate", "delete"])
def test_a_job_that_its_user_ends_or_deletes_makes_room_for_the_next(emulator: EmulatorProcess, how: str) -> None:
    add(emulator, recurrenceInterval="PT1H")
    emulator.advance(90 * MINUTE)
    if how == "terminate":
        emulator.post("/jobs/s:job-1/terminate")
    else:
        emulator.call("DELETE", "/jobs/s:job-1")
    for _ in range(3):
        emulator.call("GET", "/jobs/s:job-1")
    assert jobs(emulator)["2"] == "active"
    assert shown(emulator)[1]["recentJob"]["id"] == "s:job-2"


@pytest.mark.parametrize(("states", "later"), [("at-once", True), ("by-clock", True), ("by-hand", False)])
def test_jobs_that_terminate_when_all_is_done_make_room_as_time_goes_by(
    emulator: EmulatorProcess, states: str, later: bool
) -> None:
    """Nobody polls them: what the service would have ended within seconds has ended when the next is due."""
    emulator.switch("states", states)
    add(emulator, {"poolInfo": POOL_INFO, "onAllTasksComplete": "terminatejob"}, recurrenceInterval="PT1H")
    emulator.advance(3 * HOUR)
    assert list(jobs(emulator)) == (["1", "2", "3", "4"] if later else ["1"])


def test_a_clock_that_stands_still_makes_no_job(emulator: EmulatorProcess) -> None:
    add(emulator, recurrenceInterval="PT1M")
    end(emulator, 1)
    for _ in range(3):
        assert jobs(emulator) == {"1": "completed"}


DO: dict[str, Callable[[EmulatorProcess], Any]] = {
    "disable": lambda emulator: emulator.post("/jobschedules/s/disable"),
    "enable": lambda emulator: emulator.post("/jobschedules/s/enable"),
    "terminate": lambda emulator: emulator.post("/jobschedules/s/terminate"),
    "delete": lambda emulator: emulator.call("DELETE", "/jobschedules/s"),
    "settle": lambda emulator: emulator.settle(),
    "end job": lambda emulator: end(emulator, 1),
}
WAYS = [
    (("disable",), ["active", "disabled"]),
    (("disable", "enable"), ["active", "disabled", "active"]),
    (("disable", "terminate", "settle"), ["active", "disabled", "terminating", "completed"]),
    (("terminate", "settle", "delete", "settle"), ["active", "terminating", "completed", "deleting", "gone"]),
    (("terminate", "delete", "settle"), ["active", "terminating", "deleting", "gone"]),
    (("disable", "delete", "settle"), ["active", "disabled", "deleting", "gone"]),
    (("end job",), ["active", "completed"]),
    (("disable", "end job", "enable"), ["active", "disabled", "disabled", "completed"]),
]


@pytest.mark.parametrize(("actions", "states"), WAYS, ids=[" ".join(actions) for actions, _ in WAYS])
def test_a_schedule_goes_through_its_states(
    emulator: EmulatorProcess, actions: tuple[str, ...], states: list[str]
) -> None:
    emulator.switch("states", "by-hand")
    add(emulator)
    seen = [shown(emulator)[0]]
    for action in actions:
        DO[action](emulator)
        reply = emulator.call("GET", "/jobschedules/s")
        seen.append("gone" if reply.status == 404 else reply.body["state"])
    assert seen == states


def test_every_state_is_in_the_table() -> None:
    states = {state for row in schedule_states.TRANSITIONS for state in (*row.states, row.to)}
    assert states == {"active", "disabled", "terminating", "completed", "deleting", "gone"}
