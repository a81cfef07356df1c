"""Job schedules as an account has them: what is read back, changed, listed and refused."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator import raw
from tests.emulator.parts import MACHINE, POOL_INFO, code_of, job_options, task_options, values_of
from tests.emulator.test_job_bodies import body as whole_job
from tests.emulator.test_pool_bodies import read_back as pool_read_back
from tests.emulator_process import V2024, V2025, EmulatorProcess

FOREVER = "P10675199DT2H48M5.4775807S"
DAILY = {"recurrenceInterval": "P1D"}
SCHEDULE: dict[str, Any] = {"id": "nightly", "schedule": DAILY, "jobSpecification": {"poolInfo": POOL_INFO}}
TIMES = ("eTag", "lastModified", "creationTime", "stateTransitionTime", "previousStateTransitionTime")


def options(schedule_id: str = "nightly", **more: Any) -> models.BatchJobScheduleCreateOptions:
    return models.BatchJobScheduleCreateOptions(
        **{
            "id": schedule_id,
            "schedule": models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(days=1)),
            "job_specification": models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="p1")),
            **more,
        }
    )


def test_a_schedule_is_read_back_as_the_service_does(client: BatchClient, emulator: EmulatorProcess) -> None:
    """Values and order are those of a recording of Microsoft's."""
    sent = {
        "id": "nightly",
        "schedule": {"startWindow": "PT01H00M00S", "recurrenceInterval": "P1DT00H00M00S"},
        "jobSpecification": {
            "poolInfo": {"poolId": "pool_id"},
            "constraints": {"maxTaskRetryCount": 2},
            "onAllTasksComplete": "terminatejob",
        },
    }
    reply = emulator.call("POST", "/jobschedules", sent)
    url = f"{emulator.endpoint}/jobschedules/nightly"
    assert (reply.status, reply.headers["DataServiceId"], reply.headers["Location"]) == (201, url, url)
    schedule = emulator.get("/jobschedules/nightly")
    assert schedule["eTag"] == reply.headers["ETag"]
    created = datetime.datetime.fromisoformat(schedule["creationTime"][:26])
    assert schedule["executionInfo"].pop("nextRunTime")[:26] == str(created + datetime.timedelta(days=1)).replace(
        " ", "T"
    )
    rest = {name: value for name, value in schedule.items() if name not in TIMES}
    expected = {
        "odata.metadata": f"{emulator.endpoint}/$metadata#jobschedules/@Element",
        "id": "nightly",
        "url": url,
        "state": "active",
        "schedule": {"startWindow": "PT1H", "recurrenceInterval": "P1D"},
        "jobSpecification": {
            "priority": 0,
            "maxParallelTasks": -1,
            "allowTaskPreemption": False,
            "usesTaskDependencies": False,
            "onAllTasksComplete": "terminatejob",
            "onTaskFailure": "noaction",
            "constraints": {"maxWallClockTime": FOREVER, "maxTaskRetryCount": 2},
            "poolInfo": {"poolId": "pool_id"},
        },
        "executionInfo": {"recentJob": {"url": f"{emulator.endpoint}/jobs/nightly:job-1", "id": "nightly:job-1"}},
    }
    assert rest == expected
    assert (list(rest), list(rest["jobSpecification"])) == (list(expected), list(expected["jobSpecification"]))
    assert client.job_schedule_exists("NIGHTLY")


