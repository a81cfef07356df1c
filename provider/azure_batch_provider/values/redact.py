"""Takes secrets out of texts that somebody will read: errors and log lines. Control characters go with them."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final
from urllib.parse import quote

from azure_batch_provider.values.needles import SHORTEST, Needles
from azure_batch_provider.values.signatures import (
    ACCOUNT_KEY,
    KEY,
    PASSWORD,
    SIGNATURE,
    TRACES,
    decoded,
    has_trace,
)

MASK: Final = "***"
SHORTEST_DISGUISED: Final = 8
"""Letters of a secret that is looked for in every disguise; shorter ones would be found everywhere."""

_FEW: Final = 100
"""As many secrets are each looked for in every text."""
_ENCODED: Final = re.compile(r"[\\%&]")
"""Without one of these, nothing in a text is encoded."""

# The traces that each leaves in a text, as `has_trace` looks for them.
_PATTERNS: Final = (
    (("sharedkey",), re.compile(r"(?i)\b(SharedKey\s+[^\s:]+:)[A-Za-z0-9+/=_-]+"), rf"\1{MASK}"),
    (("bearer",), re.compile(r"(?i)\b(Bearer\s+)[A-Za-z0-9._~+/=-]+"), rf"\1{MASK}"),
    (TRACES[KEY], KEY, rf"\1\2{MASK}"),
    # To the end of the word: what stands in a signature that cannot belong to one is not shown either.
    (
        TRACES[SIGNATURE],
        re.compile(rf"{SIGNATURE.pattern}(?:(?!%(?:25)*26)[^&;\s\"'<>(),|{{}}\\])*", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (TRACES[PASSWORD], PASSWORD, rf"\1{MASK}"),
    (
        ("client_",),
        re.compile(r"(?i)((?:client_secret|client_assertion)(?:=|%3D))(?:(?!%26)[^&;\s\"'<>),])+"),
        rf"\1{MASK}",
    ),
    # JSON web tokens: three parts of base64url, the first two of which are JSON objects.
    (("eyj",), re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"), MASK),
    (TRACES[ACCOUNT_KEY], ACCOUNT_KEY, MASK),
    # An HMAC-SHA256 signature in base64, wherever it stands.
    (("=",), re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])"), MASK),
)
# Sequences that move the cursor, set colours or titles; then single characters that a terminal or a reader obeys
# (line ends and tabs excepted), among them those that turn the direction of writing.
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_HALF: Final = re.compile("[\ud800-\udfff]")


class Secrets(Iterable[str]):
    """Texts that are to be masked in many others, gathered when the first of those is written.

    Where they are thousands, only those are looked for of which something stands in a text.
    """

    def __init__(self, gathered: Callable[[], Iterable[str]]) -> None:
        self._gathered = gathered

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    @cached_property
    def _all(self) -> list[str]:
        # Longest first: a secret may be contained in another one.
        return sorted({text for text in self._gathered() if text}, key=len, reverse=True)

    @cached_property
    def _traces(self) -> _Traces:
        return _Traces(self._all)

    def near(self, text: str) -> list[str]:
        """Those that may stand in a text, in any disguise; the longest first."""
        return self._all if len(self._all) <= _FEW else sorted(self._traces.within(text), key=len, reverse=True)


class _Traces:
    """What there is in a text if one of many secrets stands in it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._short: set[str] = set()
        # Those that are known by so little, without white space, that it cannot be looked for.
        self._anywhere: set[str] = set()
        self._by_form: dict[str, list[str]] = {}
        self._by_base64: dict[str, list[str]] = {}
        for secret in secrets:
            if len(secret) < SHORTEST_DISGUISED:
                self._short.add(secret)
            else:
                self._add(secret)
        self._forms = Needles(self._by_form)

    def _add(self, secret: str) -> None:
        forms = {_folded(secret), _folded(_bare(secret))} if _ENCODED.search(secret) else {_folded(secret)}
        if min(map(len, forms)) < SHORTEST:
            self._anywhere.add(secret)
        for form in forms:
            self._by_form.setdefault(form, []).append(secret)
        for form in _in_base64(secret, 2 * 3):
            self._by_base64.setdefault(form.casefold(), []).append(secret)

    def within(self, text: str) -> set[str]:
        found = self._anywhere | {secret for secret in self._short if secret in text}
        raw = _folded(text)
        for form in chain(self._forms.within(raw), self._forms.within(_folded(_bare(text)))):
            found.update(self._by_form[form])
        for begin in range(len(raw) - SHORTEST_DISGUISED + 1):
            found.update(self._by_base64.get(raw[begin : begin + SHORTEST_DISGUISED], ()))
        return found


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask the given secrets, and whatever looks like a key, a signature or a token; without control characters.

    Given secrets are found as they stand, and from 8 letters on also percent-encoded, escaped for HTML or JSON, in
    base64, in other case, and broken over lines. Masked are also SAS signatures, `SharedKey` and `Bearer` credentials,
    the keys of connection strings, passwords in URLs, JSON web tokens, and base64 texts of the length of a signature or
    an account key.
    """
    if not (text.isascii() and text.isprintable()):
        text = _CONTROL.sub(" ", _SEQUENCE.sub("", text.replace("\r\n", "\n")))
        text = _HALF.sub("?", text)
    given = (secrets if isinstance(secrets, Secrets) else Secrets(lambda: secrets)).near(text)
    for secret in given:
        text = text.replace(secret, MASK)
    text = _without_disguised(text, [secret for secret in given if len(secret) >= SHORTEST_DISGUISED])
    for traces, pattern, replacement in _PATTERNS:
        if has_trace(text, traces):
            text = pattern.sub(replacement, text)
    return text


def _without_disguised(text: str, secrets: list[str]) -> str:
    """Two cheap looks tell whether a secret is there at all; only then it is searched for letter by letter."""
    if not secrets:
        return text
    plain, raw = _folded(_bare(text)), _folded(text)
    for secret in secrets:
        forms = _forms(secret)
        if forms.plain and (forms.plain in raw or forms.decoded in plain):
            text = re.sub(
                r"\s*".join(_any_spelling(letter) for letter in secret if not letter.isspace()), MASK, text, flags=re.I
            )
        for form in forms.base64:
            if form.casefold() in raw:
                inner = r"\s*".join(re.escape(letter) for letter in form)
                text = re.sub(rf"[\w+/-]{{0,3}}{inner}[\w+/-]{{0,3}}={{0,2}}", MASK, text, flags=re.I)
    return text


class _Forms:
    """What a secret looks like without white space and case, and within base64 whatever stands before and behind it."""

    def __init__(self, secret: str) -> None:
        self.plain = _folded(secret)
        self.decoded = _folded(_bare(secret))
        self.base64 = _in_base64(secret)


def _in_base64(secret: str, most: int | None = None) -> list[str]:
    """What a secret, or so many bytes of its beginning, look like within base64, whatever stands before and behind."""
    data = secret.encode(errors="replace")
    found: list[str] = []
    for skipped in range(3):
        # Of the letters at both ends, some bits belong to what stands beside the secret.
        whole = data[(3 - skipped) % 3 :][:most]
        inner = base64.b64encode(whole[: len(whole) // 3 * 3]).decode()
        found += (
            form for form in {inner, inner.replace("+", "-").replace("/", "_")} if len(form) >= SHORTEST_DISGUISED
        )
    return found


@lru_cache(maxsize=4096)
def _forms(secret: str) -> _Forms:
    return _Forms(secret)


def _bare(text: str) -> str:
    """A text without any encoding, whichever came first, and without what escapes: a text and what it was encoded to
    have the same one."""
    if _ENCODED.search(text) is None:
        return text
    for _ in range(4):
        before, text = text, decoded(text)
        if text == before:
            break
    return text.replace("\\", "")


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _any_spelling(letter: str) -> str:
    """A pattern for a letter as it stands, percent-encoded up to twice, or escaped for HTML or JSON."""
    code = ord(letter)
    encoded = quote(letter, safe="")
    every = "".join(f"%{byte:02X}" for byte in letter.encode(errors="replace"))
    spellings = {
        letter,
        encoded,
        every,
        every.replace("%", "%25"),
        html.escape(letter),
        f"\\u{code:04x}",
        f"\\{letter}",
    }
    numbers = rf"&\#0*{code};|&\#x0*{code:x};"
    longest_first = sorted(spellings, key=len, reverse=True)
    return f"(?:{numbers}|{'|'.join(re.escape(spelling) for spelling in longest_first)})"
