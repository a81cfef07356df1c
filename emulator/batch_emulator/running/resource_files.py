"""Files that are downloaded for a command before it runs. REST page: "Task - Add", ResourceFile."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from batch_emulator.running import loopback
from batch_emulator.running.failures import Failed, of_disk

VERSION = {"x-ms-version": "2021-12-02"}
_CHUNK = 1 << 20
_LARGEST_PAGE = 16 << 20
_MODE = 0o770
"""Of a file without a `fileMode`."""


class Download:
    """All files of one run. `most` are the bytes that they can have together, 0 is no limit."""

    def __init__(self, directory: Path, *, windows: bool, most: int, ended: Callable[[], bool]) -> None:
        self._directory = directory
        self._windows = windows
        self._most = most
        self._ended = ended
        self._bytes = 0

    def fetch(self, files: list[dict[str, Any]]) -> None:
        """Raises Failed for the first one that does not come."""
        for file in files:
            if "httpUrl" in file:
                self._blob(file["httpUrl"], file["filePath"], file)
            elif "storageContainerUrl" in file:
                self._container(file["storageContainerUrl"], file)
            else:
                raise Failed("ResourceContainerAccessDenied", "The emulated account has no auto storage account")

    def _container(self, url: str, file: dict[str, Any]) -> None:
        folder = file.get("filePath", "")
        for name in list(_names(url, file.get("blobPrefix", ""))):
            if not name.endswith("/"):
                self._blob(blob_url(url, name), f"{folder}/{name}" if folder else name, file)

    def _blob(self, url: str, path: str, file: dict[str, Any]) -> None:
        target = self._target(path)
        try:
            with loopback.get(url) as response:
                _check(response.status, "BlobNotFound", "BlobAccessDenied", "BlobDownloadMiscError", url)
                self._write(target, response, int(file.get("fileMode", f"{_MODE:o}"), 8), url)
        except loopback.TimedOut as error:
            raise Failed("BlobDownloadTimedOut", str(error), FilePath=path) from error
        except (loopback.TransferError, loopback.RefusedUrl) as error:
            raise Failed("BlobDownloadMiscError", str(error), FilePath=path) from error

    def _target(self, path: str) -> Path:
        """Raises Failed where it is not below the directory, also by way of a link that an earlier run has made."""
        relative = path.replace("\\", "/") if self._windows else path
        parts = [part for part in relative.split("/") if part not in ("", ".")]
        target = self._directory.joinpath(*parts)
        inside = os.path.realpath(self._directory)
        if not parts or relative.startswith("/") or ".." in parts or "\0" in relative:
            raise Failed("ResourceFileCreateFailed", "The path leads out of the task's directory", FilePath=path)
        try:
            parent = os.path.realpath(target.parent)
            if os.path.commonpath([inside, parent]) != inside:
                raise Failed("ResourceFileCreateFailed", "The path leads out of the task's directory", FilePath=path)
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise of_disk(error, "ResourceDirectoryCreateFailed") from error
        return target

    def _write(self, target: Path, response: http.client.HTTPResponse, mode: int, url: str) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            descriptor = os.open(target, flags, 0o600)
        except OSError as error:
            raise of_disk(error, "ResourceFileCreateFailed") from error
        with os.fdopen(descriptor, "wb") as file:
            expected = response.length
            received = 0
            for chunk in iter(lambda: response.read(_CHUNK), b""):
                received += len(chunk)
                self._bytes += len(chunk)
                if self._most and self._bytes > self._most:
                    raise Failed("DiskFull", "The resource files are larger than the emulator takes")
                if self._ended():
                    raise Failed("TaskEnded")
                try:
                    file.write(chunk)
                except OSError as error:
                    raise of_disk(error, "ResourceFileWriteFailed") from error
            if expected is not None and received != expected:
                raise loopback.TransferError("The file ended early")
            os.fchmod(file.fileno(), mode & 0o777)


def _check(status: int, missing: str, denied: str, other: str, url: str) -> None:
    path = {"BlobPath": public(url)}
    if status == 404:
        raise Failed(missing, "", **path)
    if status in (401, 403, 409):
        raise Failed(denied, "", **path)
    if status != 200:
        raise Failed(other, f"The server answered {status}", **path)


def public(url: str) -> str:
    """Without its query, where a signature would be, and without a user's name."""
    return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])


def blob_url(container: str, name: str) -> str:
    """The URL of a blob in a container, with the container's signature."""
    base, mark, query = container.partition("?")
    return f"{base.rstrip('/')}/{quote(name, safe='/~')}{mark}{query}"


def _names(url: str, prefix: str) -> Iterator[str]:
    marker = ""
    while True:
        names, marker = _page(url, prefix, marker)
        yield from names
        if not marker:
            return


def _page(url: str, prefix: str, marker: str) -> tuple[list[str], str]:
    base, _, query = url.partition("?")
    asked = [query] if query else []
    asked += ["restype=container", "comp=list"]
    asked += [f"{name}={quote(value, safe='')}" for name, value in (("prefix", prefix), ("marker", marker)) if value]
    listing = f"{base}?{'&'.join(asked)}"
    other = "ResourceContainerListMiscError"
    try:
        with loopback.get(listing, VERSION) as response:
            _check(response.status, "ResourceContainerNotFound", "ResourceContainerAccessDenied", other, url)
            text = response.read(_LARGEST_PAGE)
    except (loopback.TransferError, loopback.RefusedUrl) as error:
        raise Failed(other, str(error), BlobPath=public(url)) from error
    try:
        if b"<!DOCTYPE" in text:
            raise ElementTree.ParseError
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Failed(other, "The server sent no list of blobs", BlobPath=public(url)) from error
    names = [name.text for name in root.iterfind("./Blobs/Blob/Name") if name.text]
    return names, root.findtext("NextMarker") or ""
