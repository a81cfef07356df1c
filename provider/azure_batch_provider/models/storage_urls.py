"""URLs of Azure Storage as a compute node uses them: what the shared access signature (SAS) in one grants.

Reads text only; a URL is never changed, sent or repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.values.instants import parse_instant


def must_be_a_url(value: Mapping[str, Any], name: str) -> Iterator[Violation]:
    """The rule that a property holds an absolute `https` or `http` URL."""
    if is_set(value, name) and not _is_url(value[name]):
        yield Violation((name,), "must be a complete URL that begins with https:// or http://")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def signature(url: str) -> Mapping[str, str] | None:
    """Return the parameters of the SAS in a URL (`sp`, `se`, ...), or `None` when it is not signed."""
    try:
        parameters = {name.casefold(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    except ValueError:
        return None
    return parameters if "sig" in parameters else None


def expiry(sas: Mapping[str, str]) -> datetime | None:
    """Return when a SAS ends, in UTC, or `None` when it leaves that to a stored access policy or cannot be read."""
    return parse_instant(sas.get("se", ""))


def signature_falls_short(value: Mapping[str, Any], name: str, needs: Mapping[str, str]) -> Iterator[Violation]:
    """The warnings about a signed URL: it has expired, or lacks a permission. `needs` names those, by `sp` letter."""
    sas = signature(value[name]) if is_set(value, name) else None
    if sas is None:
        return
    end = expiry(sas)
    if end is not None and end < datetime.now(timezone.utc):
        yield Violation((name,), f"has a SAS that expired on {end:%Y-%m-%d at %H:%M} UTC: make a new one")
    missing = [word for letter, word in needs.items() if letter not in sas["sp"]] if "sp" in sas else []
    if missing:
        yield Violation((name,), f"has a SAS that does not grant permission to {' and '.join(missing)}")