@pytest.mark.parametrize("version", [V2024, V2025])
@pytest.mark.usefixtures("linked")
def test_a_job_of_a_schedule_is_all_that_its_specification_says(emulator: EmulatorProcess, version: str) -> None:
    specification = whole_job(version)
    del specification["id"]
    emulator.post("/jobschedules", {**SCHEDULE, "jobSpecification": specification}, version)
    shown = emulator.get("/jobschedules/nightly", version)["jobSpecification"]
    job = emulator.get("/jobs/nightly:job-1", version)
    assert {name: job[name] for name in shown} == shown
    assert shown.keys() == specification.keys()
    pool = pool_read_back(version)
    del pool["id"]
    assert shown["poolInfo"]["autoPoolSpecification"]["pool"] == pool
    assert [task["id"] for task in emulator.get("/jobs/nightly:job-1/tasks", version)["value"]] == ["manager"]
    assert job["executionInfo"]["poolId"].startswith("auto_")
    reply = emulator.call(
        "POST", "/jobs/nightly:job-1/tasks", {"id": "prepare", "commandLine": "x"}, api_version=version
    )
    assert (reply.status, reply.body["code"]) == (409, "TaskIdSameAsJobPreparationTask")


def test_the_client_does_all_that_it_can_do_with_a_schedule(client: BatchClient) -> None:
    metadata = [models.BatchMetadataItem(name="a", value="1")]
    client.create_job_schedule(options(display_name="Every night", metadata=metadata))
    schedule = client.get_job_schedule("nightly")
    assert (schedule.display_name, schedule.state) == ("Every night", models.BatchJobScheduleState.ACTIVE)
    assert schedule.metadata is not None and schedule.metadata[0].value == "1"
    assert schedule.execution_info.recent_job is not None
    assert schedule.execution_info.next_run_time is not None
    assert schedule.execution_info.next_run_time - schedule.creation_time == datetime.timedelta(days=1)
    assert [job.id for job in client.list_jobs_from_schedule("nightly")] == ["nightly:job-1"]
    assert [item.id for item in client.list_job_schedules()] == ["nightly"]
    client.disable_job_schedule("nightly")
    assert client.get_job_schedule("nightly").state == "disabled"
    client.enable_job_schedule("nightly")
    client.update_job_schedule("nightly", models.BatchJobScheduleUpdateOptions(metadata=[]))
    schedule = client.get_job_schedule("nightly")
    assert (schedule.state, schedule.previous_state, schedule.metadata) == ("active", "disabled", None)
    schedule.schedule = models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=10))
    client.replace_job_schedule("nightly", schedule)
    changed = client.get_job_schedule("nightly")
    assert changed.schedule is not None and changed.schedule.recurrence_interval == datetime.timedelta(hours=10)
    client.begin_terminate_job_schedule("nightly", polling_interval=0).result()
    ended = client.get_job_schedule("nightly")
    assert (ended.state, ended.execution_info.next_run_time) == ("completed", None)
    assert ended.execution_info.end_time is not None
    client.begin_delete_job_schedule("nightly", polling_interval=0).result()
    with pytest.raises(ResourceNotFoundError):
        client.job_schedule_exists("nightly")
    assert list(client.list_jobs()) == []


def test_jobs_of_a_schedule_are_addressed_by_the_client_as_any_other(client: BatchClient) -> None:
    client.create_job_schedule(options())
    client.create_task("nightly:job-1", task_options("t1"))
    client.create_tasks("nightly:job-1", [task_options("t2")])
    assert [task.id for task in client.list_tasks("nightly:job-1")] == ["t1", "t2"]
    task = client.get_task("nightly:job-1", "t1")
    assert str(task.url).endswith("/jobs/nightly:job-1/tasks/t1")
    client.update_job("nightly:job-1", models.BatchJobUpdateOptions(priority=5))
    assert client.get_job("nightly:job-1").priority == 5
    client.terminate_task("nightly:job-1", "t1")
    client.delete_task("nightly:job-1", "t2")
    assert client.get_job_task_counts("nightly:job-1").task_counts.completed == 1


