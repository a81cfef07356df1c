"""The verbs as Pulumi's dynamic provider process calls them, against an emulated account."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import Unknown

from azure_batch_provider.dynamic.batch_provider import BatchProvider
from azure_batch_provider.dynamic.failure import Failed, told
from azure_batch_provider.dynamic.provider import JobProvider, PoolPropertiesProvider, TaskProvider
from tests.emulator_process import EmulatorProcess

URN = "urn:pulumi:dev::project::pulumi-python:dynamic/azure-batch:Task::hello"
SIGNATURE = "4dabf18193072939515e22adb298388d"
WRONG_KEY = "bm90IHRoZSBrZXkgb2YgdGhpcyBhY2NvdW50LCBidXQgYmFzZTY0IGFsbCB0aGUgc2FtZSwgeW91IHNlZQ=="
SAS = "https://store.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=VERYSECRETSIGNATURE%3D"


def configured(kind: type[BatchProvider], emulator: EmulatorProcess, **settings: str) -> Any:
    """A provider for the account, as the engine's process has it after Configure."""
    found = kind()
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key, **settings}
    config = {f"azure-batch:{name}": value for name, value in values.items() if value}
    found.configure(ConfigureRequest(Config({**config, "project:other": "x"}, "project")))
    return found


def reasons(result: Any) -> list[tuple[str, str]]:
    return [(failure.property, failure.reason) for failure in result.failures]


