"""What the service refuses or fails to do: tried again where that helps, told so that a user can act, nothing lost."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, requests, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

IMPATIENT = {"azure-batch:requestTimeout": "5"}


def test_a_service_that_is_busy_or_fails_for_a_moment_is_asked_again(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(
        {"job": job(), "task": task("${job.jobId}"), "properties": pool(startTask={"commandLine": "true"})}
    )
    emulator.fault(method="POST", path="/jobs", status=503, retryAfter=0, times=2)
    emulator.fault(method="POST", path="/jobs/jobId/tasks", status=429, retryAfter=0)
    emulator.fault(method="POST", path="/pools/poolId/updateproperties", status=500)
    emulator.fault(method="GET", path="/pools/poolId", status=502)

    run = stack.up()

    says(run)
    assert run.changed == {"job": "create", "task": "create", "properties": "create"}
    sent = writes(emulator)
    assert sent.count(("POST", "/jobs")) == 3
    assert sent.count(("POST", "/jobs/jobId/tasks")) == 2
    assert sent.count(("POST", "/pools/poolId/updateproperties")) == 2


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (503, "ServerBusy", "The account is being throttled: run again later, or lower `maxConcurrency`."),
        (500, "InternalError", "This is a fault of the service: run again, and give Azure support the request ids"),
    ],
)
def test_a_service_that_stays_broken_is_given_up_with_its_answer_its_ids_and_what_to_do(
    status: int, code: str, advice: str, emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()}, config=IMPATIENT)
    emulator.fault(method="POST", path="/jobs", status=status, code=code, times=1000)

    run = stack.up(expect=None)

    says(
        run,
        f"POST /jobs was answered {status} {code}: The service failed, as it was told to.",
        " times.",
        advice,
        "[request-id ",
        ", client-request-id ",
    )
    emulator.clear_faults()
    assert stack.up().changed == {"job": "create"}
    assert stack.preview().changed == {}
    assert emulator.get("/jobs/jobId")["state"] == "active"


def test_a_key_where_only_entra_will_do_is_said_so_and_is_not_taken_for_a_wrong_one(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    linked = (
        "The specified type of authentication SharedKey is not allowed when external resources of type Network are "
        "linked."
    )
    refusal = {
        "status": 403,
        "code": "AuthenticationFailed",
        "values": {"AuthenticationErrorDetail": linked},
        "times": 1000,
    }
    stack = make_stack({"job": job()})
    emulator.fault(method="POST", path="/jobs", **refusal)
    run = stack.up(expect=None)
    says(run, "403 AuthenticationFailed", linked, "This needs Entra: ", "The account key is not wrong")
    assert "Check that `accountName`" not in run.output
    emulator.clear_faults()
    stack.up()
    emulator.fault(method="GET", path="/jobs/jobId", **refusal)
    says(stack.up(expect=None), "could not be read", "This needs Entra: ")
    assert writes(emulator)[-1] == ("POST", "/jobs")

    subnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/s"
    emulator.clear_faults()
    stack.write({"job": job(networkConfiguration={"subnetId": subnet})})
    says(stack.preview(expect=None), "`networkConfiguration.subnetId` needs Entra: ", "instead of `accountKey`")


def test_missing_rights_in_the_middle_of_an_update_stop_what_needs_them_and_keep_what_is_done(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}")})
    emulator.fault(
        method="POST", path="/jobs/jobId/tasks", status=403, code="InsufficientAccountPermissions", times=1000
    )

    run = stack.up(expect=None)
    says(run, "403 InsufficientAccountPermissions", "Azure Batch Data Contributor", "client-request-id")
    assert requests(emulator).count(("POST", "/jobs/jobId/tasks")) == 1
    assert stack.resource("job")["id"] == "jobs/jobId"

    emulator.clear_faults()
    assert stack.up().changed == {"task": "create"}
    assert stack.preview().changed == {}


@pytest.mark.parametrize(("status", "drift"), [(401, "live"), (403, "refresh")])
def test_refused_credentials_in_a_read_keep_the_state_and_are_healed_by_the_next_up_without_a_write(
    status: int, drift: str, emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    code = "AuthenticationFailed"
    program = {"job": job(), "task": task("${job.jobId}"), "properties": pool(startTask={"commandLine": "true"})}
    stack = make_stack(program, config={"azure-batch:driftDetection": {"value": drift}})
    stack.up()
    before = {name: stack.resource(name)["id"] for name in program}
    emulator.fault(method="GET", path="/*", status=status, code=code, times=3)
    emulator.clear_requests()

    run = stack.refresh()
    says(run, "warning: Refreshed resource is in an unhealthy state", f"{status} {code}", "The state is kept as it was")
    assert {name: stack.resource(name)["id"] for name in program} == before

    emulator.clear_faults()
    # Where the engine does not read first, it has us look again: in an update.
    planned = {} if drift == "live" else dict.fromkeys(program, "update")
    assert stack.preview().changed == planned
    assert stack.up().changed == planned
    assert writes(emulator) == []
    assert not any("initErrors" in found for found in stack.resources().values())
    again = stack.preview()
    assert again.changed == {} and "unhealthy" not in again.output


def test_a_service_that_fails_a_read_stops_the_update_before_anything_happens(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}")}, config=IMPATIENT)
    stack.up()
    state = stack.export()["deployment"]["resources"]
    stack.write({"job": job(priority=5), "new": job("new")})
    emulator.fault(method="GET", path="/jobs/jobId/tasks/task1", status=500, times=1000)
    emulator.clear_requests()

    run = stack.up(expect=None)

    says(run, "GET /jobs/jobId/tasks/task1 was answered 500 InternalError", "run again")
    assert writes(emulator) == []
    ids = [(item["urn"], item.get("id")) for item in stack.export()["deployment"]["resources"]]
    assert ids == [(item["urn"], item.get("id")) for item in state]


def test_a_destroy_with_refused_credentials_says_how_to_bring_in_valid_ones(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})
    stack.up()
    emulator.fault(path="/jobs/*", status=403, code="AuthenticationFailed", times=1000)

    says(stack.destroy(expect=None), "403 AuthenticationFailed", "run `pulumi up` with valid ones first")
    assert stack.resource("job")["id"] == "jobs/jobId"

    emulator.clear_faults()
    stack.up()
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_an_answer_that_is_not_the_services_does_not_count_as_gone(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})
    stack.up()
    emulator.fault(method="GET", path="/jobs/jobId", status=404, code="Proxied", times=1000)
    emulator.clear_requests()

    says(stack.up(expect=None), "404 Proxied")
    assert stack.resource("job")["id"] == "jobs/jobId"
    assert writes(emulator) == []


def test_a_name_that_utf8_cannot_carry_is_told_all_the_same(make_stack: MakeStack) -> None:
    environment = {
        "AZURE_BATCH_ENDPOINT": "https://127.0.0.1:1",
        "AZURE_BATCH_ACCOUNT": "a",
        "AZURE_BATCH_ACCESS_KEY": "a2V5",
        "REQUESTS_CA_BUNDLE": "/nowhere/\udcff.pem",
    }
    stack = make_stack({"job": job()}, environment=environment)
    says(stack.preview(expect=None), "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names /nowhere/?.pem, which is not there.")