@pytest.mark.parametrize("path", ["/jobs/nightly%3Ajob-1", "/jobs/nightly:job-1", "/jobs/NIGHTLY%3AJOB-1"])
def test_a_colon_in_a_path_may_be_escaped(emulator: EmulatorProcess, path: str) -> None:
    emulator.post("/jobschedules", SCHEDULE)
    emulator.post(f"{path}/tasks", {"id": "t1", "commandLine": "x"})
    reply = raw.send(emulator, "GET", f"{path}?api-version={V2025}")
    assert (reply.status, reply.body["id"]) == (200, "nightly:job-1")
    assert emulator.get(f"{path}/tasks/t1")["url"] == f"{emulator.endpoint}/jobs/nightly:job-1/tasks/t1"
    emulator.post("/_emulator/" + path.replace("/jobs", "tasks") + "/t1", {"state": "completed", "exitCode": 3})
    assert emulator.get(f"{path}/tasks/t1")["executionInfo"]["exitCode"] == 3


def test_no_one_can_add_a_job_with_a_colon(emulator: EmulatorProcess) -> None:
    for path, body in (
        ("/jobs", {"id": "a:job-1", "poolInfo": POOL_INFO}),
        ("/jobschedules", {**SCHEDULE, "id": "a:b"}),
    ):
        reply = emulator.call("POST", path, body)
        assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "id")


