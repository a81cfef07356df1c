"""Files that are uploaded when a command has ended. REST page: "Task - Add", OutputFile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path
from typing import Any, TextIO

from batch_emulator.running import loopback, patterns
from batch_emulator.running.failures import Failed
from batch_emulator.running.resource_files import VERSION, blob_url, public

OUT, ERR = "fileuploadout.txt", "fileuploaderr.txt"
_OURS = ("host", "content-length", "transfer-encoding", "connection", "authorization")
_CONDITIONS = {"tasksuccess": (True, False), "taskfailure": (False, True), "taskcompletion": (True, True)}
"""Whether files are uploaded after a success, and after a failure."""


def wanted(files: list[dict[str, Any]], exit_code: int) -> list[dict[str, Any]]:
    """Those to upload after this exit code."""
    return [
        file
        for file in files
        if _CONDITIONS[file["uploadOptions"]["uploadCondition"].lower()][exit_code != 0]
        and "container" in file["destination"]
    ]


class Upload:
    """The uploads of one run, with what is written of them into its directory."""

    def __init__(self, directory: Path, environment: Mapping[str, str], *, windows: bool) -> None:
        """`directory` is that of the task: patterns begin at the working directory in it."""
        self._directory = directory
        self._environment = environment
        self._windows = windows

    def send(self, files: list[dict[str, Any]]) -> None:
        """All that can be sent is. Raises Failed for the first one that could not."""
        if not files:
            return
        first: Failed | None = None
        found = [(file, self._matches(file["filePattern"])) for file in files]
        with _log(self._directory / OUT) as out, _log(self._directory / ERR) as err:
            for file, (wild, matches) in found:
                if not matches:
                    _say(out, f"no file matches {file['filePattern']}")
                for match in matches:
                    container = file["destination"]["container"]
                    name = _blob_name(container.get("path", ""), match, wild=wild)
                    try:
                        _put(container, match.file, name)
                        _say(out, f"uploaded {match.file} to {public(container['containerUrl'])} as {name}")
                    except Failed as failed:
                        said = "; ".join(f"{item['name']}: {item['value']}" for item in failed.info.get("details", ()))
                        _say(err, f"{match.file} as {name}: {failed.info['code']} {failed.info['message']} ({said})")
                        first = first or failed
        if first is not None:
            raise first

    def _matches(self, pattern: str) -> tuple[bool, list[patterns.Match]]:
        text = patterns.expand(pattern, self._environment, windows=self._windows)
        return patterns.is_wild(text), patterns.files(text, self._directory / "wd")


def _blob_name(path: str, match: patterns.Match, *, wild: bool) -> str:
    if not wild:
        return path or match.name
    return f"{path.rstrip('/')}/{match.name}" if path else match.name


def _put(container: dict[str, Any], file: Path, name: str) -> None:
    sent = {
        "x-ms-blob-type": "BlockBlob",
        "Content-Type": "application/octet-stream",
        "x-ms-date": formatdate(usegmt=True),
    }
    names = {key.lower(): key for key in sent}
    for header in container.get("uploadHeaders", ()):
        key = header["name"].lower()
        if key not in _OURS:
            sent[names.get(key, header["name"])] = header.get("value", "")
    place = {"FilePath": str(file), "BlobPath": public(blob_url(container["containerUrl"], name))}
    try:
        with file.open("rb") as content:
            length = os.fstat(content.fileno()).st_size
            status = loopback.put(blob_url(container["containerUrl"], name), {**VERSION, **sent}, content, length)
    except OSError as error:
        raise Failed("FileUploadMiscError", error.strerror or "", **place) from error
    except (loopback.TransferError, loopback.RefusedUrl) as error:
        raise Failed("FileUploadMiscError", str(error), **place) from error
    if status == 404:
        raise Failed("FileUploadContainerNotFound", "", **place)
    if status in (401, 403):
        raise Failed("FileUploadAccessDenied", "", **place)
    if status != 201:
        raise Failed("FileUploadMiscError", f"The server answered {status}", **place)


def _log(path: Path) -> TextIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8", errors="replace")


def _say(log: TextIO, text: str) -> None:
    time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    log.write(f"{time} {text}\n")
