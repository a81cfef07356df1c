"""Takes secrets out of texts that somebody will read: errors and log lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"

_PATTERNS: Final = (
    (re.compile(r"(?i)\b(SharedKey\s+[^\s:]+:)[A-Za-z0-9+/=_-]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(Bearer\s+)[A-Za-z0-9._~+/=-]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b((?:Account|SharedAccess)Key=)[^;\s\"'&]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(SharedAccessSignature=)[^;\s\"']+"), rf"\1{MASK}"),
    (
        # In a URL, or in one that was encoded once more.
        re.compile(
            r"(?i)((?:^|[?&;\s\"']|%3F|%26)(?:sig|client_secret|client_assertion)(?:=|%3D))(?:(?!%26)[^&;\s\"'<>),])+"
        ),
        rf"\1{MASK}",
    ),
    # JSON web tokens: three parts of base64url, the first two of which are JSON objects.
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"), MASK),
    # An HMAC-SHA256 signature or a 64 byte key in base64, wherever it stands.
    (re.compile(r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])"), MASK),
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask the given secrets, and whatever looks like a key, a signature or a token.

    Masked are SAS signatures (`sig=`), `SharedKey` and `Bearer` credentials, `AccountKey=` of connection strings, JSON
    web tokens, and base64 texts of the length of a signature or an account key.
    """
    # Longest first: a secret may be contained in another one.
    for secret in sorted({item for item in secrets if item}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
