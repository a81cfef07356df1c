"""Conditional headers. REST page: "Specifying conditional headers for Batch service operations"."""

from __future__ import annotations

from collections.abc import Mapping

from batch_emulator.protocol.errors import ServiceError, invalid_header
from batch_emulator.state.clock import SECOND, etag, parse_http_date

HEADERS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_PAIRS = ({"if-match", "if-unmodified-since"}, {"if-none-match", "if-modified-since"})
DATES_ONLY = HEADERS[2:]


def check_conditions(
    method: str, headers: Mapping[str, str], modified: int, honoured: tuple[str, ...] = HEADERS
) -> None:
    """`modified` is the entity's. Raises ServiceError: 412, or 304 where a read finds nothing new."""
    given = {name: headers[name].strip() for name in honoured if headers.get(name)}
    if len(given) > 1 and not any(set(given) <= pair for pair in _PAIRS):
        raise ServiceError("MultipleConditionHeadersNotSupported", [("HeaderName", ", ".join(given))])
    unread = 304 if method in ("GET", "HEAD") else 412
    if "if-match" in given and not _matches(given["if-match"], modified):
        raise ServiceError("ConditionNotMet")
    if "if-none-match" in given and _matches(given["if-none-match"], modified):
        raise ServiceError("ConditionNotMet", status=unread)
    whole_second = modified - modified % SECOND
    for name in given:
        if name not in DATES_ONLY:
            continue
        try:
            when = parse_http_date(given[name])
        except ValueError:
            raise invalid_header(name, "The value is not an HTTP date.") from None
        if name == "if-modified-since" and whole_second <= when:
            raise ServiceError("ConditionNotMet", status=unread)
        if name == "if-unmodified-since" and whole_second > when:
            raise ServiceError("ConditionNotMet")


def _matches(header: str, modified: int) -> bool:
    """Clients send the tag bare, in quotes, or as a weak one."""
    tags = [tag.strip().removeprefix("W/").strip("\"'") for tag in header.split(",")]
    return "*" in tags or etag(modified) in tags
