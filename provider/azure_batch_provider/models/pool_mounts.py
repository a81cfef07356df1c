"""File systems that the nodes of a pool mount below `AZ_BATCH_NODE_MOUNTS_DIR`.

Knows the four kinds of file systems and how nodes sign in to each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import NodeIdentityReference
from azure_batch_provider.models.rules import exactly_one, is_set
from azure_batch_provider.models.scalars import Text, Url
from azure_batch_provider.models.storage_urls import must_be_a_url

_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:")
_MOUNT_PATH: Final = "Where to mount it, relative to the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names."
_MOUNT_OPTIONS: Final = "Further options for `mount` on Linux, for `net use` on Windows."
_NEVER_RETURNED: Final = "Kept as a secret. The service never returns it, so a change made elsewhere cannot be seen."


class AzureBlobFileSystemConfiguration(Model):
    """A blob container, mounted with blobfuse. Nodes sign in by exactly one of key, SAS and identity."""

    accountName: Text = prop("Name of the storage account.", required=True, min_length=1)
    containerName: Text = prop("Name of the blob container.", required=True, min_length=1)
    accountKey: Text | None = prop(
        f"Key of the storage account. Excludes `sasKey` and `identityReference`. {_NEVER_RETURNED}",
        secret=True,
        write_only=True,
    )
    sasKey: Text | None = prop(
        f"SAS for the container. Excludes `accountKey` and `identityReference`. {_NEVER_RETURNED}",
        secret=True,
        write_only=True,
    )
    blobfuseOptions: Text | None = prop(_MOUNT_OPTIONS)
    relativeMountPath: Text = prop(_MOUNT_PATH, required=True, min_length=1)
    identityReference: NodeIdentityReference | None = prop(
        "Managed identity with which nodes sign in. Excludes `accountKey` and `sasKey`."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from at_most_one(value, "accountKey", "sasKey", "identityReference")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        # Not a failure: what was imported never has its keys, as the service does not return them.
        if all(value.get(name) is None for name in ("accountKey", "sasKey", "identityReference")):
            yield Violation((), "says no way to sign in: one of `accountKey`, `sasKey`, `identityReference` is needed")
        yield from outside_the_mounts(value)


class NfsMountConfiguration(Model):
    """An NFS file system."""

    source: Text = prop("File system to mount, as `host:/path`.", required=True, min_length=1)
    relativeMountPath: Text = prop(_MOUNT_PATH, required=True, min_length=1)
    mountOptions: Text | None = prop(_MOUNT_OPTIONS, sensitive=True)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from outside_the_mounts(value)


class CifsMountConfiguration(Model):
    """A CIFS (SMB) file system."""

    username: Text = prop("User to sign in as.", required=True, min_length=1)
    source: Text = prop("File system to mount, as `//host/share`.", required=True, min_length=1)
    relativeMountPath: Text = prop(_MOUNT_PATH, required=True, min_length=1)
    mountOptions: Text | None = prop(_MOUNT_OPTIONS, sensitive=True)
    password: Text = prop(f"Password of the user. {_NEVER_RETURNED}", required=True, secret=True, write_only=True)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from outside_the_mounts(value)


class AzureFileShareConfiguration(Model):
    """A share of Azure Files."""

    accountName: Text = prop("Name of the storage account.", required=True, min_length=1)
    azureFileUrl: Url = prop("URL of the share, `https://<account>.file.core.windows.net/<share>`.", required=True)
    accountKey: Text = prop(
        f"Key of the storage account. {_NEVER_RETURNED}", required=True, secret=True, write_only=True
    )
    relativeMountPath: Text = prop(_MOUNT_PATH, required=True, min_length=1)
    mountOptions: Text | None = prop(_MOUNT_OPTIONS, sensitive=True)

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from must_be_a_url(value, "azureFileUrl")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from outside_the_mounts(value)


class MountConfiguration(Model):
    """A file system that each node mounts. Give exactly one of the kinds."""

    azureBlobFileSystemConfiguration: AzureBlobFileSystemConfiguration | None = prop(
        "A blob container, by blobfuse. Excludes the other kinds."
    )
    nfsMountConfiguration: NfsMountConfiguration | None = prop("An NFS file system. Excludes the other kinds.")
    cifsMountConfiguration: CifsMountConfiguration | None = prop("A CIFS (SMB) file system. Excludes the other kinds.")
    azureFileShareConfiguration: AzureFileShareConfiguration | None = prop(
        "A share of Azure Files. Excludes the other kinds."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from exactly_one(value, *cls.properties())


def at_most_one(value: Mapping[str, Any], *names: str) -> Iterator[Violation]:
    """The rule that properties exclude each other."""
    there = [name for name in names if is_set(value, name)]
    if len(there) > 1:
        listed = ", ".join(f"`{name}`" for name in names)
        yield Violation((there[1],), f"only one of {listed} can be given, not {' and '.join(f'`{n}`' for n in there)}")


def outside_the_mounts(value: Mapping[str, Any], name: str = "relativeMountPath") -> Iterator[Violation]:
    """The warning about a mount path that leaves the directory of the mounts."""
    if is_set(value, name) and (_ABSOLUTE.match(value[name]) or ".." in re.split(r"[/\\]", value[name])):
        yield Violation((name,), "must be relative to the directory of the mounts and stay inside it")
