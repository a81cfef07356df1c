"""Files that go to a compute node before a task, and come from it afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StrictStr

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import NodeIdentityReference
from azure_batch_provider.models.rules import exactly_one, is_set, repeated
from azure_batch_provider.models.scalars import SCALARS, Caseless, Enum, Known, Text, Url
from azure_batch_provider.models.storage_urls import must_be_a_url, signature, signature_falls_short

_SOURCES: Final = ("autoStorageContainerName", "storageContainerUrl", "httpUrl")
_OCTAL: Final = re.compile(r"0?[0-7]{1,4}")
_ABSOLUTE: Final = re.compile(r"[\\/]|[A-Za-z]:")


def _file_mode(value: str) -> str:
    if not _OCTAL.fullmatch(value):
        raise ValueError("must be a file mode in octal digits such as 0770")
    return value


FileMode = Annotated[StrictStr, AfterValidator(_file_mode), Known, SCALARS["text"]]
"""Permission bits in octal digits, as a string."""


def _escapes(path: str) -> bool:
    depth = 0
    for part in re.split(r"[\\/]+", path):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


class ResourceFile(Model):
    """One file, or all blobs of a container, to be downloaded to a compute node.

    Exactly one of `autoStorageContainerName`, `storageContainerUrl` and `httpUrl` says where from.
    """

    autoStorageContainerName: Text | None = prop(
        "Container in the account's auto-storage account, all of whose blobs are downloaded.", min_length=1
    )
    storageContainerUrl: Url | None = prop(
        "URL of a blob container, all of whose blobs are downloaded. Nodes must be able to read and list it: by a SAS "
        "in the URL, by `identityReference`, or because it is public. Secret when it carries a SAS.",
        min_length=1,
    )
    httpUrl: Url | None = prop(
        "URL of the one file to download. Nodes must be able to read it: by a SAS in the URL, by "
        "`identityReference`, or because it is public. Secret when it carries a SAS. Needs `filePath`.",
        min_length=1,
    )
    blobPrefix: Text | None = prop(
        "Download only blobs whose names begin with this, be it a part of a name or a directory. "
        "For the two container sources only.",
    )
    filePath: Text | None = prop(
        "Where to put the download, relative to the task's working directory and within it. With `httpUrl` the "
        "path of the file, and required; otherwise the directory below which the blobs keep their own paths.",
        min_length=1,
    )
    fileMode: FileMode | None = prop(
        "Permissions in octal digits on Linux nodes (default `0770`); without effect on Windows."
    )
    identityReference: NodeIdentityReference | None = prop(
        "Managed identity with which the node reads `storageContainerUrl` or `httpUrl`."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from exactly_one(value, *_SOURCES)
        yield from must_be_a_url(value, "storageContainerUrl")
        yield from must_be_a_url(value, "httpUrl")
        if is_set(value, "httpUrl"):
            if value.get("filePath") is None:
                yield Violation(("filePath",), "is required with `httpUrl`: it says what the downloaded file is called")
            if is_set(value, "blobPrefix"):
                yield Violation(
                    ("blobPrefix",),
                    "can only be given with `autoStorageContainerName` or `storageContainerUrl`, not with `httpUrl`",
                )
        if is_set(value, "filePath"):
            if _ABSOLUTE.match(value["filePath"]):
                yield Violation(("filePath",), "must be relative to the task's working directory, not an absolute path")
            elif _escapes(value["filePath"]):
                yield Violation(("filePath",), "must not leave the task's working directory by `..`")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from signature_falls_short(value, "httpUrl", {"r": "read"})
        yield from signature_falls_short(value, "storageContainerUrl", {"r": "read", "l": "list"})
        if is_set(value, "identityReference") and is_set(value, "autoStorageContainerName"):
            yield Violation(
                ("identityReference",),
                "has no effect with `autoStorageContainerName`: it is for `storageContainerUrl` and `httpUrl`",
            )


class HttpHeader(Model):
    """A header of the request that uploads a file."""

    name: Caseless = prop("Name of the header; case does not count.", required=True, min_length=1)
    value: Text | None = prop("Value of the header.")


class OutputFileBlobContainerDestination(Model):
    """A place in a blob container that files are uploaded to."""

    containerUrl: Url = prop(
        "URL of the container, with a SAS that grants writing unless `identityReference` is given. "
        "Secret when it carries a SAS.",
        required=True,
        min_length=1,
    )
    path: Text | None = prop(
        "Name of the blob when `filePattern` has no wildcard; otherwise the directory that is put before the names. "
        "Left out, blobs go to the root of the container under their file names.",
    )
    identityReference: NodeIdentityReference | None = prop(
        "Managed identity with which the node writes to the container, instead of a SAS."
    )
    uploadHeaders: list[HttpHeader] | None = prop(
        "Headers of the upload requests, such as `x-ms-blob-content-type`; each name once, whatever its case.",
        key="name",
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from must_be_a_url(value, "containerUrl")
        for index, first in repeated(value, "uploadHeaders", "name", str.casefold):
            yield Violation(
                ("uploadHeaders", index, "name"),
                f"is the header of uploadHeaders[{first}] again: names do not differ by case, and each is given once",
            )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from signature_falls_short(value, "containerUrl", {"w": "write"})
        unsigned = is_set(value, "containerUrl") and signature(value["containerUrl"]) is None
        if unsigned and value.get("identityReference") is None:
            yield Violation(
                ("containerUrl",),
                "has no SAS, and there is no `identityReference`: nodes will not be allowed to write to the container",
            )


class OutputFileDestination(Model):
    """Where files are uploaded to."""

    container: OutputFileBlobContainerDestination | None = prop("A place in a blob container.")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if value.get("container") is None:
            yield Violation((), "does not say where to upload to: `container` is missing")


class OutputFileUploadCondition(Enum):
    """After which end of a task its files are uploaded."""

    TASK_SUCCESS = "tasksuccess", "Only when the task ended with exit code 0."
    TASK_FAILURE = "taskfailure", "Only when the task ended with another exit code than 0."
    TASK_COMPLETION = "taskcompletion", "Whatever the exit code was."


class OutputFileUploadConfig(Model):
    """When files are uploaded."""

    uploadCondition: OutputFileUploadCondition = prop("After which end of the task to upload.", required=True)


class OutputFile(Model):
    """Files to upload from the compute node when a task has run."""

    filePattern: Text = prop(
        "Which files: a path, relative to the task's working directory or absolute. `*` stands for any characters, "
        "`**` for any directories, `?` for one character, `[abc]`, `[a-c]` and `[!abc]` for one of a set. A name that "
        "begins with a dot must be asked for with that dot. Environment variables are expanded.",
        required=True,
        min_length=1,
    )
    destination: OutputFileDestination = prop("Where the files go.", required=True)
    uploadOptions: OutputFileUploadConfig = prop("When they are uploaded.", required=True)
