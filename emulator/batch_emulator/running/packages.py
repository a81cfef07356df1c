"""Application packages of a run: a directory on its node for each, and the variables that say where it is.

What has come by the resource manager has content, which is unpacked there. Other packages are empty directories.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from batch_emulator.running import loopback
from batch_emulator.running.environment import package_variables
from batch_emulator.running.failures import Failed
from batch_emulator.simulation.runs import Run
from batch_emulator.state.account import Account
from batch_emulator.state.clock import to_datetime
from batch_emulator.state.entities import Application
from batch_emulator.state.ids import folded

_FAILURE = "ApplicationPackageError"


@dataclass
class Installed:
    """The variables, and what is still to be unpacked: the URL of a content, and where to."""

    variables: dict[str, str] = field(default_factory=dict)
    contents: list[tuple[str, Path]] = field(default_factory=list)


def content_url(account: Account, application: Application, version: str) -> str | None:
    """Where the content of a package is, with what lets a caller in; None where the account has no storage."""
    container = account.switches.text("package-storage")
    if container == "none":
        return None
    parts = urlsplit(container)
    blob = f"{parts.path.rstrip('/')}/{quote(application.key)}/{quote(version)}"
    return urlunsplit(parts._replace(path=blob))


def install(account: Account, run: Run, node: Path) -> Installed:
    """Raises Failed where the account has the application and not this version of it.

    What is there already from an earlier run is used again.
    """
    found = Installed()
    references = [*run.pool.body.get("applicationPackageReferences", ())]
    if run.kind != "start":
        references += run.body.get("applicationPackageReferences", ())
    there = sorted((node / "applications").iterdir()) if references else []
    for reference in references:
        name, version = reference["applicationId"].rpartition("/")[2], reference.get("version")
        application = account.store.of(Application).find(name)
        if application is not None and version is not None and application.version(version) is None:
            raise Failed(_FAILURE, f"There is no version {version} of the application {name}")
        beginning = f"{name.lower()}{version or ''}"
        when = to_datetime(run.node.booted or run.node.created).strftime("%Y-%m-%d-%H-%M")
        directory = next(
            (path for path in there if path.name[: -len(when)] == beginning),
            node / "applications" / f"{beginning}{when}",
        )
        if not directory.exists():
            found.contents += _content(account, application, version, directory)
            directory.mkdir()
        found.variables |= package_variables(name, version, directory, windows=run.pool.windows)
    return found


def _content(
    account: Account, application: Application | None, version: str | None, directory: Path
) -> Iterable[tuple[str, Path]]:
    chosen = version or (application.default_version if application is not None else None)
    if application is not None and chosen is not None and folded(chosen) in application.packages:
        url = content_url(account, application, application.version(chosen) or chosen)
        if url is not None:
            yield url, directory


def unpack(contents: Iterable[tuple[str, Path]]) -> None:
    """Raises Failed, and then what did not come is not there, so that it is tried again."""
    for url, directory in contents:
        try:
            with loopback.get(url) as response, tempfile.TemporaryFile() as file:
                if response.status != 200:
                    raise Failed(_FAILURE, f"The storage answered {response.status}")
                shutil.copyfileobj(response, file)
                with zipfile.ZipFile(file) as archive:
                    for entry in archive.infolist():
                        _extract(archive, entry, directory)
        except (loopback.TransferError, loopback.RefusedUrl, zipfile.BadZipFile, OSError) as error:
            shutil.rmtree(directory, ignore_errors=True)
            raise Failed(_FAILURE, f"The content could not be unpacked: {error}") from error


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, directory: Path) -> None:
    """`ZipFile` lets nothing out of the directory. Programs in it can be run, as those who packed them meant it."""
    path = Path(archive.extract(entry, directory))
    mode = entry.external_attr >> 16
    if path.is_file() and mode & 0o111:
        path.chmod(path.stat().st_mode | 0o111)
