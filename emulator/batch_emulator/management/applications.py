"""Applications: what packages are versions of."""

from __future__ import annotations

from typing import Any

from batch_emulator.management.wire import Call, account_id, resource, shown
from batch_emulator.protocol.errors import ServiceError, invalid_body, invalid_property
from batch_emulator.protocol.wire import Answer
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Application
from batch_emulator.state.ids import folded

_LARGEST_PAGE = 1000


def application_id(account: SimulatedAccount, application: Application) -> str:
    return f"{account_id(account.name)}/applications/{application.id}"


def found(account: SimulatedAccount, call: Call) -> Application:
    """Raises ServiceError `ApplicationNotFound`."""
    application = account.store.of(Application).find(call.ids["application"])
    if application is None:
        raise ServiceError("ApplicationNotFound")
    return application


def _properties(application: Application) -> dict[str, Any]:
    there = {"displayName": application.body.get("displayName"), "defaultVersion": application.default_version}
    return {
        "allowUpdates": application.allow_updates,
        **{name: value for name, value in there.items() if value is not None},
    }


def _shown(account: SimulatedAccount, application: Application) -> Answer:
    id, properties = application_id(account, application), _properties(application)
    return shown(id, application.id, "/applications", application, properties)


def get(account: SimulatedAccount, call: Call) -> Answer:
    return _shown(account, found(account, call))


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    size, after = _page_size(call), call.query.get("$skiptoken", "")
    every = sorted((one for one in account.store.of(Application) if one.key > after), key=lambda one: one.key)
    page = every[:size]
    value = [resource(application_id(account, one), one.id, "/applications", one, _properties(one)) for one in page]
    body: dict[str, Any] = {"value": value}
    if len(every) > size:
        version = call.query["api-version"]
        body["nextLink"] = f"{call.url}?api-version={version}&maxresults={size}&$skiptoken={page[-1].key}"
    return Answer(200, body)


def _page_size(call: Call) -> int:
    text = call.query.get("maxresults", str(_LARGEST_PAGE))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LARGEST_PAGE):
        raise ServiceError("InvalidQueryParameterValue", [("QueryParameterName", "maxresults")])
    return int(text)


def create(account: SimulatedAccount, call: Call) -> Answer:
    application = account.store.of(Application).find(call.ids["application"])
    if application is None:
        application = Application.new(call.ids["application"], {"versions": []}, account.clock.stamp())
    _change(account, application, call.body)
    return _shown(account, application)


def update(account: SimulatedAccount, call: Call) -> Answer:
    application = found(account, call)
    _change(account, application, call.body)
    return _shown(account, application)


def _change(account: SimulatedAccount, application: Application, body: Any) -> None:
    """Raises ServiceError, and then nothing is changed."""
    given = _given(body)
    if "defaultVersion" in given:
        version = application.version(given["defaultVersion"])
        if version is None:
            pending = folded(given["defaultVersion"]) in application.packages
            raise ServiceError("RequestedDefaultVersionNotActive" if pending else "ApplicationPackageNotFound")
        application.default_version = version
    if "displayName" in given:
        application.body = {**application.body, "displayName": given["displayName"]}
    if "allowUpdates" in given:
        application.allow_updates = given["allowUpdates"]
    application.modified = account.clock.stamp()
    account.store.save(application)


def _given(body: Any) -> dict[str, Any]:
    """What a body says of an application, without nulls."""
    if body is None:
        return {}
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(properties or {}, dict):
        raise invalid_body("An application is an object with properties.")
    given = {name: value for name, value in (properties or {}).items() if value is not None}
    for name, value in given.items():
        kinds: dict[str, type] = {"displayName": str, "allowUpdates": bool, "defaultVersion": str}
        if name not in kinds:
            raise invalid_property(f"properties.{name}", "An application has no such property.")
        if not isinstance(value, kinds[name]):
            raise invalid_property(f"properties.{name}", "The value is of another type.")
    return given


def delete(account: SimulatedAccount, call: Call) -> Answer:
    application = account.store.of(Application).find(call.ids["application"])
    if application is None:
        return Answer(204)
    if application.packages or application.body["versions"]:
        raise ServiceError("ApplicationPackagesNotEmpty")
    account.store.drop(application)
    return Answer(200)
