"""Bad input, each with an error that a user can act on, and nothing sent that the error makes pointless."""

from __future__ import annotations

import base64
import socket
from typing import Any, Final

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, requests, task, writes
from tests.e2e.saying import says, says_nothing_of
from tests.emulator_process import EmulatorProcess

SECRET: Final = "S3CRETthatNobodyMayRead"


def untyped(kind: str, properties: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A program with one resource whose properties YAML's own type checker cannot see, and its configuration."""
    program = {"it": {"type": f"azure-batch:{kind}", "properties": "${given}"}}
    return program, {"given": {"type": "object", "default": properties}}


@pytest.mark.parametrize(
    ("kind", "properties", "reasons"),
    [
        pytest.param(
            "Task",
            {"jobId": "j", "commandLine": "true", "requirdSlots": 2, "containerSettings": {"imageNam": "ubuntu"}},
            [
                "requirdSlots",
                "is not a property of Task; did you mean `requiredSlots`?",
                "containerSettings.imageNam",
                "did you mean `imageName`?",
                "containerSettings.imageName",
                "is required",
            ],
            id="unknown-property",
        ),
        pytest.param(
            "Job",
            {
                "jobId": 3,
                "poolInfo": {"poolId": "poolId"},
                "priority": "high",
                "metadata": {"team": "render"},
                "usesTaskDependencies": "true",
            },
            [
                "jobId",
                "must be a string, not a number: write it in quotes",
                "`priority` must be a whole number, not a string",
                "`metadata` must be a list of objects, each with its own `name`, not an object",
                "`usesTaskDependencies` must be true or false, not a string: write it without quotes",
            ],
            id="wrong-type",
        ),
        pytest.param(
            "Task",
            {
                "jobId": "nightly run",
                "taskId": "x" * 65,
                "displayName": "n" * 1025,
                "commandLine": "",
                "requiredSlots": 0,
            },
            [
                "jobId",
                "must be the id of a job: 1 to 64 letters, digits, hyphens and underscores",
                "taskId",
                "has 65 characters, at most 64 are allowed",
                "`displayName` has 1025 characters, at most 1024 are allowed",
                "`commandLine` must not be empty",
                "requiredSlots",
                "must be at least 1",
            ],
            id="too-long-and-bad-ids",
        ),
        pytest.param(
            "PoolProperties",
            {
                "poolId": "poolId",
                "startTask": {
                    "commandLine": "true",
                    "resourceFiles": [
                        {"httpUrl": "https://a.example/f", "autoStorageContainerName": "c", "filePath": "f"},
                        {"filePath": "g"},
                    ],
                    "userIdentity": {"userName": "admin", "autoUser": {"scope": "pool"}},
                },
            },
            [
                "startTask.resourceFiles[0].httpUrl",
                "not `autoStorageContainerName` and `httpUrl`",
                "startTask.resourceFiles[1]",
                "one of `autoStorageContainerName`, `storageContainerUrl`, `httpUrl` must be given",
                "startTask.userIdentity",
            ],
            id="both-and-neither-of-exclusive-fields",
        ),
        pytest.param("Job", {"jobId": "j"}, ["poolInfo", "is required"], id="missing-property"),
    ],
)
def test_what_is_wrong_with_a_resource_is_all_said_at_once_and_nothing_is_asked(
    kind: str, properties: dict[str, Any], reasons: list[str], emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program, config = untyped(kind, properties)
    stack = make_stack(program, config=config)

    says(stack.preview(expect=None), *reasons)
    if kind == "Job":
        says(stack.up(expect=None), *reasons)

    assert requests(emulator) == []


def test_what_yaml_makes_of_references_is_refused_with_the_way_out_that_works(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(number: Any, variables: Any) -> dict[str, Any]:
        own = [{"name": "N", "value": number}]
        return {
            "config": {"count": {"type": "integer", "default": 5}},
            "resources": {
                "job": job(commonEnvironmentSettings=[{"name": "A", "value": {"fn::secret": "hidden"}}]),
                "own": task("jobId", "own", environmentSettings=own, options={"dependsOn": ["${job}"]}),
                "passed": task("${job.jobId}", "passed", environmentSettings=variables),
            },
        }

    text = {"fn::toJSON": "${count}"}
    stack = make_stack(program(text, "${job.commonEnvironmentSettings}"))
    says(stack.up(expect=None), "must be a string, not an object: `{}` is what", "Refer to the secret by itself")
    by_itself = [{"name": "A", "value": "${job.commonEnvironmentSettings[0].value}"}]
    stack.write(program("${count}", by_itself))
    says(stack.preview(expect=None), "must be a string, not a number: write it in quotes", "needs `fn::toJSON`")

    stack.write(program(text, by_itself))
    stack.up()
    tasks = {name: emulator.get(f"/jobs/jobId/tasks/{name}")["environmentSettings"] for name in ("own", "passed")}
    assert tasks == {"own": [{"name": "N", "value": "5"}], "passed": [{"name": "A", "value": "hidden"}]}


def test_without_any_key_the_error_says_where_one_can_be_set(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    environment = {name: value for name, value in emulator.environment().items() if name != "AZURE_BATCH_ACCESS_KEY"}
    stack = make_stack({"job": job()}, environment=environment)

    says(
        stack.preview(expect=None), "accountKey is missing", "--secret azure-batch:accountKey", "AZURE_BATCH_ACCESS_KEY"
    )

    assert requests(emulator) == []


def test_a_wrong_key_or_account_is_refused_by_the_service_and_the_error_says_what_to_check(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    wrong = base64.b64encode(b"not the key of this account").decode()
    stack = make_stack({"job": job()}, environment={**emulator.environment(), "AZURE_BATCH_ACCESS_KEY": wrong})
    for run in (stack.preview(expect=None), stack.up(expect=None)):
        says(run, "403 AuthenticationFailed", "Check that `accountName` and `accountKey`", "client-request-id")
        says_nothing_of(run, wrong)

    stack.environment.update(emulator.environment())
    stack.environment["AZURE_BATCH_ACCOUNT"] = "anotheraccount"
    run = stack.up(expect=None)
    says(run, "403 AuthenticationFailed", "Check that `accountName` and `accountKey`")
    says_nothing_of(run, emulator.key)

    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_an_endpoint_that_nobody_listens_at_is_given_up_and_named(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    with socket.socket() as bound:  # bound and not listening: no one else gets the port, and no one answers
        bound.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{bound.getsockname()[1]}"
        stack = make_stack(
            {"job": job(), "properties": pool()},
            environment={**emulator.environment(), "AZURE_BATCH_ENDPOINT": closed},
            config={"azure-batch:requestTimeout": "2"},
        )
        for run in (stack.preview(expect=None), stack.up(expect=None)):
            says(run, f"got no answer from {closed}", "no connection")

    assert requests(emulator) == []


def test_an_absent_pool_is_warned_of_in_preview_and_an_error_in_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {"properties": pool(startTask={"commandLine": "true"})}
    program["properties"]["properties"]["poolId"] = "absent"
    stack = make_stack(program)

    says(stack.preview(), "warning: pools/absent does not exist: `pulumi up` fails here")
    says(stack.up(expect=None), "404 PoolNotFound", "/pools/absent", "Create the pool first, or correct `poolId`")

    assert writes(emulator) == []


def test_a_pool_with_other_content_is_refused_and_all_that_would_be_lost_is_named(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post(
        "/pools/poolId/updateproperties",
        {
            "startTask": {"commandLine": "theirs", "maxTaskRetryCount": 3},
            "metadata": [{"name": "owner", "value": "another team"}],
            "applicationPackageReferences": [],
            "certificateReferences": [],
        },
        "2024-07-01.20.0",
    )
    emulator.clear_requests()
    stack = make_stack({"properties": pool(startTask={"commandLine": "ours", "maxTaskRetryCount": 1})})

    for run in (stack.preview(expect=None), stack.up(expect=None)):
        says(
            run,
            "pools/poolId exists already and is not what is declared",
            "`startTask.commandLine`: the server has theirs, declared is ours",
            "`startTask.maxTaskRetryCount`: the server has 3, declared is 1",
            "`metadata` is on the server and not declared",
            "pulumi import azure-batch:index:PoolProperties properties pools/poolId",
            "takeOver: true",
            "[azure-batch: exists-and-differs]",
        )

    assert writes(emulator) == []


def test_an_absent_job_is_warned_of_in_preview_and_stops_up_before_anything_is_sent(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"task": task("absent")})

    says(stack.preview(), "warning: jobs/absent does not exist: `pulumi up` fails here")
    says(stack.up(expect=None), "404 JobNotFound", "/jobs/absent", "Create the job first, or correct `jobId`")

    assert writes(emulator) == []


@pytest.mark.parametrize(
    ("config", "reasons"),
    [
        pytest.param(
            {"azure-batch:acountKey": "x", "azure-batch:flavour": "sweet"},
            ["acountKey is not a configuration property of azure-batch; did you mean accountKey", "flavour is not a"],
            id="unknown-names",
        ),
        pytest.param({"azure-batch:accountKey": "not base64!"}, ["accountKey", "base64"], id="key-not-base64"),
        pytest.param(
            {"azure-batch:endpoint": "http://account.westeurope.batch.azure.com"},
            ["endpoint must be https: no credentials go over plain http to another machine"],
            id="plain-http-to-another-machine",
        ),
        pytest.param(
            {"azure-batch:accountKey": base64.b64encode(b"k" * 64).decode(), "azure-batch:tenantId": "contoso.com"},
            ["accountKey and tenantId contradict each other"],
            id="both-key-and-entra",
        ),
        pytest.param(
            {
                "azure-batch:endpoint": f"https://user:{SECRET}@account.westeurope.batch.azure.com/?sig={SECRET}",
                "azure-batch:accountName": f"AccountName=account;AccountKey={SECRET}",
                "azure-batch:clientId": f"https://login?client_secret={SECRET}",
                "azure-batch:cloud": SECRET,
                "azure-batch:maxConcurrency": SECRET,
                "azure-batch:useMsi": SECRET,
            },
            [
                "endpoint must not contain a user or password",
                "accountName must be",
                "clientId must be",
                "cloud must be",
            ],
            id="secrets-where-they-do-not-belong",
        ),
        pytest.param(
            {
                "azure-batch:apiVersion": "2019-08-01.10.0",
                "azure-batch:maxConcurrency": "0",
                "azure-batch:requestTimeout": "soon",
            },
            [
                "apiVersion must be 2025-06-01 or 2024-07-01.20.0",
                "maxConcurrency must be a whole number between 1 and 256",
                "requestTimeout must be seconds between 1 and 3600",
            ],
            id="several-at-once",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused_in_all_its_parts_and_nothing_is_asked(
    config: dict[str, str], reasons: list[str], emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}")}, config=config)

    run = stack.up(expect=None)
    says(run, *reasons)
    says_nothing_of(run, SECRET, *(value for name, value in config.items() if name == "azure-batch:accountKey"))

    assert requests(emulator) == []


def test_a_failure_in_one_resource_leaves_the_others_of_the_same_update_in_order(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(
        {
            "good": job("good"),
            "orphan": task("absent", "orphan", options={"dependsOn": ["${good}"]}),
            "lost": pool(options={"dependsOn": ["${good}"]}, metadata=[{"name": "a", "value": "b"}]),
        }
    )
    emulator.call("DELETE", "/pools/poolId")
    emulator.settle()
    emulator.clear_requests()

    run = stack.up("--continue-on-error", expect=None)
    says(run, "404 JobNotFound", "PoolNotFound")

    assert writes(emulator) == [("POST", "/jobs")]
    names = {item["urn"].rsplit("::", 1)[-1] for item in stack.export()["deployment"]["resources"]}
    assert "good" in names and not names & {"orphan", "lost"}
