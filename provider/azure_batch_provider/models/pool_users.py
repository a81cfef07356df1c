"""User accounts that a pool makes on its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import known
from azure_batch_provider.models.scalars import Enum, Int32, Text
from azure_batch_provider.models.user_identity import ElevationLevel


class LoginMode(Enum):
    """How Windows logs a user in."""

    BATCH = "batch", "As a batch job; advised for long parallel processes."
    INTERACTIVE = "interactive", "As if at the console; elevation then is subject to user account control."


class LinuxUserConfiguration(Model):
    """What only a user account on Linux nodes has."""

    uid: Int32 | None = prop("User id; left out, the system chooses. Needs `gid`.", ge=0, computed=True)
    gid: Int32 | None = prop("Group id; left out, the system chooses. Needs `uid`.", ge=0, computed=True)
    sshPrivateKey: Text | None = prop(
        "Private key, without a passphrase, that lets the user log in from node to node. Used when the pool has "
        "`enableInterNodeCommunication`. The service never returns it.",
        secret=True,
        write_only=True,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if known(value, "uid", "gid"):
            for here, other in (("uid", "gid"), ("gid", "uid")):
                if value.get(here) is None and value.get(other) is not None:
                    yield Violation((here,), f"is required with `{other}`: give both or neither")


class WindowsUserConfiguration(Model):
    """What only a user account on Windows nodes has."""

    loginMode: LoginMode | None = prop("How the user is logged in (default `batch`).", default="batch")


class UserAccount(Model):
    """A user account on each node of a pool, under which tasks can run by naming it in `userIdentity`."""

    name: Text = prop("Name of the account, at most 20 characters.", required=True, min_length=1, max_length=20)
    password: Text = prop(
        "Password of the account. Kept as a secret. The service never returns it, so a change made elsewhere cannot be "
        "seen.",
        required=True,
        min_length=1,
        secret=True,
        write_only=True,
    )
    elevationLevel: ElevationLevel | None = prop("Rights of the account (default `nonadmin`).", default="nonadmin")
    linuxUserConfiguration: LinuxUserConfiguration | None = prop(
        "Settings for Linux nodes; Windows nodes ignore them.", dropped=True
    )
    windowsUserConfiguration: WindowsUserConfiguration | None = prop(
        "Settings for Windows nodes; only for those.", dropped=True
    )
