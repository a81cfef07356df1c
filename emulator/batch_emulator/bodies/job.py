"""The bodies of jobs. REST pages: "Job - Add", "Job - Patch", "Job - Update", "Job - Disable", "Job - Terminate"."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.arm_ids import SubnetId
from batch_emulator.bodies.common import (
    DEFAULT_RETENTION,
    DEFAULT_USER,
    AuthenticationTokenSettings,
    CommandLine,
    ContainerSettings,
    DisplayName,
    EnvironmentSettings,
    Id,
    Metadata,
    OutputFiles,
    ReleaseTime,
    ResourceFiles,
    RetryCount,
    TaskConstraints,
    TaskPackages,
    UserIdentity,
    Word,
    whole_constraints,
)
from batch_emulator.bodies.pool import PoolSpecification
from batch_emulator.bodies.shapes import Bool, Duration, Enum, Integer, Prop, Shape, String, at, exactly_one
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import NO_LIMIT
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.state.ids import folded

DEFAULT_CONSTRAINTS = {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 0}

JobConstraints = Shape(
    (
        Prop("maxWallClockTime", Duration(), default=NO_LIMIT),
        Prop("maxTaskRetryCount", RetryCount, default=0),
    )
)

AutoPool = Shape(
    (
        Prop("autoPoolIdPrefix", String(1, 20, r"[A-Za-z0-9_-]+", quoted=True)),
        Prop("poolLifetimeOption", Enum("job", "jobschedule"), required=True),
        Prop("keepAlive", Bool(), default=False),
        Prop("pool", PoolSpecification),
    )
)

PoolInfo = Shape(
    (Prop("poolId", String(1, 64, quoted=True)), Prop("autoPoolSpecification", AutoPool)),
    rules=(exactly_one("poolId", "autoPoolSpecification"),),
)

JobManagerTask = Shape(
    (
        Prop("id", Id, required=True),
        Prop("displayName", DisplayName),
        Prop("commandLine", CommandLine, required=True),
        Prop("containerSettings", ContainerSettings),
        Prop("resourceFiles", ResourceFiles),
        Prop("outputFiles", OutputFiles),
        Prop("environmentSettings", EnvironmentSettings),
        Prop("constraints", TaskConstraints),
        Prop("requiredSlots", Integer(1), default=1),
        Prop("userIdentity", UserIdentity, default=DEFAULT_USER),
        Prop("applicationPackageReferences", TaskPackages),
        Prop("authenticationTokenSettings", AuthenticationTokenSettings),
        Prop("runExclusive", Bool(), default=True),
        Prop("allowLowPriorityNode", Bool(), default=True),
        Prop("killJobOnCompletion", Bool(), default=True),
    )
)
JobPreparationTask = Shape(
    (
        Prop("id", Id, default="jobpreparation"),
        Prop("commandLine", CommandLine, required=True),
        Prop("containerSettings", ContainerSettings),
        Prop("resourceFiles", ResourceFiles),
        Prop("environmentSettings", EnvironmentSettings),
        Prop("constraints", TaskConstraints, default=whole_constraints(None, 0)),
        Prop("userIdentity", UserIdentity, default=DEFAULT_USER),
        Prop("waitForSuccess", Bool(), default=True),
        Prop("rerunOnNodeRebootAfterSuccess", Bool(), default=True),
    )
)

JobReleaseTask = Shape(
    (
        Prop("id", Id, default="jobrelease"),
        Prop("commandLine", CommandLine, required=True),
        Prop("containerSettings", ContainerSettings),
        Prop("resourceFiles", ResourceFiles),
        Prop("environmentSettings", EnvironmentSettings),
        Prop("maxWallClockTime", ReleaseTime, default="PT15M"),
        Prop("retentionTime", Duration(), default=DEFAULT_RETENTION),
        Prop("userIdentity", UserIdentity, default=DEFAULT_USER),
    )
)

JobNetwork = Shape(
    (Prop("subnetId", SubnetId, required=True), Prop("skipWithdrawFromVNet", Bool(), default=False)),
)


def _parallel(sent: dict[str, Any], path: str, context: Context) -> None:
    if sent.get("maxParallelTasks") == 0:
        raise invalid_property(at(path, "maxParallelTasks"), "The value must be -1, or greater than 0.", "0")


def _special_tasks(sent: dict[str, Any], path: str, context: Context) -> None:
    if "jobReleaseTask" in sent and "jobPreparationTask" not in sent:
        raise ServiceError("JobPreparationTaskNotSpecified")
    named = [
        folded(sent[name]["id"]) for name in ("jobManagerTask", "jobPreparationTask", "jobReleaseTask") if name in sent
    ]
    if len(set(named)) < len(named):
        raise invalid_property(at(path, "id"), "The job manager, preparation and release tasks need different ids.")
    retries = sent["constraints"]["maxTaskRetryCount"] if "constraints" in sent else 0
    if "jobManagerTask" in sent:
        manager = sent["jobManagerTask"]
        sent["jobManagerTask"] = {**manager, "constraints": whole_constraints(manager.get("constraints"), retries)}
    if "jobPreparationTask" in sent:
        first = sent["jobPreparationTask"]
        sent["jobPreparationTask"] = {**first, "constraints": whole_constraints(first.get("constraints"), 0)}


_PRIORITY = Prop("priority", Integer(-1000, 1000), default=0)
_PARALLEL = Prop("maxParallelTasks", Integer(-1), default=-1)
_PREEMPTION = Prop("allowTaskPreemption", Bool(), default=False)
_CONSTRAINTS = Prop("constraints", JobConstraints, default=DEFAULT_CONSTRAINTS)
_POOL_INFO = Prop("poolInfo", PoolInfo, required=True)
_METADATA = Prop("metadata", Metadata)
_NETWORK = Prop("networkConfiguration", JobNetwork)
_ON_COMPLETE = Prop("onAllTasksComplete", Enum("noaction", "terminatejob"), default="noaction")

_DISPLAY_NAME = Prop("displayName", DisplayName)
_DEPENDENCIES = Prop("usesTaskDependencies", Bool(), default=False)
_MANAGER = Prop("jobManagerTask", JobManagerTask)
_PREPARATION = Prop("jobPreparationTask", JobPreparationTask)
_RELEASE = Prop("jobReleaseTask", JobReleaseTask)
_ENVIRONMENT = Prop("commonEnvironmentSettings", EnvironmentSettings)
_ON_FAILURE = Prop("onTaskFailure", Enum("noaction", "performexitoptionsjobaction"), default="noaction")

JobAdd = Shape(
    (
        Prop("id", Id, required=True),
        _DISPLAY_NAME,
        _PRIORITY,
        _PARALLEL,
        _DEPENDENCIES,
        _PREEMPTION,
        _CONSTRAINTS,
        _MANAGER,
        _PREPARATION,
        _RELEASE,
        _ENVIRONMENT,
        _POOL_INFO,
        _METADATA,
        _NETWORK,
        _ON_COMPLETE,
        _ON_FAILURE,
    ),
    rules=(_parallel, _special_tasks),
)

JobSpecification = Shape(
    (
        _DISPLAY_NAME,
        _PRIORITY,
        _PARALLEL,
        _PREEMPTION,
        _DEPENDENCIES,
        _ON_COMPLETE,
        _ON_FAILURE,
        _CONSTRAINTS,
        _MANAGER,
        _PREPARATION,
        _RELEASE,
        _ENVIRONMENT,
        _POOL_INFO,
        _METADATA,
        _NETWORK,
    ),
    rules=(_parallel, _special_tasks),
)
"""What the jobs of a schedule are made from, in the order in which the schedule shows it."""

JobPatch = JobAdd.only(
    (
        "priority",
        "allowTaskPreemption",
        "maxParallelTasks",
        "constraints",
        "poolInfo",
        "onAllTasksComplete",
        "metadata",
        "networkConfiguration",
    ),
    rules=(_parallel,),
)

JobUpdate = Shape(
    (
        Prop("id", Word, kept=False),
        _PRIORITY,
        _PARALLEL,
        _PREEMPTION,
        _CONSTRAINTS,
        _POOL_INFO,
        _METADATA,
        _NETWORK,
        _ON_COMPLETE,
    ),
    rules=(_parallel,),
)

JobDisable = Shape((Prop("disableTasks", Enum("requeue", "terminate", "wait"), required=True),))

JobTerminate = Shape((Prop("terminateReason", String(), default="UserTerminate"),))