def test_schedules_and_jobs_share_their_ids(client: BatchClient) -> None:
    client.create_job_schedule(options("Nightly"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job(job_options("nightly"))
    assert code_of(caught) == "JobScheduleWithSameIdExists"
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options("nightly"))
    assert code_of(caught) == "JobScheduleExists"
    client.create_job(job_options("plain"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options("PLAIN"))
    assert code_of(caught) == "JobWithSameIdExists"


def test_schedules_and_jobs_share_their_quota(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("active-job-quota", 2)
    client.create_job_schedule(options())
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job(job_options("j"))
    assert code_of(caught) == "ActiveJobAndScheduleQuotaReached"
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options("other"))
    assert code_of(caught) == "ActiveJobAndScheduleQuotaReached"


REFUSED: list[tuple[str, Any, str, str]] = [
    ("id", None, "MissingRequiredProperty", "id"),
    ("id", "a b", "InvalidPropertyValue", "id"),
    ("schedule", None, "MissingRequiredProperty", "schedule"),
    ("schedule", "daily", "InvalidPropertyValue", "schedule"),
    ("schedule", {"recurrenceInterval": "PT59S"}, "InvalidPropertyValue", "schedule.recurrenceInterval"),
    ("schedule", {"startWindow": "PT59.9999999S"}, "InvalidPropertyValue", "schedule.startWindow"),
    ("schedule", {"doNotRunUntil": "tomorrow"}, "InvalidPropertyValue", "schedule.doNotRunUntil"),
    ("schedule", {"doNotRunAfter": 5}, "InvalidPropertyValue", "schedule.doNotRunAfter"),
    ("schedule", {"cron": "* * * * *"}, "UnsupportedProperty", "schedule.cron"),
    ("jobSpecification", None, "MissingRequiredProperty", "jobSpecification"),
    ("jobSpecification", {}, "MissingRequiredProperty", "jobSpecification.poolInfo"),
    ("jobSpecification", {"poolInfo": POOL_INFO, "id": "x"}, "UnsupportedProperty", "jobSpecification.id"),
    ("jobSpecification", {"poolInfo": {}}, "InvalidPropertyValue", "jobSpecification.poolInfo.poolId"),
    (
        "jobSpecification",
        {
            "poolInfo": POOL_INFO,
            "jobManagerTask": {"id": "a", "commandLine": "x"},
            "jobPreparationTask": {"id": "A", "commandLine": "x"},
        },
        "InvalidPropertyValue",
        "jobSpecification.id",
    ),
    ("state", "active", "UnsupportedProperty", "state"),
]


@pytest.mark.parametrize(("name", "value", "code", "path"), REFUSED, ids=[f"{case[0]} {case[1]}" for case in REFUSED])
def test_a_schedule_that_breaks_a_rule_is_refused_by_name(
    emulator: EmulatorProcess, name: str, value: Any, code: str, path: str
) -> None:
    schedule = {key: kept for key, kept in {**SCHEDULE, name: value}.items() if kept is not None}
    reply = emulator.call("POST", "/jobschedules", schedule)
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (400, code, path)
    assert emulator.get("/jobschedules")["value"] == emulator.get("/jobs")["value"] == []


def test_times_come_back_in_utc_and_an_empty_schedule_not_at_all(emulator: EmulatorProcess) -> None:
    times = {"doNotRunUntil": "2999-01-01T01:30:00.500+02:00", "doNotRunAfter": "2999-02-01T00:00:00Z"}
    emulator.post("/jobschedules", {**SCHEDULE, "schedule": times})
    schedule = emulator.get("/jobschedules/nightly")
    assert schedule["schedule"] == {"doNotRunUntil": "2998-12-31T23:30:00.5Z", "doNotRunAfter": "2999-02-01T00:00:00Z"}
    assert schedule["executionInfo"] == {"nextRunTime": "2998-12-31T23:30:00.5Z"}
    emulator.post("/jobschedules", {**SCHEDULE, "id": "once", "schedule": {}})
    assert "schedule" not in emulator.get("/jobschedules/once")


def test_an_interval_beyond_all_times_has_no_next_run(emulator: EmulatorProcess) -> None:
    emulator.post("/jobschedules", {**SCHEDULE, "schedule": {"recurrenceInterval": FOREVER, "startWindow": FOREVER}})
    schedule = emulator.get("/jobschedules/nightly")
    assert (schedule["state"], list(schedule["executionInfo"])) == ("active", ["recentJob"])
    times = {"doNotRunUntil": "9999-12-31T23:59:59.9999999Z", "recurrenceInterval": FOREVER}
    assert emulator.call("PATCH", "/jobschedules/nightly", {"schedule": times}).status == 200
    assert emulator.get("/jobschedules/nightly")["state"] == "active"


def test_the_order_of_a_schedule_s_times_is_a_switch(emulator: EmulatorProcess) -> None:
    times = {"doNotRunUntil": "2999-01-01T00:00:00Z", "doNotRunAfter": "2999-01-01T01:00:00+01:00"}
    emulator.post("/jobschedules", {**SCHEDULE, "schedule": times})
    emulator.switch("schedule-times", "in-order")
    for method, path, body in (
        ("POST", "/jobschedules", {**SCHEDULE, "id": "other", "schedule": times}),
        ("PATCH", "/jobschedules/nightly", {"schedule": times}),
    ):
        reply = emulator.call(method, path, body)
        assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "schedule.doNotRunAfter")


def test_a_patch_replaces_what_it_names_and_a_put_everything(emulator: EmulatorProcess) -> None:
    specification = {"poolInfo": POOL_INFO, "priority": 5, "metadata": [{"name": "a", "value": "1"}]}
    emulator.post(
        "/jobschedules",
        {
            **SCHEDULE,
            "displayName": "kept",
            "schedule": {**DAILY, "startWindow": "PT1H"},
            "jobSpecification": specification,
            "metadata": [{"name": "m", "value": "2"}],
        },
    )
    reply = emulator.call("PATCH", "/jobschedules/nightly", {"schedule": {"recurrenceInterval": "PT24H"}})
    assert (reply.status, reply.headers["DataServiceId"]) == (200, f"{emulator.endpoint}/jobschedules/nightly")
    schedule = emulator.get("/jobschedules/nightly")
    assert (schedule["eTag"], schedule["schedule"]) == (reply.headers["ETag"], DAILY)
    assert (schedule["jobSpecification"]["priority"], len(schedule["metadata"])) == (5, 1)
    emulator.call("PATCH", "/jobschedules/nightly", {"jobSpecification": {"poolInfo": POOL_INFO}})
    schedule = emulator.get("/jobschedules/nightly")
    assert schedule["jobSpecification"]["priority"] == 0 and "metadata" not in schedule["jobSpecification"]
    reply = emulator.call("PUT", "/jobschedules/nightly", {"id": "x", "jobSpecification": {"poolInfo": POOL_INFO}})
    assert reply.status == 200
    schedule = emulator.get("/jobschedules/nightly")
    assert schedule["displayName"] == "kept" and not {"schedule", "metadata"} & set(schedule)
    reply = emulator.call("PUT", "/jobschedules/nightly", {"schedule": DAILY})
    assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "jobSpecification")
    reply = emulator.call("PATCH", "/jobschedules/nightly", {"displayName": "new"})
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedProperty")


