"""No secret is found in plain text, wherever the engine, the provider or the service could have put it."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.planted import Planted, opened
from tests.e2e.programs import job, pool, resource, task
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess

PASSWORD: Final = 'registry/p&ss+w"rd=7f3a91'
VARIABLE: Final = "value/of a marked+variable&c41d77"
THEIRS: Final = "value/another client wrote+&09ab12"
METADATA: Final = "metadata/marked by+the program&5e8f"
KEY: Final = base64.b64encode(
    b"an account key planted by a test, sixty-four bytes in all, as is".ljust(64, b".")
).decode()

LOUD: Final = ("--debug", "--logtostderr", "-v=8")
"""As loud as the engine may be: from -v=9 on it logs every property itself."""


def signature(place: str) -> str:
    return f"signature+for/{place}&5b2c9e=="


def sas(place: str, path: str = "c/f") -> str:
    """A URL with a signature of its own; `%` encoded, as storage makes them."""
    encoded = quote(signature(place), safe="")
    return f"https://store.blob.core.windows.net/{path}?sv=2024-05-04&se=2090-01-01T00%3A00%3A00Z&sr=c&sp=rwl&sig={encoded}"


PLACES: Final = ("resource", "output", "command", "variable", "before", "next", "imported")
SECRETS: Final = {
    "password": PASSWORD,
    "variable": VARIABLE,
    "theirs": THEIRS,
    "metadata": METADATA,
    "key": KEY,
    **{f"SAS in {place}": signature(place) for place in PLACES},
}

CONFIGURED: Final = {"password": PASSWORD, "variable": VARIABLE, "label": METADATA}
DECLARED: Final = {name: {"type": "string"} for name in CONFIGURED}


@pytest.fixture
def planted(emulator: EmulatorProcess) -> Planted:
    return Planted({**SECRETS, "account key": emulator.key})


def marked(stack: Stack, *, key: str | None = None) -> Stack:
    """Put the secrets into the stack's configuration, keep the engine's backups, and keep its temporary files apart."""
    temporary = stack.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    stack.environment["TMPDIR"] = str(temporary)
    del stack.environment["PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS"]
    for name, value in {**CONFIGURED, **({"azure-batch:accountKey": key} if key else {})}.items():
        stack.run("config", "set", "--secret", name, "--stack", "dev", input=value)
    return stack


def process() -> dict[str, Any]:
    """What a start task and a task have in common, with a secret at every place."""
    return {
        "commandLine": f"/bin/sh -c 'curl \"{sas('command')}\"'",
        "containerSettings": {"imageName": "ubuntu", "registry": {"username": "user", "password": "${password}"}},
        "resourceFiles": [{"httpUrl": sas("resource"), "filePath": "f"}],
        "environmentSettings": [
            {"name": "MARKED", "value": "${variable}"},
            {"name": "SOURCE", "value": sas("variable")},
            {"name": "PLAIN", "value": "plain"},
        ],
    }


def program(**start_task: Any) -> dict[str, Any]:
    label = [{"name": "label", "value": "${label}"}]
    output = {
        "filePattern": "out/*",
        "destination": {"container": {"containerUrl": sas("output", "c")}},
        "uploadOptions": {"uploadCondition": "tasksuccess"},
    }
    return {
        "properties": pool(
            startTask={**process(), **start_task}, metadata=label, takeOver=True, deletionPolicy="restore"
        ),
        "nightly": job("nightly", metadata=label),
        "work": task("${nightly.jobId}", "work", **process(), outputFiles=[output]),
    }


BEFORE: Final[dict[str, Any]] = {
    "startTask": {"commandLine": "theirs", "resourceFiles": [{"httpUrl": sas("before"), "filePath": "f"}]},
    "metadata": [],
    "applicationPackageReferences": [],
    "certificateReferences": [],
}


def replace(emulator: EmulatorProcess, body: dict[str, Any]) -> None:
    emulator.post("/pools/poolId/updateproperties", body, "2024-07-01.20.0")


def drifted(emulator: EmulatorProcess) -> None:
    """Another value where a secret is, on the server."""
    there = emulator.get("/pools/poolId")
    start = {name: value for name, value in there["startTask"].items() if name != "containerSettings"}
    start["environmentSettings"] = [
        {"name": item["name"], "value": THEIRS if item["name"] == "MARKED" else item["value"]}
        for item in start["environmentSettings"]
    ]
    start["environmentSettings"].append({"name": "COPIED", "value": f"not marked, and has {VARIABLE}"})
    replace(emulator, {**BEFORE, "startTask": start, "metadata": [{"name": "label", "value": THEIRS}]})


def properties(stack: Stack, name: str) -> Any:
    """The outputs of a resource, opened."""
    resources = stack.export("--show-secrets")["deployment"]["resources"]
    return opened(next(item["outputs"] for item in resources if item["urn"].endswith(f"::{name}")))


def test_a_life_with_secrets_at_every_place_shows_none_of_them(
    emulator: EmulatorProcess, make_stack: MakeStack, planted: Planted
) -> None:
    replace(emulator, BEFORE)
    environment = {name: value for name, value in emulator.environment().items() if name != "AZURE_BATCH_ACCESS_KEY"}
    stack = marked(make_stack(program(), environment=environment, config=DECLARED), key=emulator.key)
    runs: list[Run] = []

    def run(verb: str, *options: str) -> Run:
        runs.append(stack.operate(verb, *LOUD, *(("--diff",) if verb != "destroy" else ()), *options))
        return runs[-1]

    run("preview")
    created = run("up")
    assert "taking over pools/poolId" in created.diagnostics
    assert created.changed == {"properties": "create", "nightly": "create", "work": "create"}
    state = properties(stack, "properties")
    assert state["startTask"]["containerSettings"]["registry"]["password"] == PASSWORD
    assert state["startTask"]["environmentSettings"][0]["value"] == VARIABLE
    assert state["startTask"]["resourceFiles"][0]["httpUrl"] == sas("resource")
    assert state["metadata"] == [{"name": "label", "value": METADATA}]
    assert state["__private"]["before"]["startTask"]["resourceFiles"][0]["httpUrl"] == sas("before")
    assert properties(stack, "work")["outputFiles"][0]["destination"]["container"]["containerUrl"] == sas("output", "c")
    assert planted.come_to_light(stack, runs) == set()

    drifted(emulator)
    drift = run("preview")
    assert drift.changed == {"properties": "update"}
    assert set(drift.paths("properties")) >= {"startTask.environmentSettings[0].value", "metadata[0].value"}
    run("refresh")
    assert properties(stack, "properties")["metadata"] == [{"name": "label", "value": THEIRS}]
    assert planted.come_to_light(stack, runs) == set()

    stack.write({"resources": program(resourceFiles=[{"httpUrl": sas("next", "c/g"), "filePath": "f"}])})
    assert run("preview").changed == {"properties": "update"}
    assert run("up").changed == {"properties": "update"}
    assert properties(stack, "properties")["startTask"]["resourceFiles"][0]["httpUrl"] == sas("next", "c/g")
    assert run("preview").changed == {}
    assert planted.come_to_light(stack, runs) == set()

    run("destroy")
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "theirs"
    assert planted.come_to_light(stack, runs) == set()


def test_an_import_wraps_what_is_secret_by_nature(
    emulator: EmulatorProcess, make_stack: MakeStack, planted: Planted
) -> None:
    start = {
        "commandLine": f"curl {sas('command')}",
        "containerSettings": {"imageName": "ubuntu", "registry": {"username": "user", "password": PASSWORD}},
        "resourceFiles": [{"httpUrl": sas("imported"), "filePath": "f"}],
        "environmentSettings": [{"name": "SOURCE", "value": sas("variable")}],
    }
    emulator.switch("read-back-secrets", True)
    replace(emulator, {**BEFORE, "startTask": start})
    emulator.post("/jobs", {"id": "nightly", "poolInfo": {"poolId": "poolId"}})
    emulator.post("/jobs/nightly/tasks", {"id": "work", **start})
    stack = marked(make_stack({}))

    runs = [
        stack.run(
            *("import", type, name, id, "--stack", "dev", "--yes", "--skip-preview", "--generate-code=false"), *LOUD
        )
        for type, name, id in (
            ("azure-batch:index:PoolProperties", "properties", "pools/poolId"),
            ("azure-batch:index:Task", "work", "jobs/nightly/tasks/work"),
        )
    ]
    runs.append(stack.operate("refresh", "--diff", *LOUD))

    for state in (properties(stack, "properties")["startTask"], properties(stack, "work")):
        assert state["containerSettings"]["registry"]["password"] == PASSWORD
        assert state["resourceFiles"][0]["httpUrl"] == sas("imported")
    assert planted.come_to_light(stack, runs) == set()


def test_errors_about_secret_values_do_not_repeat_them(
    emulator: EmulatorProcess, make_stack: MakeStack, planted: Planted
) -> None:
    stack = marked(make_stack({}, config=DECLARED), key=None)
    runs: list[Run] = []

    def fails(resource: dict[str, Any], *texts: str) -> None:
        stack.write({"resources": {"it": resource}})
        runs.append(stack.operate("up", "--diff", *LOUD, expect=None))
        for text in texts:
            assert text in runs[-1].diagnostics

    # refused by Check: a whole property, a nested value, an unmarked SAS, a value that cannot be an id
    long = {"fn::join": ["", ["${label}", "x" * 1025]]}
    fails(
        job("${variable}", displayName=long, metadata=[{"name": "", "value": "${label}"}]),
        "`displayName` has",
        "`jobId` may only",
    )
    fails(
        task("nightly", "work", resourceFiles=[{"httpUrl": sas("resource")}], commandLine=f"{sas('command')}\0"),
        "resourceFiles[0].filePath",
    )

    # refused because another one is there, whose secrets differ
    emulator.post("/jobs", {"id": "nightly", "poolInfo": {"poolId": "poolId"}, "metadata": []})
    emulator.post(
        "/jobs/nightly/tasks",
        {"id": "work", "commandLine": "true", "environmentSettings": [{"name": "MARKED", "value": THEIRS}]},
    )
    variables = [{"name": "MARKED", "value": "${variable}"}]
    fails(
        task("nightly", "work", commandLine=f"curl {sas('command')}", environmentSettings=variables),
        "jobs/nightly/tasks/work exists already and is not what is declared",
    )

    # the same for what is no text, in a refusal and in a warning
    limit = {"maxWallClockTime": {"fn::secret": "PT1234567S"}}
    secret_number = job("nightly", priority={"fn::secret": 777}, constraints=limit)
    fails(secret_number, "jobs/nightly exists already", "`priority` differs")
    secret_number["properties"]["takeOver"] = True
    stack.write({"resources": {"it": secret_number}})
    runs.append(stack.operate("up", "--diff", *LOUD))
    assert "`priority` differs" in runs[-1].diagnostics
    for run in runs:
        assert not re.search(r"\b777\b|1234567", run.diagnostics)

    # refused by the service, which repeats what it was sent
    emulator.fault(
        method="POST",
        path="/jobs",
        status=400,
        code="InvalidPropertyValue",
        values={"PropertyName": "metadata", "PropertyValue": METADATA, "Reason": f"{METADATA} of {sas('variable')}"},
    )
    fails(
        job("other", metadata=[{"name": "label", "value": "${label}"}]),
        "400 InvalidPropertyValue",
        "PropertyName: metadata",
    )

    assert planted.come_to_light(stack, runs) == set()


def job_with_every_password() -> tuple[dict[str, Any], dict[str, str]]:
    """The properties of a job that has all that is secret by nature, and those secrets by property path."""
    secrets: dict[str, str] = {}

    def secret(path: str) -> str:
        secrets[path] = f"secret/of+{path}&1"
        return secrets[path]

    def container(path: str) -> dict[str, Any]:
        return {"imageName": "ubuntu", "registry": {"username": "user", "password": secret(path)}}

    def linux_account() -> dict[str, Any]:
        user = {"sshPrivateKey": secret("sshPrivateKey"), "uid": 1001, "gid": 1001}
        return {"name": "worker", "password": secret("userAccount"), "linuxUserConfiguration": user}

    extension = {
        "name": "agent",
        "publisher": "publisher",
        "type": "type",
        "protectedSettings": {"nested": {"token": secret("protectedSettings")}},
    }
    blobs = {"accountName": "store", "containerName": "c", "relativeMountPath": "a"}
    share = {"accountName": "store", "azureFileUrl": "https://store.file.core.windows.net/s", "relativeMountPath": "c"}
    cifs = {"username": "user", "source": "//server/share", "relativeMountPath": "d"}
    specification = {
        "vmSize": "standard_d2s_v3",
        "virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "nodeAgentSKUId": "batch.node.ubuntu 24.04",
            "containerConfiguration": {
                "type": "dockerCompatible",
                "containerRegistries": [{"username": "user", "password": secret("containerRegistries")}],
            },
            "extensions": [extension],
        },
        "startTask": {"commandLine": "true", "containerSettings": container("startTask")},
        "userAccounts": [linux_account()],
        "mountConfiguration": [
            {"azureBlobFileSystemConfiguration": {**blobs, "accountKey": secret("blobs by key")}},
            {"azureBlobFileSystemConfiguration": {**blobs, "sasKey": secret("blobs by SAS"), "relativeMountPath": "b"}},
            {"azureFileShareConfiguration": {**share, "accountKey": secret("share")}},
            {"cifsMountConfiguration": {**cifs, "password": secret("cifs")}},
        ],
    }
    properties = {
        "jobManagerTask": {"id": "manager", "commandLine": "true", "containerSettings": container("manager")},
        "jobPreparationTask": {"commandLine": "true", "containerSettings": container("preparation")},
        "jobReleaseTask": {"commandLine": "true", "containerSettings": container("release")},
        "poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": specification}},
    }
    return properties, secrets


@pytest.mark.parametrize("read_back", [False, True], ids=["never-read-back", "read-back"])
def test_passwords_and_keys_at_every_place_are_wrapped_without_a_mark_of_the_program(
    read_back: bool, emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    given, secrets = job_with_every_password()
    planted = Planted(secrets)
    emulator.switch("read-back-secrets", read_back)
    weekly = {"jobScheduleId": "weekly", "schedule": {}, "jobSpecification": given}
    farm = {"poolId": "farm", **given["poolInfo"]["autoPoolSpecification"]["pool"]}

    def program(**changed: Any) -> dict[str, Any]:
        specification = {**given, **changed}
        slots = {"taskSlotsPerNode": 2} if changed else {}
        return {
            "nightly": job("nightly", **specification),
            "weekly": resource("JobSchedule", {**weekly, "jobSpecification": specification}),
            "farm": resource("Pool", {**farm, **slots}),
        }

    stack = marked(make_stack(program()))
    # Refused by the service, which repeats what it was sent.
    values = {"PropertyName": "userAccounts", "Reason": f"{secrets['userAccount']} {secrets['share']}"}
    emulator.fault(method="POST", path="/pools", status=400, code="InvalidPropertyValue", values=values)
    runs = [stack.operate("up", "--diff", *LOUD, expect=None)]
    assert "400 InvalidPropertyValue" in runs[-1].diagnostics
    runs.append(stack.operate("up", "--diff", *LOUD))
    runs.append(stack.operate("refresh", "--diff", *LOUD))
    runs.append(stack.operate("preview", "--diff", *LOUD))
    assert runs[-1].changed == {}
    assert {name: properties(stack, "nightly")[name] for name in given} == given
    assert properties(stack, "weekly")["jobSpecification"] == given
    assert {name: properties(stack, "farm")[name] for name in farm} == farm
    stack.write(program(usesTaskDependencies=True))
    runs.append(stack.operate("preview", "--diff", *LOUD))
    assert runs[-1].changed == {"nightly": "replace", "weekly": "update", "farm": "update"}

    assert planted.come_to_light(stack, runs) == set()


def test_a_resource_that_may_exist_is_kept_without_its_secrets_in_plain_text(
    emulator: EmulatorProcess, make_stack: MakeStack, planted: Planted
) -> None:
    label = [{"name": "label", "value": {"fn::secret": METADATA}}]
    variables = [{"name": "MARKED", "value": {"fn::secret": VARIABLE}}]
    first = {"commandLine": "true", "environmentSettings": variables}
    config = {**DECLARED, "azure-batch:requestTimeout": "5"}
    stack = marked(make_stack({"nightly": job("nightly", metadata=label, jobPreparationTask=first)}, config=config))
    emulator.fault(method="POST", path="/jobs", status=500, times=1000)

    runs = [stack.operate("up", "--diff", *LOUD, expect=None)]
    assert "initErrors" in stack.resource("nightly")
    assert properties(stack, "nightly")["metadata"] == [{"name": "label", "value": METADATA}]
    emulator.clear_faults()
    runs.append(stack.operate("up", "--diff", *LOUD))
    assert emulator.get("/jobs/nightly")["metadata"] == [{"name": "label", "value": METADATA}]

    assert planted.come_to_light(stack, runs) == set()


def test_an_account_key_of_the_environment_is_recorded_nowhere(
    emulator: EmulatorProcess, make_stack: MakeStack, planted: Planted
) -> None:
    stack = marked(make_stack({"job": job(), "task": task("${job.jobId}")}))
    runs = [stack.operate("up", "--diff", *LOUD)]

    stack.environment["AZURE_BATCH_ACCESS_KEY"] = KEY
    runs.append(stack.operate("refresh", "--diff", *LOUD, expect=0))
    assert "403 AuthenticationFailed" in runs[-1].diagnostics
    stack.environment["AZURE_BATCH_ACCESS_KEY"] = emulator.key
    runs.append(stack.operate("up", "--diff", *LOUD))

    assert planted.come_to_light(stack, runs) == set()
    provider = next(
        item for item in stack.export()["deployment"]["resources"] if item["type"] == "pulumi:providers:azure-batch"
    )
    assert provider["inputs"].get("endpoint") == emulator.endpoint
    assert "accountKey" not in provider["inputs"]


def test_what_the_search_looks_for_is_found_where_it_is(make_stack: MakeStack, tmp_path: Path) -> None:
    stack = make_stack({})
    leaks = {
        "plain": "plain/text of a+secret&1",
        "json": 'a "quoted"/secret & more',
        "encoded": "url/encoded secret+&2",
    }
    leaks["base64"] = "in the middle of base64, somewhere"
    Path(stack.folder / "leaks").write_text(
        "\n".join(
            [
                leaks["plain"],
                '"a \\"quoted\\"/secret \\u0026 more"',
                "url%2Fencoded%20secret%2B%262",
                base64.b64encode(f"x{leaks['base64']}yz".encode()).decode(),
            ]
        )
    )
    assert Planted(leaks).come_to_light(stack, []) == {f"{name}: leaks" for name in leaks}
