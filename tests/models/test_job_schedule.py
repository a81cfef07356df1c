from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.base import API_2025
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, warned
from tests.models.job_bodies import FULL_JOBS, POOL_2025, pool_info

JOB = FULL_JOBS[API_2025]
POOL: dict[str, Any] = {"poolInfo": {"poolId": "p"}}
SPECIFICATION = {
    name: value
    for name, value in JOB.items()
    if name not in ("jobId", "takeOver", "deletionPolicy", "onMissing", "movePool", "disableTasks")
}
FULL: dict[str, Any] = {
    "jobScheduleId": "nightly",
    "displayName": "Nightly renders",
    "schedule": {
        "doNotRunUntil": "2099-01-31T18:00:00Z",
        "doNotRunAfter": "2099-12-31t18:00:00.1234567+02:00",
        "startWindow": "PT1M",
        "recurrenceInterval": "P1D",
    },
    "jobSpecification": {**SPECIFICATION, "poolInfo": pool_info(POOL_2025)},
    "metadata": [{"name": "team", "value": "video"}],
    "takeOver": True,
    "deletionPolicy": "terminate",
    "onMissing": "ignore",
}

BRIEF = {"id": "m", "commandLine": "m"}


def when(**schedule: Any) -> dict[str, Any]:
    return {"schedule": schedule, "jobSpecification": {**POOL, "jobManagerTask": BRIEF}}


def every_day(**job: Any) -> dict[str, Any]:
    return {"schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": {**POOL, **job}}


def test_a_schedule_with_everything_is_right_and_not_doubtful() -> None:
    assert failures(JobSchedule, FULL) == {}
    assert set(warned(JobSchedule, FULL)) <= {f"jobSpecification.{path}" for path in warned(Job, JOB)}


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (when(startWindow="PT59.9S"), "schedule.startWindow", "at least PT1M"),
        (when(recurrenceInterval="PT0S"), "schedule.recurrenceInterval", "at least PT1M"),
        (when(doNotRunAfter="tomorrow"), "schedule.doNotRunAfter", "ISO 8601 instant"),
        (when(doNotRunUntil="2099-13-01T00:00:00Z"), "schedule.doNotRunUntil", "ISO 8601 instant"),
        (
            when(doNotRunUntil="2099-01-01T01:00:00+02:00", doNotRunAfter="2098-12-31T23:00:00Z"),
            "schedule.doNotRunAfter",
            "later than `doNotRunUntil`",
        ),
        ({"schedule": {}}, "jobSpecification", "required"),
        ({"jobSpecification": POOL}, "schedule", "required"),
        ({"schedule": {}, "jobSpecification": {**POOL, "jobId": "j"}}, "jobSpecification.jobId", ""),
        (every_day(maxParallelTasks=0), "jobSpecification.maxParallelTasks", "more than 0"),
    ],
)
def test_what_the_service_would_refuse_is_refused_by_name(body: dict[str, Any], path: str, reason: str) -> None:
    found = failures(JobSchedule, body)
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (when(doNotRunAfter="2020-01-01T00:00:00Z"), "schedule.doNotRunAfter"),
        (every_day(), "schedule.recurrenceInterval"),
        (every_day(onAllTasksComplete="TerminateJob"), "jobSpecification.onAllTasksComplete"),
        (
            every_day(onAllTasksComplete="terminatejob", jobManagerTask=BRIEF),
            "jobSpecification.jobManagerTask.killJobOnCompletion",
        ),
    ],
)
def test_what_never_goes_on_is_doubtful(body: dict[str, Any], path: str) -> None:
    assert failures(JobSchedule, body) == {}
    assert list(warned(JobSchedule, body)) == [path]


@pytest.mark.parametrize(
    "body",
    [
        when(doNotRunUntil="2020-01-01T00:00:00Z"),
        when(),
        {"schedule": {}, "jobSpecification": POOL},
        every_day(jobManagerTask=BRIEF),
        every_day(constraints={"maxWallClockTime": "PT1H"}),
        every_day(jobManagerTask=UNKNOWN),
        every_day(onAllTasksComplete=UNKNOWN),
        every_day(constraints={"maxWallClockTime": UNKNOWN}),
        {"schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": UNKNOWN},
        {"schedule": UNKNOWN, "jobSpecification": POOL},
        every_day(onAllTasksComplete="terminatejob", jobManagerTask=UNKNOWN),
        every_day(
            jobManagerTask={"id": "m", "commandLine": "m", "killJobOnCompletion": UNKNOWN},
            onAllTasksComplete="terminatejob",
        ),
    ],
)
def test_what_may_go_on_is_not(body: dict[str, Any]) -> None:
    assert failures(JobSchedule, body) == {}
    assert warned(JobSchedule, body) == {}