def test_a_changed_specification_holds_for_later_jobs_only(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job_schedule(options())
    client.update_job_schedule(
        "nightly",
        models.BatchJobScheduleUpdateOptions(
            job_specification=models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="p2"), priority=9)
        ),
    )
    assert client.get_job("nightly:job-1").priority == 0
    emulator.post("/jobs/nightly:job-1/terminate")
    emulator.advance(86_400)
    second = client.get_job("nightly:job-2")
    assert (second.priority, second.pool_info.pool_id) == (9, "p2")
    assert client.get_job("nightly:job-1").pool_info.pool_id == "p1"


def test_actions_answer_as_the_service_does(emulator: EmulatorProcess) -> None:
    emulator.post("/jobschedules", SCHEDULE)
    etag = emulator.get("/jobschedules/nightly")["eTag"]
    for action, status in (("disable", 204), ("enable", 204), ("enable", 204), ("terminate", 202)):
        reply = emulator.call("POST", f"/jobschedules/nightly/{action}")
        assert (reply.status, reply.body) == (status, None)
        assert reply.headers["DataServiceId"] == f"{emulator.endpoint}/jobschedules/nightly/{action}"
        assert reply.headers["ETag"] != etag
        etag = reply.headers["ETag"]
    emulator.settle()
    reply = emulator.call("DELETE", "/jobschedules/nightly?force=true")
    assert (reply.status, reply.body) == (202, None)
    assert not {"ETag", "Last-Modified", "DataServiceId"} & set(reply.headers)
    schedule = emulator.get("/jobschedules/nightly")
    assert (schedule["state"], schedule["eTag"]) == ("deleting", etag)


CHANGES: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"metadata": []}),
    ("PUT", "", {"jobSpecification": {"poolInfo": POOL_INFO}}),
    ("POST", "/disable", None),
    ("POST", "/enable", None),
    ("POST", "/terminate", None),
    ("DELETE", "", None),
    ("GET", "", None),
    ("HEAD", "", None),
]


@pytest.mark.parametrize(("method", "suffix", "body"), CHANGES, ids=[f"{case[0]}{case[1]}" for case in CHANGES])
def test_each_operation_honours_conditions_and_knows_what_is_missing(
    emulator: EmulatorProcess, method: str, suffix: str, body: Any
) -> None:
    emulator.post("/jobschedules", SCHEDULE)
    reply = emulator.call(method, f"/jobschedules/nightly{suffix}", body, headers={"If-Match": "0x1"})
    assert reply.status == 412
    assert emulator.call(method, f"/jobschedules/other{suffix}", body).status == 404
    if method in ("GET", "HEAD"):
        etag = emulator.get("/jobschedules/nightly")["eTag"]
        reply = emulator.call(method, f"/jobschedules/nightly{suffix}", headers={"If-None-Match": etag})
        assert reply.status == 304
    else:
        assert emulator.call(method, f"/jobschedules/other{suffix}", body).body["code"] == "JobScheduleNotFound"


REFUSING = [
    ("disabled", "POST", "/disable", "JobScheduleDisabled"),
    *(
        (state, method, suffix, code)
        for state, code in (
            ("terminating", "JobScheduleBeingTerminated"),
            ("completed", "JobScheduleCompleted"),
            ("deleting", "JobScheduleBeingDeleted"),
        )
        for method, suffix, _ in CHANGES[:5]
    ),
    ("deleting", "DELETE", "", "JobScheduleBeingDeleted"),
]


