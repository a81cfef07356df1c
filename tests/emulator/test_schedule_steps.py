"""However the clock gets to a time, by leaps or steps, a schedule has made the same jobs at the same times."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch_emulator.protocol.durations import MINUTE, format_duration
from batch_emulator.simulation import schedule_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import SECOND, format_time
from batch_emulator.state.entities import JobSchedule
from batch_emulator.state.journal import MemoryJournal
from batch_emulator.state.switches import Switches
from tests.emulator.parts import POOL_INFO

START = 638_000_000_000_000_000
MINUTES = st.integers(1, 90)
DURATION = MINUTES.map(lambda minutes: format_duration(minutes * MINUTE))
TIME = st.integers(-30, 300).map(lambda minutes: format_time(START + minutes * MINUTE))
RECURRENCE = st.fixed_dictionaries(
    {}, optional={"doNotRunUntil": TIME, "doNotRunAfter": TIME, "startWindow": DURATION, "recurrenceInterval": DURATION}
)
SPECIFICATION = st.fixed_dictionaries(
    {"maxWallClockTime": DURATION | st.just("P10675199DT2H48M5.4775807S"), "maxTaskRetryCount": st.just(0)}
)
STEPS = st.lists(st.integers(1, 60 * 90), min_size=1, max_size=8)
STATES = st.sampled_from(["at-once", "by-clock"])


def _history(
    recurrence: dict[str, Any], constraints: dict[str, Any], ends: str, states: str, steps: list[int]
) -> tuple[Any, ...]:
    account = SimulatedAccount(MemoryJournal(), Switches({"states": states, "scheduling": "off"}))
    account.clock.restore({"frozen": START})
    specification = {
        "poolInfo": POOL_INFO,
        "constraints": constraints,
        "onAllTasksComplete": ends,
        "onTaskFailure": "noaction",
    }
    schedule = JobSchedule.new("s", {"schedule": recurrence, "jobSpecification": specification}, account.clock.stamp())
    schedule_states.plan(account, schedule)
    for seconds in steps:
        account.clock.advance(seconds)
        account.tick()
    jobs = schedule_states.jobs_of(account, schedule)
    return (
        schedule.state,
        schedule.next_run,
        schedule.waiting,
        sorted((job.created // SECOND, job.id, job.state, str(job.execution.get("endTime"))[:19]) for job in jobs),
    )


@given(RECURRENCE, SPECIFICATION, st.sampled_from(["noaction", "terminatejob"]), STATES, STEPS)
@settings(max_examples=150, deadline=None)
def test_steps_and_leaps_make_the_same_jobs(
    recurrence: dict[str, Any], constraints: dict[str, Any], ends: str, states: str, steps: list[int]
) -> None:
    stepped = _history(recurrence, constraints, ends, states, steps)
    assert _history(recurrence, constraints, ends, states, [sum(steps)]) == stepped


@given(RECURRENCE, SPECIFICATION, st.sampled_from(["noaction", "terminatejob"]), STATES, STEPS)
@settings(max_examples=100, deadline=None)
def test_at_most_one_job_is_active_and_none_outside_the_schedule_s_time(
    recurrence: dict[str, Any], constraints: dict[str, Any], ends: str, states: str, steps: list[int]
) -> None:
    state, next_run, _, jobs = _history(recurrence, constraints, ends, states, steps)
    assert sum(job_state != "completed" for _, _, job_state, _ in jobs) <= 1
    assert all(before[3] <= format_time(after[0] * SECOND) for before, after in pairwise(jobs))
    times = [format_time(made * SECOND)[:19] for made, _, _, _ in jobs]
    assert all(time >= recurrence.get("doNotRunUntil", "")[:19] for time in times)
    assert all(time <= recurrence.get("doNotRunAfter", "9")[:19] for time in times)
    assert state in ("active", "completed") and (state == "active" or next_run is None)
    assert all(name == f"s:job-{number}" for number, (_, name, _, _) in enumerate(jobs, 1))


def test_a_leap_over_ages_makes_up_for_the_latest_jobs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_states, "MOST_RUNS", 10)
    constraints = {"maxWallClockTime": "PT10H", "maxTaskRetryCount": 0}
    day = 86_400
    state, next_run, _, jobs = _history(
        {"recurrenceInterval": "P1D"}, constraints, "noaction", "at-once", [day, 1000 * day + 60]
    )
    days = [(made - START // SECOND) // day for made, _, _, _ in jobs]
    assert (days, state) == ([0, 1, *range(991, 1002)], "active")
    assert [job_state for _, _, job_state, _ in jobs] == ["completed"] * 12 + ["active"]
    assert next_run == START + 1002 * day * SECOND
