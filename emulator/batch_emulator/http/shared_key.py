"""SharedKey signatures, in the dialects that clients speak.

REST page: "Authenticate requests to the Azure Batch service". Clients differ in the case of query names and of the
account, in what they sign as the length of an absent body, in parameters that are empty, and in whether `Date` counts
beside `ocp-date`. A signature is good when it is good in one of these dialects. The expected signature is never
shown.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from batch_emulator.protocol.request import SIGNED_HEADERS


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers. `path` and `query` are as encoded in the request, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


def _lengths(headers: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys((headers.get("content-length", ""), "0", "")))


def _dates(headers: Mapping[str, str]) -> list[str]:
    date = headers.get("date", "")
    return list(dict.fromkeys(("" if "ocp-date" in headers else date, date)))


def _parameters(query: str) -> Iterator[str]:
    """The lines of the query: names as sent or in lower case, with or without empty ones. None is there twice."""
    values = dict(parse_qsl(query, keep_blank_values=True))
    given: set[str] = set()
    for lowered in (False, True):
        for with_empty in (False, True):
            lines = [
                f"\n{name.lower() if lowered else name}:{values[name]}"
                for name in sorted(values, key=str.lower)
                if values[name] or with_empty
            ]
            for form in ("".join(lines), "".join(sorted(lines))):
                if form not in given:
                    given.add(form)
                    yield form


def strings_to_sign(request: SignedRequest, account: str) -> Iterator[str]:
    """Each text that a client may have signed for this request, the commonest first."""
    ocp = sorted((name, value) for name, value in request.headers.items() if name.startswith("ocp-") and value)
    canonical_headers = "".join(f"{name}:{value}\n" for name, value in ocp)
    accounts = dict.fromkeys((account, account.lower()))
    for parameters in _parameters(request.query):
        for length in _lengths(request.headers):
            for date in _dates(request.headers):
                replaced = {"content-length": length, "date": date}
                lines = (replaced.get(name, request.headers.get(name, "")) for name in SIGNED_HEADERS)
                head = "\n".join((request.method, *lines)) + "\n" + canonical_headers
                for name in accounts:
                    yield f"{head}/{name}{request.path}{parameters}"


def sign(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()


def is_signed(request: SignedRequest, account: str, signature: str, key: bytes) -> bool:
    """`account` is as the Authorization header spells it."""
    given = signature.encode()
    return any(hmac.compare_digest(sign(key, text).encode(), given) for text in strings_to_sign(request, account))