@pytest.mark.parametrize(("state", "method", "suffix", "code"), REFUSING)
def test_a_state_refuses_what_it_does_not_allow(
    emulator: EmulatorProcess, state: str, method: str, suffix: str, code: str
) -> None:
    emulator.switch("states", "by-hand")
    emulator.post("/jobschedules", SCHEDULE)
    to = {"disabled": "disable", "terminating": "terminate", "completed": "terminate"}
    if state == "deleting":
        emulator.call("DELETE", "/jobschedules/nightly")
    else:
        emulator.post(f"/jobschedules/nightly/{to[state]}")
    if state == "completed":
        emulator.settle()
    assert emulator.get("/jobschedules/nightly")["state"] == state
    body = next(case[2] for case in CHANGES if case[:2] == (method, suffix))
    reply = emulator.call(method, f"/jobschedules/nightly{suffix}", body)
    assert (reply.status, reply.body["code"]) == (409, code)
    assert emulator.get("/jobschedules/nightly")["state"] == state


def test_an_id_is_taken_until_its_schedule_is_gone(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    client.create_job_schedule(options())
    emulator.post("/jobschedules/nightly/terminate")
    emulator.settle()
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options())
    assert code_of(caught) == "JobScheduleCompleted"
    emulator.call("DELETE", "/jobschedules/nightly")
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options())
    assert code_of(caught) == "JobScheduleBeingDeleted"
    emulator.switch("schedule-recreate-code", "JobScheduleExists")
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job_schedule(options())
    assert code_of(caught) == "JobScheduleExists"
    emulator.settle()
    client.create_job_schedule(options())


def test_schedules_are_listed_by_page_filter_and_selection(client: BatchClient, emulator: EmulatorProcess) -> None:
    for name in ("c", "A", "b"):
        client.create_job_schedule(options(name))
    client.disable_job_schedule("b")
    assert [item.id for item in client.list_job_schedules(max_results=1)] == ["A", "b", "c"]
    assert [item.id for item in client.list_job_schedules(filter="state eq 'disabled'")] == ["b"]
    assert [item.id for item in client.list_job_schedules(filter="startswith(id,'a') or id eq 'c'")] == ["A", "c"]
    emulator.post("/jobschedules/b/terminate")
    emulator.settle()
    ended = "executionInfo/endTime gt DateTime'2020-01-01T00:00:00Z'"
    assert [item.id for item in client.list_job_schedules(filter=ended)] == ["b"]
    emulator.post("/jobschedules", {**SCHEDULE, "schedule": {"doNotRunUntil": "2999-01-01T00:00:00Z"}})
    later = (
        "schedule/doNotRunUntil ge DateTime'2999-01-01T00:00:00Z' and schedule/doNotRunAfter ne '2020-01-01T00:00:00Z'"
    )
    assert [item.id for item in client.list_job_schedules(filter=later)] == ["nightly"]
    page = emulator.get("/jobschedules?$select=id,executionInfo&maxresults=1")
    assert page["odata.metadata"] == f"{emulator.endpoint}/$metadata#jobschedules"
    assert [set(item) for item in page["value"]] == [{"id", "executionInfo"}]
    reply = emulator.call("GET", "/jobschedules?$filter=" + quote("colour eq 'red'"))
    assert (reply.status, reply.body["code"]) == (400, "InvalidQueryParameterValue")
    assert emulator.call("GET", "/jobschedules?$select=colour").status == 400


