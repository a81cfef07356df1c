"""Query parameters and request headers that every operation has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from batch_emulator.operations.table import Operation
from batch_emulator.protocol.errors import ServiceError, invalid_header, invalid_query
from batch_emulator.protocol.paging import integer
from batch_emulator.protocol.versions import BOTH, V2024, dialect
from batch_emulator.state.ids import folded
from batch_emulator.state.switches import Switches

API_VERSION = "api-version"
TIMEOUT = "timeout"
_FLAGS = ("true", "false")


def api_version(query: Mapping[str, str]) -> str:
    """The version to answer in. Raises ServiceError when none is given, or one that is not spoken here."""
    given = query.get(API_VERSION)
    if not given:
        raise ServiceError("MissingRequiredQueryParameter", [("QueryParameterName", API_VERSION)])
    version = dialect(given)
    if version is None:
        values = [
            ("QueryParameterName", API_VERSION),
            ("QueryParameterValue", given[:64]),
            ("Reason", f"The emulator speaks {' and '.join(BOTH)}, and what the service published before."),
        ]
        raise ServiceError("UnsupportedRequestVersion", values)
    return version


def check_query(operation: Operation, sent: Mapping[str, str], version: str, switches: Switches) -> None:
    """`sent` has the parameters' names as they came. Raises ServiceError for one that is unknown or malformed."""
    for name, value in sent.items():
        lowered = folded(name)
        if lowered == API_VERSION:
            continue
        if lowered == TIMEOUT and _spelled(name, version, switches):
            if (integer(value) or 0) < 1:
                raise invalid_query(name, value[:64], "The value must be a positive number of seconds.")
        elif lowered not in operation.query:
            raise ServiceError("UnsupportedQueryParameter", [("QueryParameterName", name[:128])])
        elif lowered in ("force", "recursive") and folded(value) not in _FLAGS:
            raise invalid_query(name, value[:64], "The value must be true or false.")
        elif lowered == "$expand" and any(part.strip() != "stats" for part in value.split(",")):
            raise invalid_query(name, value[:64], "Only stats can be expanded.")


def _spelled(name: str, version: str, switches: Switches) -> bool:
    if switches.text("timeout-name") == "any-case":
        return True
    return name == ("timeout" if version == V2024 else "timeOut")


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises ServiceError for a header that does not have its format."""
    asked = headers.get("return-client-request-id")
    if asked is not None and asked.strip().lower() not in _FLAGS:
        raise invalid_header("return-client-request-id", "The value must be true or false.")
    client_id = headers.get("client-request-id")
    if client_id is not None and not _is_guid(client_id):
        raise invalid_header("client-request-id", "The value must be a GUID without decoration.")


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == folded(text)
    except ValueError:
        return False


def check_content_type(headers: Mapping[str, str], switches: Switches) -> None:
    """Blanks, case and a charset do not matter; the OData format does, unless the switch says otherwise."""
    given = headers.get("content-type", "")
    parts = [part.strip().lower() for part in given.split(";")]
    if not given:
        raise ServiceError("MissingRequiredHeader", [("HeaderName", "Content-Type")])
    if parts[0] != "application/json":
        raise invalid_header("Content-Type", "The body must be application/json; odata=minimalmetadata.")
    if switches.text("content-type") == "strict" and "odata=minimalmetadata" not in parts[1:]:
        raise invalid_header("Content-Type", "The value must have odata=minimalmetadata.")
