"""The life of a JobSchedule under the real engine: what changes in place, what a change means, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, schedule, taken, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

NIGHTLY = "/jobschedules/nightly"


def specification(**more: Any) -> dict[str, Any]:
    return {**schedule()["properties"]["jobSpecification"], **more}


def end_job(emulator: EmulatorProcess, name: str) -> None:
    assert emulator.call("POST", f"/jobs/{name}/terminate").status == 202
    emulator.settle()


def test_a_schedule_is_patched_and_a_changed_specification_holds_for_later_jobs(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"s": schedule()})
    stack.up()
    assert writes(emulator) == [("POST", "/jobschedules")]
    assert stack.up().changed == {}

    stack.write({"s": schedule(jobSpecification=specification(priority=7), metadata=[{"name": "team", "value": "a"}])})
    planned = stack.preview()
    assert planned.paths("s") == {"jobSpecification.priority": "add", "metadata": "add"}
    says(planned, "holds for the jobs that are made from now on")
    taken(emulator)
    assert stack.up().changed == {"s": "update"}
    patch = [entry for entry in taken(emulator) if entry["method"] == "PATCH"]
    assert [sorted(entry["body"]) for entry in patch] == [["jobSpecification", "metadata"]]
    assert all(entry["headers"]["if-match"] for entry in patch)
    assert emulator.get("/jobs/nightly:job-1")["priority"] == 0
    end_job(emulator, "nightly:job-1")
    emulator.advance(3600)
    assert emulator.get("/jobs/nightly:job-2")["priority"] == 7
    assert stack.up().changed == {}


def test_a_task_goes_into_a_job_of_a_schedule_whatever_its_case(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    make_stack({"s": schedule()}, name="schedule").up()
    stack = make_stack({"t": task("Nightly:JOB-1")}, name="task")
    stack.up()
    assert stack.resource("t")["id"] == "jobs/Nightly:JOB-1/tasks/task1"
    assert "task1" in [item["id"] for item in emulator.get("/jobs/nightly:job-1/tasks")["value"]]
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}


def test_a_completed_schedule_is_no_drift_and_a_change_of_it_replaces_it_with_its_jobs(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"s": schedule(schedule={}, displayName="Once")})
    stack.up()
    end_job(emulator, "nightly:job-1")
    assert emulator.get(NIGHTLY)["state"] == "completed"
    assert stack.up().changed == {}

    stack.write({"s": schedule(schedule={}, displayName="Twice")})
    renamed = stack.up()
    assert renamed.changed == {"s": "update"}
    says(renamed, "`displayName` of jobschedules/nightly is not what is declared and stays as it is")

    stack.write({"s": schedule(schedule={"recurrenceInterval": "PT2H"}, displayName="Twice")})
    planned = stack.preview()
    assert planned.changed == {"s": "replace"}
    assert planned.paths("s") == {"schedule.recurrenceInterval": "add-replace"}
    says(planned, "replacing jobschedules/nightly deletes the job that it has made", "jobs/nightly:job-1 (completed)")
    taken(emulator)
    assert stack.up().changed == {"s": "replace"}
    assert writes(emulator) == [("DELETE", NIGHTLY), ("POST", "/jobschedules")]
    assert emulator.get(NIGHTLY)["displayName"] == "Twice"


def test_one_that_is_there_is_adopted_or_taken_over_completed_or_not(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    body = schedule()["properties"]
    sent = {"id": "NIGHTLY", **{name: value for name, value in body.items() if name != "jobScheduleId"}}
    emulator.post("/jobschedules", {**sent, "metadata": [{"name": "by", "value": "hand"}]})
    stack = make_stack({"s": schedule()})
    says(stack.preview(expect=None), "jobschedules/nightly exists already and is not what is declared", "takeOver")
    stack.write({"s": schedule(takeOver=True)})
    says(stack.up(), "taking over jobschedules/nightly")
    assert emulator.get(NIGHTLY).get("metadata", []) == []

    assert emulator.call("POST", f"{NIGHTLY}/terminate").status == 202
    emulator.settle()
    second = make_stack({"s": schedule()}, name="second")
    says(second.up(), "is what is declared: adopted")
    assert second.up().changed == {}


def test_an_id_that_a_job_has_is_refused_by_name(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    both = make_stack({"s": schedule("same"), "j": job("Same")}, name="both")
    says(both.preview(expect=None), "jobs and job schedules share their ids")
    emulator.post("/jobs", {"id": "NIGHTLY", "poolInfo": {"poolId": "poolId"}})
    stack = make_stack({"s": schedule()})
    taken(emulator)
    says(stack.preview(expect=None), "jobschedules/nightly cannot be created, because there is jobs/nightly")
    assert writes(emulator) == []


@pytest.mark.parametrize(
    ("policy", "sent", "state"),
    [
        ("delete", [("DELETE", NIGHTLY)], None),
        ("terminate", [("POST", f"{NIGHTLY}/terminate")], "completed"),
        ("retain", [], "active"),
    ],
)
def test_what_becomes_of_a_schedule_that_is_no_longer_declared(
    emulator: EmulatorProcess, make_stack: MakeStack, policy: str, sent: list[tuple[str, str]], state: str | None
) -> None:
    stack = make_stack({"s": schedule(deletionPolicy=policy)})
    stack.up()
    taken(emulator)
    gone = stack.destroy()
    assert gone.changed == {"s": "delete"}
    assert writes(emulator) == sent
    if state is None:
        says(gone, "deleting jobschedules/nightly deletes the job that it has made", "jobs/nightly:job-1 (active)")
        assert emulator.call("GET", NIGHTLY).status == 404
        assert emulator.call("GET", "/jobs/nightly:job-1").status == 404
        return
    emulator.settle()
    assert emulator.get(NIGHTLY)["state"] == state


def test_an_account_that_schedules_fill_says_so_and_names_them(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    for name in ("one", "two"):
        body = {"schedule": {"doNotRunUntil": "2099-01-01T00:00:00Z"}, "jobSpecification": specification()}
        emulator.post("/jobschedules", {"id": name, **body})
    assert emulator.call("POST", "/jobschedules/two/disable").status == 204
    emulator.switch("active-job-quota", 2)
    stack = make_stack({"s": schedule()})
    said = ("409 ActiveJobAndScheduleQuotaReached", "jobschedules/two (disabled), jobschedules/one (active)")
    says(stack.up(expect=None), *said, "customTimeouts")