def test_the_jobs_of_a_schedule_are_listed_alone(client: BatchClient, emulator: EmulatorProcess) -> None:
    for name in ("night", "nightly", "nightly-2"):
        client.create_job_schedule(options(name))
    client.create_job(job_options("nightly-job-1"))
    for day in range(2):
        emulator.post(f"/jobs/nightly:job-{day + 1}/terminate")
        emulator.advance(86_400)
    assert [job.id for job in client.list_jobs_from_schedule("Nightly", max_results=1)] == [
        "nightly:job-3",
        "nightly:job-1",
        "nightly:job-2",
    ]
    page = emulator.get("/jobschedules/nightly/jobs?$select=id,url&$filter=" + quote("state eq 'active'"))
    assert page["odata.metadata"] == f"{emulator.endpoint}/$metadata#jobs"
    assert page["value"] == [{"id": "nightly:job-3", "url": f"{emulator.endpoint}/jobs/nightly:job-3"}]
    link = emulator.get("/jobschedules/nightly/jobs?maxresults=2")["odata.nextLink"]
    assert link.startswith(f"{emulator.endpoint}/jobschedules/nightly/jobs?")
    with pytest.raises(ResourceNotFoundError) as caught:
        list(client.list_jobs_from_schedule("other"))
    assert code_of(caught) == "JobScheduleNotFound"


def test_statistics_are_shown_when_they_are_asked_for(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job_schedule(options())
    for name, code in (("good", 0), ("bad", 3), ("late", None)):
        client.create_task("nightly:job-1", task_options(name))
        if code is not None:
            emulator.run_task("nightly:job-1", name, state="running")
            emulator.run_task("nightly:job-1", name, state="completed", exitCode=code, retryCount=code)
    assert client.get_job_schedule("nightly").job_schedule_statistics is None
    for stats in (
        client.get_job_schedule("nightly", expand=["stats"]).job_schedule_statistics,
        client.get_job("nightly:job-1", expand=["stats"]).job_statistics,
        next(iter(client.list_job_schedules(expand=["stats"]))).job_schedule_statistics,
    ):
        assert stats is not None
        assert (stats.succeeded_tasks_count, stats.failed_tasks_count, stats.task_retries_count) == (1, 1, 3)
        assert stats.start_time <= stats.last_update_time
    assert emulator.get("/jobschedules/nightly?$select=stats&$expand=stats")["stats"]["numSucceededTasks"] == "1"


def test_a_stale_etag_stops_a_replacement(client: BatchClient) -> None:
    client.create_job_schedule(options())
    schedule = client.get_job_schedule("nightly")
    client.disable_job_schedule("nightly")
    with pytest.raises(HttpResponseError) as caught:
        client.replace_job_schedule(
            "nightly", schedule, etag=schedule.etag, match_condition=MatchConditions.IfNotModified
        )
    assert caught.value.status_code == 412


def test_a_schedule_with_its_clock_and_jobs_outlives_its_process(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobschedules", SCHEDULE)
        emulator.post("/jobs/nightly:job-1/tasks", {"id": "t1", "commandLine": "x"})
        before = emulator.get("/jobschedules/nightly")
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        after = emulator.get("/jobschedules/nightly")
        for url in ("url", "odata.metadata"):
            del before[url], after[url]
        for shown in (before, after):
            del shown["executionInfo"]["recentJob"]["url"]
        assert after == before
        assert [task["id"] for task in emulator.get("/jobs/nightly:job-1/tasks")["value"]] == ["t1"]
        emulator.post("/jobs/nightly:job-1/terminate")
        emulator.advance(86_400)
        assert emulator.get("/jobs/nightly:job-2")["state"] == "active"


def test_an_auto_pool_of_a_schedule_is_shared_and_ends_with_it(emulator: EmulatorProcess) -> None:
    pool = {"vmSize": "a", "virtualMachineConfiguration": MACHINE}
    auto = {"autoPoolIdPrefix": "auto", "poolLifetimeOption": "jobschedule", "pool": pool}
    emulator.post("/jobschedules", {**SCHEDULE, "jobSpecification": {"poolInfo": {"autoPoolSpecification": auto}}})
    emulator.post("/jobs/nightly:job-1/terminate")
    emulator.settle()
    emulator.advance(86_400)
    (shared,) = emulator.get("/pools")["value"]
    for number in (1, 2):
        assert emulator.get(f"/jobs/nightly:job-{number}")["executionInfo"]["poolId"] == shared["id"]
    emulator.post("/jobschedules/nightly/terminate")
    emulator.settle()
    assert emulator.get("/pools")["value"] == []
