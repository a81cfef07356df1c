"""Why a command did not run, or did not end well: the `failureInfo` of tasks, by code.

REST page: "Batch Status and Error Codes". The words are the service's where a client has recorded them.
"""

from __future__ import annotations

import errno
from typing import Any

_USER, _SERVER = "UserError", "ServerError"
_BLOB = "One of the specified Azure Blob(s) "
_UPLOAD = "while attempting to upload an output file"
_CODES = {
    "BlobNotFound": (_USER, f"{_BLOB}is not found"),
    "BlobAccessDenied": (_USER, "Access for one of the specified Azure Blob(s) is denied"),
    "BlobDownloadTimedOut": (_SERVER, "Timeout encountered while downloading one of the specified Azure Blob(s)"),
    "BlobDownloadMiscError": (
        _SERVER,
        "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)",
    ),
    "ResourceContainerNotFound": (_USER, "One of the specified Azure Blob container(s) is not found"),
    "ResourceContainerAccessDenied": (_USER, "Access for one of the specified Azure Blob container(s) is denied"),
    "ResourceContainerListMiscError": (
        _SERVER,
        "Miscellaneous error encountered while listing one of the specified Azure Blob container(s)",
    ),
    "ResourceDirectoryCreateFailed": (_SERVER, "Failure encountered creating resource directory for the task"),
    "ResourceFileCreateFailed": (_SERVER, "Failure encountered creating resource file"),
    "ResourceFileWriteFailed": (_SERVER, "Failure encountered writing resource file"),
    "DiskFull": (_SERVER, "There is not enough disk space on the node that was selected to run the task"),
    "ApplicationPackageError": (_USER, "Failure encountered deploying one of the specified application packages"),
    "CommandProgramNotFound": (_USER, "The specified command program is not found"),
    "CommandLaunchFailed": (_USER, "Failed to launch the specified command line"),
    "ContainerPoolNotSupported": (_USER, "The specified pool does not support container tasks"),
    "ContainerInvalidSettings": (_USER, "At least one value of specified task container settings is invalid"),
    "FileUploadContainerNotFound": (_USER, f"One of the specified Azure container(s) was not found {_UPLOAD}"),
    "FileUploadAccessDenied": (_USER, f"Access for one of the specified Azure container(s) was denied {_UPLOAD}"),
    "FileUploadMiscError": (
        _SERVER,
        "A miscellaneous error was encountered while uploading one of the output files",
    ),
    "TaskEnded": (_USER, "Task Was Ended by User Request"),
    "Unknown": (_SERVER, "An unknown scheduling error has occurred"),
}


def failure(code: str, reason: str = "", **more: str) -> dict[str, Any]:
    """`more` are further details, by their names."""
    category, message = _CODES[code]
    details = {**({"Message": reason} if reason else {}), **more}
    info: dict[str, Any] = {"category": category, "code": code, "message": message}
    if details:
        info["details"] = [{"name": name, "value": value} for name, value in details.items()]
    return info


class Failed(Exception):
    """What a run ends with before its command, or after it."""

    def __init__(self, code: str, reason: str = "", **more: str) -> None:
        super().__init__(code)
        self.info = failure(code, reason, **more)


def of_disk(error: OSError, code: str) -> Failed:
    """A full disk has a code of its own, whatever could not be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Failed("DiskFull" if full else code, error.strerror or "")
