"""Application operations. An application is made by ARM; here the control API does it."""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.wire import Answer, Call, one
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Application

_LISTED = "listapplicationsummariesresponses"
_ONE = "getapplicationsummaryresponse"


def _show(application: Application) -> dict[str, Any]:
    """A display name that was never set is absent."""
    body = application.body
    named = {"displayName": body["displayName"]} if "displayName" in body else {}
    return {"id": application.id, **named, "versions": body["versions"]}


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    applications = account.store.of(Application)
    return page(call, _LISTED, applications.keys, applications.__getitem__, lambda application: True, _show)


def get(account: SimulatedAccount, call: Call) -> Answer:
    application = account.find(Application, call.ids["application"])
    if application is None:
        raise ServiceError("ApplicationNotFound")
    return one(call, _ONE, _show(application))


def check_packages(account: SimulatedAccount, body: dict[str, Any]) -> None:
    """Raises ServiceError where a pool refers to a package that is not active, if that is checked."""
    if account.switches.text("package-references") == "any":
        return
    missing = []
    for reference in body.get("applicationPackageReferences", ()):
        application = account.store.of(Application).find(reference["applicationId"].rstrip("/").rpartition("/")[2])
        version = reference.get("version") or (application.default_version if application is not None else None)
        if application is None or version is None or application.version(version) is None:
            missing.append((reference["applicationId"], "The specified application package does not exist."))
    if missing:
        raise ServiceError("InvalidApplicationPackageReferences", missing)