def revealed(value: Any) -> Any:
    """Without the engine's marks, as the engine hands it to a provider that accepts no secrets."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return revealed(value["value"])
        return {name: revealed(item) for name, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def test_a_configuration_that_cannot_be_used_is_a_check_failure_and_not_a_traceback(emulator: EmulatorProcess) -> None:
    provider = configured(TaskProvider, emulator, accountKey="not base64!", apiVerison="2025-06-01")
    ((path, reason),) = reasons(provider.check({}, {"jobId": "j", "commandLine": "true", "__urn": URN}))
    assert path == ""
    assert "accountKey" in reason and "apiVerison" in reason and "pulumi config set azure-batch:" in reason
    assert "not base64!" not in reason
    with pytest.raises(Failed, match="accountKey"):
        provider.delete("jobs/j/tasks/t", {"jobId": "j", "taskId": "t", "commandLine": "true", "__urn": URN})


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ({"endpoint": ""}, ["endpoint is missing", "pulumi config set azure-batch:NAME VALUE"]),
        ({"accountKey": ""}, ["accountKey is missing"]),
        ({"accountKey": WRONG_KEY}, ["403 AuthenticationFailed", "request-id"]),
        ({"accountName": "another"}, ["403 AuthenticationFailed"]),
        ({"endpoint": "http://127.0.0.1:9"}, ["got no answer from http://127.0.0.1:9"]),
    ],
    ids=["no endpoint", "no key", "wrong key", "wrong account", "nobody there"],
)
def test_an_account_that_cannot_be_used_is_a_check_failure_of_a_preview(
    emulator: EmulatorProcess, settings: dict[str, str], texts: list[str]
) -> None:
    provider = configured(PoolPropertiesProvider, emulator, requestTimeout="5", **settings)
    ((_, reason),) = reasons(provider.check({}, {"poolId": "pool", "__urn": URN, "__preview": True}))
    assert all(text in " ".join(reason.split()) for text in texts)
    assert emulator.key not in reason and WRONG_KEY not in reason
    assert [item["path"] for item in emulator.requests() if item["method"] != "GET"] == []


def test_all_that_is_wrong_is_told_at_once(emulator: EmulatorProcess) -> None:
    news = {
        "jobId": "j",
        "taskId": "no blanks",
        "commandLine": "true",
        "resourceFiles": [{"httpUrl": "http://h/f"}],
        "colour": "red",
        "__urn": URN,
        "__preview": True,
    }
    found = reasons(configured(TaskProvider, emulator).check({}, news))
    assert [path for path, _ in found if path] == ["taskId"]
    assert any("`resourceFiles[0].filePath`" in reason for _, reason in found)
    assert any("colour" in reason for _, reason in found)
    assert emulator.requests() == []


def test_an_unknown_input_makes_the_automatic_name_unknown(emulator: EmulatorProcess) -> None:
    news = {"jobId": "j", "commandLine": Unknown(), "__urn": URN, "__preview": True}  # type: ignore[no-untyped-call]
    result = configured(TaskProvider, emulator).check({}, news)
    assert reasons(result) == []
    assert isinstance(result.inputs["taskId"], Unknown)
    assert isinstance(result.inputs["commandLine"], Unknown)


def test_an_automatic_name_is_the_same_in_each_operation_and_tells_no_secret(emulator: EmulatorProcess) -> None:
    def name(value: str, secrets: list[str]) -> str:
        news = {"jobId": "j", "commandLine": "true", "environmentSettings": [{"name": "A", "value": value}]}
        result = configured(TaskProvider, emulator).check({}, {**news, "__urn": URN, "__secrets": secrets})
        return str(result.inputs["taskId"])

    marked = ["environmentSettings[0].value"]
    assert name("one", []).startswith("hello-")
    assert name("one", []) == name("one", [])
    assert name("one", []) != name("two", [])
    assert name("one", marked) == name("two", marked)


def test_the_preview_of_something_new_says_what_up_would_run_into(emulator: EmulatorProcess) -> None:
    emulator.post(
        "/pools/pool/updateproperties", {"metadata": [{"name": "a", "value": "b"}], "applicationPackageReferences": []}
    )
    news = {"poolId": "pool", "startTask": {"commandLine": "/bin/true"}, "__urn": URN}
    provider = configured(PoolPropertiesProvider, emulator)
    assert reasons(provider.check({}, news)) == []
    ((path, reason),) = reasons(provider.check({}, {**news, "__preview": True}))
    assert path == ""
    assert "`metadata` is on the server and not declared" in reason
    assert "takeOver: true" in reason and "pulumi import" not in reason
    assert reasons(provider.check({}, {**news, "takeOver": True, "__preview": True})) == []


def test_nothing_of_this_call_alone_is_recorded(emulator: EmulatorProcess) -> None:
    news = {"poolId": "pool", "__urn": URN, "__preview": True, "__secrets": []}
    assert configured(PoolPropertiesProvider, emulator).check({}, news).inputs == {"poolId": "pool", "__urn": URN}


def test_secrets_of_every_kind_are_marked_where_they_stand(emulator: EmulatorProcess) -> None:
    before = {"commandLine": "/bin/true", "resourceFiles": [{"httpUrl": SAS, "filePath": "f"}]}
    emulator.post(
        "/pools/pool/updateproperties", {"startTask": before, "metadata": [], "applicationPackageReferences": []}
    )
    provider = configured(PoolPropertiesProvider, emulator)
    start = {
        "commandLine": "/bin/true",
        "containerSettings": {"imageName": "i", "registry": {"username": "u", "password": "PASSWORD"}},
        "resourceFiles": [{"httpUrl": SAS, "filePath": "f"}],
        "environmentSettings": [{"name": "A", "value": "VALUE"}],
    }
    news = {
        "poolId": "pool",
        "startTask": start,
        "takeOver": True,
        "__urn": URN,
        "__secrets": ["startTask.environmentSettings[0].value"],
    }
    inputs = provider.check({}, news).inputs
    state = provider.create(revealed(inputs)).outs
    read = provider.read("pools/pool", revealed(state))
    updated = provider.update("pools/pool", revealed(state), {**revealed(inputs), "metadata": []}).outs
    for found in (inputs, state, read.outs, read.inputs, updated):
        text = repr(hidden(found))
        for secret in ("PASSWORD", "VALUE", "VERYSECRET", "before"):
            assert secret not in text
    assert revealed(state)["__private"]["before"]["startTask"] == before


def hidden(value: Any) -> Any:
    """Without the values that are marked."""
    if isinstance(value, dict):
        return "***" if SIGNATURE in value else {name: hidden(item) for name, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def test_a_resource_of_another_account_is_left_alone(emulator: EmulatorProcess) -> None:
    provider = configured(PoolPropertiesProvider, emulator)
    props = {"poolId": "pool", "__urn": URN, "__endpoint": "https://old.westeurope.batch.azure.com", "__private": {}}
    news = {"poolId": "pool", "__urn": URN}
    for verb, given in (("diff", [props, news]), ("read", [props]), ("update", [props, news]), ("delete", [props])):
        with pytest.raises(Failed, match="made in the account at https://old"):
            getattr(provider, verb)("pools/pool", *given)
    assert emulator.requests() == []


def test_what_was_rehearsed_is_refused_where_it_is_not_a_rehearsal(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a rehearsal nothing is sent to the account, whose credentials are not even looked at."""
    account = {"endpoint": "https://acct.westeurope.batch.azure.com", "accountName": "", "accountKey": ""}
    copy = {"OF": account["endpoint"], "ENDPOINT": emulator.endpoint, "ACCOUNT": emulator.account}
    for name, value in {**copy, "ACCESS_KEY": emulator.key}.items():
        monkeypatch.setenv(f"AZURE_BATCH_REHEARSAL_{name}", value)
    inputs = {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": URN}
    made = revealed(configured(JobProvider, emulator, **account).create(inputs).outs)
    assert [request["status"] for request in emulator.requests() if request["method"] == "POST"] == [201]
    # Such a state can be rehearsed on, again and again.
    assert not configured(JobProvider, emulator, **account).diff("jobs/j", made, inputs).changes

    monkeypatch.delenv("AZURE_BATCH_REHEARSAL_OF")
    real = configured(JobProvider, emulator, **{**account, "accountKey": WRONG_KEY, "driftDetection": "refresh"})
    for verb, given in (("diff", [made, inputs]), ("delete", [made])):
        with pytest.raises(Failed, match="is that of a rehearsal"):
            getattr(real, verb)("jobs/j", *given)


def test_one_operation_asks_the_service_once_for_a_resource_that_is_compared_several_times(
    emulator: EmulatorProcess,
) -> None:
    provider = configured(JobProvider, emulator)
    urn = URN.replace("Task", "Job")
    inputs = provider.check({}, {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": urn}).inputs
    state = revealed(provider.create(inputs).outs)
    emulator.clear_requests()
    for _ in range(3):
        assert provider.diff("jobs/j", state, inputs).changes is False
    assert [item["method"] for item in emulator.requests()] == ["GET"]
    provider.update("jobs/j", state, {**inputs, "priority": 5})
    assert provider.diff("jobs/j", state, inputs).changes is True


def test_without_live_drift_detection_a_difference_asks_nobody(emulator: EmulatorProcess) -> None:
    provider = configured(JobProvider, emulator, driftDetection="refresh")
    urn = URN.replace("Task", "Job")
    inputs = {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": urn}
    state = {**inputs, "__private": {"state": "active"}}
    assert provider.diff("jobs/j", state, inputs).changes is False
    found = provider.diff("jobs/j", state, {**inputs, "usesTaskDependencies": True})
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["usesTaskDependencies"], True)
    assert emulator.requests() == []


def test_a_replacement_is_not_refused_because_of_what_it_replaces(emulator: EmulatorProcess) -> None:
    configured(JobProvider, emulator, driftDetection="refresh").create(
        {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": URN.replace("Task", "Job")}
    )
    inputs = {"jobId": "j", "taskId": "t", "commandLine": "true", "__urn": URN}
    emulator.post("/jobs/j/tasks", {"id": "t", "commandLine": "true"})
    provider = configured(TaskProvider, emulator, driftDetection="refresh")
    changed = {**inputs, "commandLine": "false", "__preview": True}
    assert reasons(provider.check(inputs, changed)) == []
    assert provider.diff("jobs/j/tasks/t", {**inputs, "__private": {}}, changed).delete_before_replace is True
    assert reasons(provider.check({}, changed)) == []


def test_what_a_program_only_looks_up_is_read_as_it_is(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "Night", "poolInfo": {"poolId": "pool"}, "priority": 3})
    found = configured(JobProvider, emulator).read("jobs/Night", {"__urn": URN})
    assert found.id == "jobs/Night"
    assert found.inputs == {"jobId": "Night", "poolInfo": {"poolId": "pool"}, "priority": 3, "__urn": URN}


def test_a_task_that_is_gone_is_replaced_and_its_deletion_is_done(emulator: EmulatorProcess) -> None:
    job = configured(JobProvider, emulator)
    job.create({"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": URN.replace("Task", "Job")})
    provider = configured(TaskProvider, emulator)
    inputs = {"jobId": "j", "taskId": "t", "commandLine": "true", "__urn": URN}
    state = revealed(provider.create(inputs).outs)
    emulator.call("DELETE", "/jobs/j/tasks/t")
    found = provider.diff("jobs/j/tasks/t", state, inputs)
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["jobId", "taskId"], True)
    provider.delete("jobs/j/tasks/t", state)
    assert provider.create(inputs).id == "jobs/j/tasks/t"


def test_a_task_that_is_waited_for_and_fails_is_not_recorded_and_its_old_result_not_taken(
    emulator: EmulatorProcess,
) -> None:
    emulator.post("/jobs", {"id": "waits", "poolInfo": {"poolId": "pool"}})
    program = {"jobId": "waits", "taskId": "t", "commandLine": "true", "__urn": URN, "awaitCompletion": {}}
    emulator.switch("added-tasks", "succeed")
    assert configured(TaskProvider, emulator).create(program).id == "jobs/waits/tasks/t"
    assert emulator.call("DELETE", "/jobs/waits/tasks/t").status == 200
    emulator.switch("added-tasks", "wait")
    emulator.post("/jobs/waits/tasks", {"id": "t", "commandLine": "true"})
    emulator.run_task("waits", "t", state="running")
    brief = {**program, "awaitCompletion": {"timeout": "PT0.1S"}}
    with pytest.raises(
        Failed, match=r"had not completed after 0 s \(it was running\).* the next `pulumi up` adopts it"
    ):
        configured(TaskProvider, emulator).create(brief)
    emulator.run_task("waits", "t", state="completed", exitCode=3)
    ((_, reason),) = reasons(configured(TaskProvider, emulator).check({}, {**program, "__preview": True}))
    assert "task-ended-before" in reason
    # One that is recorded already, and is waited for from now on.
    recorded = {name: value for name, value in program.items() if name != "awaitCompletion"}
    with pytest.raises(Failed, match="jobs/waits/tasks/t failed with exit code 3"):
        configured(TaskProvider, emulator).update("jobs/waits/tasks/t", recorded, program)


def test_a_move_that_stops_half_way_names_the_command_that_enables_the_job(emulator: EmulatorProcess) -> None:
    provider = configured(JobProvider, emulator)
    here = {"jobId": "j", "poolInfo": {"poolId": "here"}, "movePool": True, "__urn": URN}
    made = provider.create(here)
    emulator.fault(method="POST", path="/jobs/j/enable", status=403, code="InsufficientAccountPermissions")
    there = {**here, "poolInfo": {"poolId": "there"}}
    with pytest.raises(Failed, match="It stays disabled: `az batch job enable --job-id j` enables it"):
        provider.update(made.id, revealed(made.outs), there)
    emulator.clear_faults()
    assert provider.diff(made.id, revealed(made.outs), there).changes is False
    assert emulator.get("/jobs/j")["state"] == "disabled"


def test_what_was_adopted_is_not_deleted_for_its_earlier_name(emulator: EmulatorProcess) -> None:
    configured(JobProvider, emulator).create(
        {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": URN.replace("Task", "Job")}
    )
    inputs = {"jobId": "j", "taskId": "t", "commandLine": "true", "__urn": URN}
    state = revealed(configured(TaskProvider, emulator).create(inputs).outs)
    renamed = configured(TaskProvider, emulator, requestTimeout="61")  # another operation
    renamed.create({**inputs, "__urn": f"{URN}-renamed"})
    renamed.delete("jobs/j/tasks/t", state)
    assert emulator.get("/jobs/j/tasks/t")["id"] == "t"


def test_a_failure_is_one_line_with_nothing_chained_to_it_and_no_secret(emulator: EmulatorProcess) -> None:
    provider = configured(TaskProvider, emulator)
    inputs = {"jobId": "nowhere", "taskId": "t", "commandLine": "echo SECRETWORD", "__urn": URN}
    with pytest.raises(Failed) as raised:
        provider.create({**inputs, "__secrets": ["commandLine"]})
    text = "".join(traceback.format_exception(raised.value))
    assert text.splitlines()[-1].startswith(
        "azure_batch_provider.Failed: GET /jobs/nowhere was answered 404 JobNotFound"
    )
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    assert "SECRETWORD" not in text and emulator.key not in text


def test_a_secret_number_is_named_neither_in_a_refusal_nor_in_a_line_about_drift(
    emulator: EmulatorProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = configured(JobProvider, emulator)
    urn = URN.replace("Task", "Job")
    declared = {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": urn}
    emulator.post("/jobs", {"id": "j", "poolInfo": {"poolId": "pool"}, "priority": 555})
    secret = {**declared, "priority": 777, "__secrets": ["priority"]}
    ((_, refusal),) = reasons(provider.check({}, {**secret, "__preview": True}))
    ((_, plain),) = reasons(provider.check({}, {**declared, "priority": 777, "__preview": True}))
    assert "`priority` differs" in refusal and "555" not in refusal and "777" not in refusal
    assert "the server has 555, declared is 777" in plain

    state = {**secret, "__private": {"state": "active"}}
    assert provider.diff("jobs/j", state, secret).changes is True
    told = capsys.readouterr().err
    assert "`priority` differs" in told and "555" not in told and "777" not in told


def test_a_mistake_of_our_own_says_so_and_shows_no_value() -> None:
    try:
        dict[str, str]()["SECRETWORD"]
    except KeyError as error:
        text = told(error, [])
    assert "bug in the azure-batch provider" in text and "KeyError at test_provider.py" in text
    assert "SECRETWORD" not in text


def test_a_secret_that_the_service_repeats_is_masked(emulator: EmulatorProcess) -> None:
    configured(JobProvider, emulator).create(
        {"jobId": "j", "poolInfo": {"poolId": "pool"}, "__urn": URN.replace("Task", "Job")}
    )
    emulator.fault(method="POST", path="/jobs/j/tasks", status=400, code="SECRETWORD", times=1)
    with pytest.raises(Failed) as raised:
        configured(TaskProvider, emulator).create(
            {"jobId": "j", "taskId": "t", "commandLine": "SECRETWORD", "__urn": URN, "__secrets": ["commandLine"]}
        )
    assert "SECRETWORD" not in str(raised.value)
