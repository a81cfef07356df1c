"""Finds the operation of a request to the resource manager, and runs it. Requests were authenticated before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from batch_emulator.management import accounts, applications, packages
from batch_emulator.management.wire import GROUP, SUBSCRIPTION, Call
from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request
from batch_emulator.protocol.wire import Answer
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.ids import folded

AUDIENCES: Final = tuple(
    f"https://{host}{slash}"
    for host in (
        "management.azure.com",
        "management.core.windows.net",
        "management.usgovcloudapi.net",
        "management.core.usgovcloudapi.net",
        "management.chinacloudapi.cn",
        "management.core.chinacloudapi.cn",
    )
    for slash in ("", "/")
)
"""Whom tokens for the resource manager are made out to, in one cloud or another."""
VERSIONS: Final = ("2025-06-01", "2024-07-01", "2024-02-01")
_ACCOUNT: Final = (
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Batch"
    r"/batchAccounts/(?P<account>[^/]+)"
)
_APPLICATION: Final = rf"{_ACCOUNT}/applications/(?P<application>[^/]+)"
_VERSION: Final = rf"{_APPLICATION}/versions/(?P<version>[^/]+)"
_FORMS: Final = {
    "application": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "version": re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"),
}


@dataclass(frozen=True)
class Operation:
    """`path` is a pattern, which has no case."""

    name: str
    method: str
    path: re.Pattern[str]
    handler: Callable[[SimulatedAccount, Call], Answer]


def _op(name: str, method: str, path: str, handler: Callable[[SimulatedAccount, Call], Answer]) -> Operation:
    return Operation(name, method, re.compile(path, re.IGNORECASE), handler)


OPERATIONS: Final = (
    _op("Batch Account - Get", "GET", _ACCOUNT, accounts.get),
    _op("Application - Get", "GET", _APPLICATION, applications.get),
    _op("Application - Create", "PUT", _APPLICATION, applications.create),
    _op("Application - Update", "PATCH", _APPLICATION, applications.update),
    _op("Application - Delete", "DELETE", _APPLICATION, applications.delete),
    _op("Application - List", "GET", rf"{_ACCOUNT}/applications", applications.list_all),
    _op("Application Package - Get", "GET", _VERSION, packages.get),
    _op("Application Package - Create", "PUT", _VERSION, packages.create),
    _op("Application Package - Activate", "POST", rf"{_VERSION}/activate", packages.activate),
    _op("Application Package - Delete", "DELETE", _VERSION, packages.delete),
    _op("Application Package - List", "GET", rf"{_APPLICATION}/versions", packages.list_all),
)


def operation_name(method: str, path: str) -> str | None:
    """The name of the operation that a request asks for, None when there is none."""
    found = _find(method, path)
    return None if found is None else found[0].name


def _find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    for operation in OPERATIONS:
        match = operation.path.fullmatch(path) if operation.method == method else None
        if match is not None:
            return operation, match.groupdict()
    return None


def answer(account: SimulatedAccount, request: Request, body: Body) -> Answer:
    """Raises ServiceError for whatever is not a success."""
    query = {folded(name): value for name, value in request.query.items()}
    version = query.get("api-version")
    if not version:
        raise ServiceError(
            "MissingApiVersionParameter",
            text="The api-version query parameter (?api-version=) is required.",
            status=400,
        )
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise ServiceError(
            "InvalidApiVersionParameter", text=f"The emulator speaks {known} of the resource manager.", status=400
        )
    found = _find(request.method, request.path)
    if found is None:
        text = f"The resource manager has no operation {request.method} {request.path} that is known here."
        raise ServiceError("NotImplemented", text=text)
    operation, ids = found
    _check_account(account, ids)
    for name, form in _FORMS.items():
        if name in ids and not form.fullmatch(ids[name]):
            raise ServiceError("InvalidResourceName", text=f"The {name}'s name is not a valid one.", status=400)
    return operation.handler(account, Call(f"{request.base}{request.path}", query, ids, _value(body)))


def _value(body: Body) -> Any:
    value = body.value() if body else None
    if value is not None and not isinstance(value, dict):
        raise invalid_body("The body is an object.")
    return value


def _check_account(account: SimulatedAccount, ids: dict[str, str]) -> None:
    """There is one account, in one resource group of one subscription."""
    if folded(ids["subscription"]) != SUBSCRIPTION:
        text = f"The subscription '{ids['subscription'][:64]}' could not be found."
        raise ServiceError("SubscriptionNotFound", text=text, status=404)
    if folded(ids["group"]) != GROUP:
        text = f"Resource group '{ids['group'][:64]}' could not be found."
        raise ServiceError("ResourceGroupNotFound", text=text, status=404)
    if folded(ids["account"]) != folded(account.name):
        text = (
            f"The Resource 'Microsoft.Batch/batchAccounts/{ids['account'][:64]}' under resource group '{GROUP}' was not"
            " found."
        )
        raise ServiceError("ResourceNotFound", text=text, status=404)
