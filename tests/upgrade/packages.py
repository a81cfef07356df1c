"""A recorded release of which application packages are a part: an account that makes them, at a time of its own.

A state knows when a package was activated. So an account is recorded at a time that is still to come, and brought to
that time again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from azure.mgmt.batch import BatchManagementClient
from azure.storage.blob import BlobClient

from tests.e2e.packages import Managed
from tests.emulator_process import EmulatorProcess

BEGIN: Final = "2098-01-01T00:00:00Z"
_TICKS: Final = 10_000_000


def travels(account: EmulatorProcess, time: str) -> None:
    """Stop the account's clock at a time, to the tick. Raises AssertionError for one that is over."""
    now = account.post("/_emulator/clock", {"frozen": True})["now"]
    whole, ticks = divmod(_ticks(time) - _ticks(now), _TICKS)
    for seconds in (whole, ticks / _TICKS):  # one number of so many seconds would not be exact
        account.advance(seconds)
    assert _ticks(account.get("/_emulator/clock")["now"]) == _ticks(time)


def _ticks(time: str) -> int:
    text, _, fraction = time.removesuffix("Z").partition(".")
    since = datetime.fromisoformat(text) - datetime(2000, 1, 1)
    return since // timedelta(seconds=1) * _TICKS + int(fraction.ljust(7, "0") or 0)


def activated(managed: Managed, path: str) -> str:
    """When the package of a request was activated."""
    with managed.manager() as client:
        return str(_package(client, managed, path).as_dict()["properties"]["lastActivationTime"])


def asks_again(managed: Managed, request: Mapping[str, Any]) -> None:
    """A recorded request to the resource manager, with any content: no state knows more of it than its hash."""
    _, _, names = request["path"].partition("/applications/")
    application, _, rest = names.partition("/")
    at = ("emulator", managed.account.account, application)
    with managed.manager() as client:
        if not rest:
            send = client.application.update if request["method"] == "PATCH" else client.application.create
            send(*at, request["body"])
        elif request["method"] == "PUT":
            record = client.application_package.create(*at, rest.split("/")[1], {})
            with BlobClient.from_blob_url(str(record.storage_url)) as blob:
                blob.upload_blob(_nothing(), overwrite=True)
        else:
            travels(managed.account, request["activated"])
            client.application_package.activate(*at, rest.split("/")[1], request["body"])


def _package(client: BatchManagementClient, managed: Managed, path: str) -> Any:
    application, _, version = path.partition("/applications/")[2].removesuffix("/activate").partition("/versions/")
    return client.application_package.get("emulator", managed.account.account, application, version)


def _nothing() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()
