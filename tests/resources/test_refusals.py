"""Everything that is refused for a resource says its code: each is provoked here once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import MagicMock

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime.proto import provider_pb2

from azure_batch_provider import registry
from azure_batch_provider.archives.source import ARCHIVE, ASSET, SIGNATURE
from azure_batch_provider.arm import client as arm
from azure_batch_provider.dynamic.failure import Failed
from azure_batch_provider.dynamic.provider import TaskProvider
from azure_batch_provider.engine.state import PRIVATE, recorded
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle import refusals as of_lifecycles
from azure_batch_provider.lifecycle.context import Naming
from azure_batch_provider.lifecycle.ledger import Claim
from azure_batch_provider.lifecycle.naming import resolve_name
from azure_batch_provider.lifecycle.ownership import in_the_way
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.plugin.servicer import Servicer
from azure_batch_provider.resources import refusals as of_resources
from azure_batch_provider.values.account_ids import AccountId
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.refusal import Refusal, Refused
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import POOL as SERVER_POOL
from tests.resources.conftest import MakeLifecycle

JOB: Final[dict[str, Any]] = {"jobId": "j", "poolInfo": {"poolId": "pool"}}
WHOLE_POOL: Final[dict[str, Any]] = {
    "poolId": "whole",
    **{name: SERVER_POOL[name] for name in ("vmSize", "virtualMachineConfiguration")},
}
TASK: Final[dict[str, Any]] = {"jobId": "job", "taskId": "t", "commandLine": "run"}
TASKS: Final[dict[str, Any]] = {"jobId": "job", "tasks": {"t": {"commandLine": "run"}}}
POOL: Final[dict[str, Any]] = {"poolId": "pool", "metadata": [{"name": "a", "value": "b"}]}
OF_PACKAGES: Final = {"package-exists", "package-frozen", "package-in-use", "package-not-deleted"}
URN: Final = "urn:pulumi:dev::p::pulumi-python:dynamic/azure-batch:Task::t"
Scenario = Callable[[EmulatorProcess, MakeLifecycle], object]
SCENARIOS: dict[str, Scenario] = {}


def provokes(code: str) -> Callable[[Scenario], Scenario]:
    def keep(scenario: Scenario) -> Scenario:
        SCENARIOS[code] = scenario
        return scenario

    return keep


def there(emulator: EmulatorProcess, **values: Any) -> None:
    emulator.post("/jobs", {"id": "j", "poolInfo": {"poolId": "pool"}, **values})


def job(**values: Any) -> State:
    """What the engine has of the job."""
    declared = {**JOB, **values}
    return State("jobs/j", declared, declared, {})


def stuck(outcome: Any) -> Scenario:
    def scenario(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
        refused = in_the_way("jobs/j", Claim(outcome, "urn:other"))
        assert refused is not None
        raise refused

    return scenario


for found, its in {
    "held": "id-taken",
    "left": "id-not-left",
    "kept": "replaced-not-deleted",
    "forced": "replaced-by-force",
}.items():
    SCENARIOS[its] = stuck(found)


@provokes("id-malformed")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Job").read(State("job", {}, {}, {}))


@provokes("rehearsed")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    recorded("jobs/j", Inputs({}), Inputs({PRIVATE: {"rehearsed": True}}), rehearses=False)


@provokes("name-missing")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    resolve_name(Naming("disable"), None, "chosen", "taskId")


@provokes("exists-and-differs")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator, priority=9)
    lifecycle("Job").create(JOB)


@provokes("exists-in-stack")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    jobs = lifecycle("Job")
    there(emulator, priority=9)
    jobs.ledger.declares(jobs.call.urn, "jobs/j", new=True)
    jobs.ledger.records(jobs.call.urn, "jobs/j")
    jobs.create(JOB)


@provokes("not-taken-over")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator, commonEnvironmentSettings=[{"name": "A", "value": "1"}])
    lifecycle("Job").create({**JOB, "takeOver": True})


@provokes("differs")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator, commonEnvironmentSettings=[{"name": "A", "value": "1"}])
    lifecycle("Job").update(job(), {**JOB, "priority": 5})


@provokes("changed-meanwhile")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator)
    emulator.fault(method="PATCH", path="/jobs/j", status=412, code="ConditionNotMet")
    lifecycle("Job").update(job(), {**JOB, "priority": 5})


@provokes("gone")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Job").update(job(), {**JOB, "priority": 5})


@provokes("gone-and-ignored")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Job").update(job(onMissing="ignore"), {**JOB, "onMissing": "ignore", "priority": 5})


@provokes("unreadable")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.fault(method="GET", path="/jobs/j", status=404, code="ProxyNotFound")
    lifecycle("Job").read(job())


@provokes("credentials-refused")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.fault(method="GET", path="/jobs/j", status=401, code="AuthenticationFailed")
    lifecycle("Job").read(job())


@provokes("deletion-credentials-refused")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.fault(method="DELETE", path="/jobs/j", status=401, code="AuthenticationFailed")
    lifecycle("Job").delete(job())


@provokes("ignored-items-moved")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    def named(*names: str) -> dict[str, Any]:
        return {**JOB, "metadata": [{"name": name, "value": name} for name in names]}

    lifecycle("Job").refuse_mixed(named("b"), {**JOB, "metadata": [{"name": "b", "value": "a"}]}, ["metadata[0].name"])


@provokes("connection-unknown")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    create(Servicer(lambda: "0.0.0"))


@provokes("not-configured")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    create(Servicer(lambda: "0.0.0", "127.0.0.1:1"))


def create(servicer: Servicer) -> None:
    """A call of the engine, whose end is raised instead of sent."""

    def abort(code: object, details: str) -> None:
        raise RuntimeError(details)

    context = MagicMock()
    context.peer.return_value = "ipv4:127.0.0.1:2"
    context.abort.side_effect = abort
    urn = "urn:pulumi:dev::p::azure-batch:index:Job::j"
    servicer.Create(provider_pb2.CreateRequest(urn=urn), context)


@provokes("type-unknown")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    registry.model("azure-batch:index:Certificate")


def dynamic(emulator: EmulatorProcess) -> Any:
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    provider = TaskProvider()
    config = {f"azure-batch:{name}": value for name, value in {**values, "requestTimeout": "2"}.items()}
    provider.configure(ConfigureRequest(Config(config, "project")))
    return provider


@provokes("create-not-recorded")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.fault(method="POST", path="/jobs/job/tasks", drop="after", times=50)
    dynamic(emulator).create({**TASK, "__urn": URN})


@provokes("another-account")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    dynamic(emulator).delete("jobs/job/tasks/t", {**TASK, "__urn": URN, "__endpoint": "https://other.example"})


@provokes("pool-being-deleted")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("polls", 9)
    emulator.call("DELETE", "/pools/pool")
    lifecycle("PoolProperties").create(POOL)


@provokes("pool-quota-reached")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("pool-quota", 1)
    lifecycle("Pool").create(WHOLE_POOL)


@provokes("pool-quota-stayed-reached")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("pool-quota", 1)
    pools = lifecycle("Pool")
    pools.call = replace(pools.call, deadline=pools.call.deadline.at_most(1))
    pools.create(WHOLE_POOL)


@provokes("pool-not-emptied")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("scheduling", "on")
    emulator.post("/_emulator/scripts", {"pattern": "*", "duration": 10**6})
    pools = lifecycle("Pool")
    made = pools.create({**WHOLE_POOL, "targetDedicatedNodes": 1, "nodeDeallocationOption": "taskcompletion"})
    emulator.post("/jobs", {"id": "busy", "poolInfo": {"poolId": "whole"}})
    emulator.post("/jobs/busy/tasks", {"id": "t", "commandLine": "cmd /c work"})
    while emulator.get("/jobs/busy/tasks/t")["state"] != "running":
        pass
    emulator.switch("resize-timeout", "stop")
    waiting = replace(pools.call, log=lambda level, urn, text: emulator.advance(900) if level == "status" else None)
    type(pools)(pools.session, waiting).remove(made)


@provokes("job-quota-reached")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("active-job-quota", 1)
    lifecycle("Job").create(JOB)


@provokes("job-quota-stayed-reached")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.switch("active-job-quota", 1)
    jobs = lifecycle("Job")
    jobs.call = replace(jobs.call, deadline=jobs.call.deadline.at_most(1))
    jobs.create(JOB)


@provokes("not-deleted-first")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Job").diff(job(deletionPolicy="retain"), {**JOB, "usesTaskDependencies": True}, ())


@provokes("has-ended")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator)
    emulator.post("/jobs/j/terminate")
    lifecycle("Job").update(job(), {**JOB, "priority": 5})


@provokes("job-changed-before-move")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator)
    emulator.fault(method="POST", path="/jobs/j/disable", status=412, code="ConditionNotMet")
    lifecycle("Job").update(job(), {**JOB, "poolInfo": {"poolId": "other"}, "movePool": True})


@provokes("job-changed-during-move")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator)
    emulator.switch("looks", 3)
    jobs = lifecycle("Job")

    def enable(seconds: float) -> None:
        emulator.call("POST", "/jobs/j/enable")

    jobs.call = replace(jobs.call, deadline=Deadline(sleep=enable))
    jobs.update(job(), {**JOB, "poolInfo": {"poolId": "other"}, "movePool": True})


@provokes("job-takes-no-tasks")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/terminate")
    lifecycle("Task").create(TASK)


@provokes("job-without-dependencies")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Task").create({**TASK, "dependsOn": {"taskIds": ["other"]}})


@provokes("job-without-actions")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Task").create({**TASK, "exitConditions": {"default": {"jobAction": "terminate"}}})


@provokes("task-ended-before")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "run"})
    emulator.run_task("job", "t", state="completed", exitCode=0)
    lifecycle("Task").create({**TASK, "awaitCompletion": {}})


@provokes("task-is-gone")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("Task").update(State("jobs/job/tasks/t", TASK, TASK, {}), TASK)


@provokes("task-differs")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "other"})
    lifecycle("Task").update(State("jobs/job/tasks/t", TASK, TASK, {}), TASK)


@provokes("signature-ends-too-early")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    url = "https://files.blob.core.windows.net/c?sv=2024-05-04&se=2020-01-01T00%3A00%3A00Z&sp=r&sig=c2ln"
    start = {"commandLine": "run", "resourceFiles": [{"httpUrl": url, "filePath": "f"}]}
    lifecycle("PoolProperties").create({"poolId": "pool", "startTask": start, "rollout": {"strategy": "reboot"}})


@provokes("schedule-has-id-of-job")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    there(emulator)
    declared = {"jobScheduleId": "J", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "pool"}}}
    lifecycle("JobSchedule").foresee("jobschedules/J", declared, replacing=False)


@provokes("collection-job-has-ended")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/terminate")
    lifecycle("TaskCollection").create(TASKS)


@provokes("tasks-exist-and-differ")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "other"})
    tasks = lifecycle("TaskCollection")
    tasks.call = replace(tasks.call, preview=True)
    tasks.create(TASKS)


@provokes("tasks-failed")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "other"})
    lifecycle("TaskCollection").create(TASKS)


@provokes("tasks-not-deleted")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "run"})
    emulator.fault(method="DELETE", path="/jobs/job/tasks/t", status=409, code="TaskBusy")
    lifecycle("TaskCollection").delete(State("jobs/job/collections/c", TASKS, TASKS, {}))


PACKAGE: Final[dict[str, Any]] = {
    "applicationId": "a",
    "version": "1",
    "source": {SIGNATURE: ARCHIVE, "assets": {"a": {SIGNATURE: ASSET, "text": "x"}}},
    "contentHash": "0" * 64,
}


@provokes("account-id-missing")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("ApplicationPackage").create(PACKAGE)


@provokes("packages-not-installed")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    packages = lifecycle("ApplicationPackage")
    account = AccountId("00000000-0000-0000-0000-000000000000", "g", "a")
    packages.session.configuration = replace(packages.session.configuration, account_id=account)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arm, "LIBRARIES", ("azure.mgmt.no_such_library",))
        packages.create(PACKAGE)


@provokes("package-source-unusable")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    text = {**PACKAGE, "source": {SIGNATURE: ASSET, "text": "x"}}
    lifecycle("ApplicationPackage").named({}, Inputs(text))


@provokes("package-is-another")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("ApplicationPackage").named({}, Inputs(PACKAGE))


@provokes("package-changed-meanwhile")
def _(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    lifecycle("ApplicationPackage").publish("applications/a/versions/1", PACKAGE, {}, "create")  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", SCENARIOS)
def test_what_is_refused_says_its_code(emulator: EmulatorProcess, lifecycle: MakeLifecycle, code: str) -> None:
    with pytest.raises((Refused, InitFailed, Failed, RuntimeError)) as raised:
        SCENARIOS[code](emulator, lifecycle)
    assert str(raised.value).endswith(f" [azure-batch: {code}]")


def test_none_is_forgotten() -> None:
    """What takes a resource manager and storage is provoked where these are."""
    elsewhere = (Path(__file__).parent / "test_application_package.py").read_text()
    assert [code for code in OF_PACKAGES if f"azure-batch: {code}" not in elsewhere] == []
    rows = (*vars(of_lifecycles).values(), *vars(of_resources).values())
    assert {row.code for row in rows if isinstance(row, Refusal)} == SCENARIOS.keys() | OF_PACKAGES
