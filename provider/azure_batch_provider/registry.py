"""What the provider offers: each resource type with its model and its lifecycle.

Only names stand here. A module is imported when its resource is used for the first time, so that the plugin answers
its first call before pydantic is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
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
    """

    token: str
    model: str
    lifecycle: str
    dynamic: bool = True

    @property
    def name(self) -> str:
        """The last part of the token, which is also the name of the model."""
        return self.token.rpartition(":")[2]


def _table(*resources: Resource) -> Mapping[str, Resource]:
    return {resource.token: resource for resource in resources}


RESOURCES: Final = _table(
    Resource(f"{PACKAGE}:index:Job", "models.job:Job", "resources.job:JobLifecycle"),
    Resource(
        f"{PACKAGE}:index:JobSchedule",
        "models.job_schedule:JobSchedule",
        "resources.job_schedule:JobScheduleLifecycle",
    ),
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


def _resource(token: str) -> Resource:
    found = RESOURCES.get(token)
    if found is None:
        from azure_batch_provider.lifecycle import refusals

        raise refusals.TYPE_UNKNOWN(token=token, package=PACKAGE, known=", ".join(RESOURCES))
    return found


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"azure_batch_provider.{module}"), name)
