"""The user that a process runs as on a compute node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import exactly_one
from azure_batch_provider.models.scalars import Enum, Text


class AutoUserScope(Enum):
    """Whom an automatic user account is shared with."""

    TASK = "task", "A new account for this task alone."
    POOL = "pool", "The account that every compute node of the pool has in common."


class ElevationLevel(Enum):
    """The rights of a user account on a compute node."""

    NONADMIN = "nonadmin", "An ordinary user."
    ADMIN = "admin", "A user with all of an administrator's rights."


class AutoUserSpecification(Model):
    """An account that the service makes for the task."""

    scope: AutoUserScope | None = prop(
        "Whether the account is the task's own or shared in the pool (default `pool`). On Windows, `task` keeps "
        "tasks apart that change the registry or must not see each other's certificates.",
        default="pool",
    )
    elevationLevel: ElevationLevel | None = prop("Rights of the account (default `nonadmin`).", default="nonadmin")


class UserIdentity(Model):
    """The user that a task runs as: a named account of the pool, or an automatic one. Give exactly one of the two."""

    username: Text | None = prop(
        "Name of a user account that the pool declares. Excludes `autoUser`.",
        min_length=1,
    )
    autoUser: AutoUserSpecification | None = prop(
        "An account that the service makes; `{}` takes its defaults. Excludes `username`.", empty_is_distinct=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from exactly_one(value, "username", "autoUser")
