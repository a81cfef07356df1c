"""Application packages: their records, and the content that lies in a container of storage.

A record is created, its content uploaded to the URL that it shows, and then activated. Whether the content is there is
asked of the storage itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from batch_emulator.management.applications import application_id, found
from batch_emulator.management.wire import Call, resource, shown
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.wire import Answer
from batch_emulator.running import loopback
from batch_emulator.running.packages import content_url
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import format_time, machine_ticks
from batch_emulator.state.entities import Application
from batch_emulator.state.ids import folded

_KIND: Final = "/applications/versions"
_LASTING: Final = int(timedelta(hours=4) / timedelta(microseconds=1)) * 10
"""Ticks that a URL is said to be good for. What its signature says is another matter."""
_STORAGE: Final = {"x-ms-version": "2021-12-02"}


def _content_url(account: SimulatedAccount, application: Application, version: str) -> str:
    """Raises ServiceError where the account has no storage."""
    url = content_url(account, application, version)
    if url is None:
        raise ServiceError("AccountNotEnabledForAutoStorage")
    return url


def _name(application: Application, version: str) -> str | None:
    """A version as it was named, whatever its state; None when there is none."""
    record = application.packages.get(folded(version))
    return str(record["name"]) if record is not None else application.version(version)


def _version(application: Application, call: Call) -> str:
    name = _name(application, call.ids["version"])
    if name is None:
        raise ServiceError("ApplicationPackageNotFound")
    return name


def _properties(account: SimulatedAccount, application: Application, version: str, *, with_url: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"state": "Pending"}
    if application.version(version) is not None:
        activated = application.packages.get(folded(version), {}).get("activated", application.created)
        properties = {"state": "Active", "format": "zip", "lastActivationTime": format_time(activated)}
    if with_url:
        # Signatures are dated by the machine's own time.
        expiry = format_time(machine_ticks() + _LASTING)
        properties |= {"storageUrl": _content_url(account, application, version), "storageUrlExpiry": expiry}
    return properties


def _shown(account: SimulatedAccount, application: Application, version: str, *, with_url: bool = True) -> Answer:
    id = f"{application_id(account, application)}/versions/{version}"
    return shown(id, version, _KIND, application, _properties(account, application, version, with_url=with_url))


def _shows_url(account: SimulatedAccount) -> bool:
    return account.switches.text("package-storage-url") == "shown"


def get(account: SimulatedAccount, call: Call) -> Answer:
    application = found(account, call)
    return _shown(account, application, _version(application, call), with_url=_shows_url(account))


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    application = found(account, call)
    every = {folded(name): name for name in application.body["versions"]}
    every |= {key: record["name"] for key, record in application.packages.items()}
    id = application_id(account, application)
    value = [
        resource(
            f"{id}/versions/{name}",
            name,
            _KIND,
            application,
            _properties(account, application, name, with_url=_shows_url(account)),
        )
        for _, name in sorted(every.items())
    ]
    return Answer(200, {"value": value})


def create(account: SimulatedAccount, call: Call) -> Answer:
    """One that is there is created again where its application allows it, or as long as it is pending."""
    application = found(account, call)
    given = call.ids["version"]
    name = _name(application, given) or given
    _content_url(account, application, name)
    if application.version(name) is not None:
        if not application.allow_updates:
            raise ServiceError(
                account.switches.text("package-updates-code"),
                text="The package exists, and its application does not allow packages to be updated.",
                status=409,
            )
        if account.switches.text("package-put-again") == "pending":
            _take_out(application, name)
    now = account.clock.stamp()
    record = application.packages.get(folded(name), {"name": name, "created": now})
    application.packages = {**application.packages, folded(name): record}
    application.modified = now
    account.store.save(application)
    return _shown(account, application, name)


def _take_out(application: Application, version: str) -> None:
    """It is no active version any more."""
    left = [name for name in application.body["versions"] if folded(name) != folded(version)]
    application.body = {**application.body, "versions": left}


def activate(account: SimulatedAccount, call: Call) -> Answer:
    application = found(account, call)
    version = _version(application, call)
    form = call.body.get("format") if isinstance(call.body, dict) else None
    if form != "zip":
        raise invalid_property("format", "The only format of packages is zip.")
    if not _is_uploaded(_content_url(account, application, version)):
        raise ServiceError("ApplicationPackageBlobNotFound")
    now = account.clock.stamp()
    record = {"name": version, "created": now, **application.packages.get(folded(version), {}), "activated": now}
    application.packages = {**application.packages, folded(version): record}
    if application.version(version) is None:
        application.body = {**application.body, "versions": [*application.body["versions"], version]}
    application.modified = now
    account.store.save(application)
    return _shown(account, application, version, with_url=_shows_url(account))


def _is_uploaded(url: str) -> bool:
    try:
        return loopback.ask("HEAD", url, _STORAGE) == 200
    except (loopback.TransferError, loopback.RefusedUrl):
        return False


def delete(account: SimulatedAccount, call: Call) -> Answer:
    """With its content. That pools refer to it is no obstacle."""
    application = found(account, call)
    name = _name(application, call.ids["version"])
    if name is None:
        return Answer(204)
    url = _content_url(account, application, name)
    account.store.after_commit(lambda: _remove(url))
    _take_out(application, name)
    application.packages = {key: one for key, one in application.packages.items() if key != folded(name)}
    is_default = application.default_version is not None and folded(application.default_version) == folded(name)
    if is_default and account.switches.text("deleted-default-version") == "clear":
        application.default_version = None
    application.modified = account.clock.stamp()
    account.store.save(application)
    return Answer(200)


def _remove(url: str) -> None:
    """Nothing comes of it where the storage does not let go of the content."""
    try:
        loopback.ask("DELETE", url, _STORAGE)
    except (loopback.TransferError, loopback.RefusedUrl):
        return
