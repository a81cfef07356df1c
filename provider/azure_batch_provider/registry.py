"""What the provider offers: each resource type with its model and its lifecycle, and each function.

Only names stand here. A module is imported when its resource or function is used for the first time, so that the
plugin answers its first call before pydantic is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from azure_batch_provider.functions.reading import Call as FunctionCall
    from azure_batch_provider.lifecycle.context import Call, Session
    from azure_batch_provider.lifecycle.verbs import Lifecycle
    from azure_batch_provider.models.base import Model

PACKAGE: Final = "azure-batch"


@dataclass(frozen=True)
class Resource:
    """A resource type.

    Attributes:
        token: its name in Pulumi.
        model, lifecycle: where they are, as `module:Class` below this package.
        dynamic: whether a program can also declare it without the plugin.
        by_arm: whether it is made by Azure Resource Manager, which the account's key does not reach.
    """

    token: str
    model: str
    lifecycle: str
    dynamic: bool = True
    by_arm: bool = False

    @property
    def name(self) -> str:
        """The last part of the token, which is also the name of the model."""
        return self.token.rpartition(":")[2]


@dataclass(frozen=True)
class Function:
    """A function: it reads, and nothing else.

    Attributes:
        token: its name in Pulumi.
        args, result, call: the models of its arguments and of what it answers, and what carries it out, likewise.
    """

    token: str
    args: str
    result: str
    call: str


def _table(*resources: Resource) -> Mapping[str, Resource]:
    return {resource.token: resource for resource in resources}


RESOURCES: Final = _table(
    Resource(
        f"{PACKAGE}:index:ApplicationPackage",
        "models.application_package:ApplicationPackage",
        "resources.application_package:ApplicationPackageLifecycle",
        dynamic=False,
        by_arm=True,
    ),
    Resource(f"{PACKAGE}:index:Job", "models.job:Job", "resources.job:JobLifecycle"),
    Resource(
        f"{PACKAGE}:index:JobSchedule",
        "models.job_schedule:JobSchedule",
        "resources.job_schedule:JobScheduleLifecycle",
    ),
    Resource(f"{PACKAGE}:index:Pool", "models.pool:Pool", "resources.pool:PoolLifecycle", dynamic=False),
    Resource(
        f"{PACKAGE}:index:PoolProperties",
        "models.pool_properties:PoolProperties",
        "resources.pool_properties:PoolPropertiesLifecycle",
    ),
    Resource(f"{PACKAGE}:index:Task", "models.task:Task", "resources.task:TaskLifecycle"),
    Resource(
        f"{PACKAGE}:index:TaskCollection",
        "models.task_collection:TaskCollection",
        "resources.task_collection:TaskCollectionLifecycle",
        dynamic=False,
    ),
)
"""By token. Doors, schema, generators, bench and tests read this table, and no other list of resource types."""


def _functions(**rows: tuple[str, str, str, str]) -> Mapping[str, Function]:
    made = (
        Function(f"{PACKAGE}:index:{name}", *(f"functions.{module}:{part}" for part in parts))
        for name, (module, *parts) in rows.items()
    )
    return {function.token: function for function in made}


FUNCTIONS: Final = _functions(
    getApplications=("applications", "GetApplications", "Applications", "get_applications"),
    getJob=("jobs", "GetJob", "JobStatus", "get_job"),
    getJobSchedule=("job_schedules", "GetJobSchedule", "JobScheduleStatus", "get_job_schedule"),
    getJobTaskCounts=("jobs", "GetJobTaskCounts", "JobTaskCounts", "get_job_task_counts"),
    getJobs=("jobs", "GetJobs", "JobsStatus", "get_jobs"),
    getNodeCounts=("nodes", "GetNodeCounts", "NodeCountsOfPools", "get_node_counts"),
    getNodes=("nodes", "GetNodes", "NodesStatus", "get_nodes"),
    getPool=("pools", "GetPool", "PoolStatus", "get_pool"),
    getPools=("pools", "GetPools", "PoolsStatus", "get_pools"),
    getSupportedImages=("supported_images", "GetSupportedImages", "SupportedImages", "get_supported_images"),
    getTask=("tasks", "GetTask", "TaskStatus", "get_task"),
    getTaskFile=("task_files", "GetTaskFile", "TaskFile", "get_task_file"),
    getTasks=("tasks", "GetTasks", "TasksStatus", "get_tasks"),
)
"""By token: its module, the model of its arguments, that of its result, and what carries it out."""


def model(token: str) -> type[Model]:
    """Return the model of a resource type's inputs.

    Raises:
        Refused: there is no such resource type.
    """
    return cast("type[Model]", _load(_resource(token).model))


def lifecycle(token: str, session: Session, call: Call) -> Lifecycle:
    """Return the verbs of a resource type, for one call to a configured provider.

    Raises:
        Refused: there is no such resource type.
    """
    return cast("Lifecycle", _load(_resource(token).lifecycle)(session, call))


def arguments(token: str) -> type[Model]:
    """Return the model of a function's arguments.

    Raises:
        Refused: there is no such function.
    """
    return cast("type[Model]", _load(_function(token).args))


def result(token: str) -> type[Model]:
    """Return the model of what a function answers.

    Raises:
        Refused: there is no such function.
    """
    return cast("type[Model]", _load(_function(token).result))


def function(token: str) -> FunctionCall:
    """Return what carries out a function.

    Raises:
        Refused: there is no such function.
    """
    return cast("FunctionCall", _load(_function(token).call))


def _function(token: str) -> Function:
    found = FUNCTIONS.get(token)
    if found is None:
        from azure_batch_provider.functions import refusals

        raise refusals.FUNCTION_UNKNOWN(token=token, package=PACKAGE, known=", ".join(FUNCTIONS))
    return found


def _resource(token: str) -> Resource:
    found = RESOURCES.get(token)
    if found is None:
        from azure_batch_provider.lifecycle import refusals

        raise refusals.TYPE_UNKNOWN(token=token, package=PACKAGE, known=", ".join(RESOURCES))
    return found


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"azure_batch_provider.{module}"), name)
