"""Finds what proves a right inside any text: shared access signatures (SAS), account keys, passwords in URLs.

One detector for all that must know them: what the state wraps, what texts hide, what a comparison leaves out, and when
a signature ends. A SAS may stand in a URL, in JSON, percent-encoded once or twice, HTML-escaped, behind any separator,
or alone as a token. Its signature ends where the alphabet of signatures ends: what stands behind it is other text. See
https://learn.microsoft.com/rest/api/storageservices/create-service-sas. Knows texts only; every search is linear.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Final
from urllib.parse import unquote

from azure_batch_provider.values.instants import parse_instant

ROTATING: Final = frozenset({"sig", "se", "st", "sv", "skoid", "sktid", "skt", "ske", "sks", "skv"})
"""The parts of a SAS that differ each time one is minted for the same purpose: signature, times, versions and the
delegation key. Permissions, resource, addresses and protocols are not among them."""
_COMPANIONS: Final = ROTATING - {"sig"} | {"sp", "sr", "si", "ss", "srt", "spr", "sip", "sdd", "saoid", "suoid", "scid"}


def _spelled(word: str) -> str:
    """A pattern for a word whose letters may be percent-encoded, once or more often."""
    codes = (f"(?:{letter}|%(?:25)*(?:{ord(letter):x}|{ord(letter.upper()):x}))" for letter in word)
    return "".join(codes)


# `=`, `&` and the rest as they stand, percent-encoded, or escaped for JSON or HTML.
_EQUALS: Final = r"(?:=|%(?:25)*3d|\\{1,8}u003d|&\#(?:61|x3d);)"
_QUOTE: Final = r"(?:\\{0,8}[\"']|%(?:25)*2[27]|\\{1,8}u002[27]|&(?:quot|apos|\#34|\#39|\#x2[27]);)"
_COLON: Final = rf"{_QUOTE}\s*:\s*{_QUOTE}"
# Not in the middle of a word; an encoded separator ends with a letter or a digit, and so does an escaped line break.
_START: Final = (
    r"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})"
    r"|(?<=\\u00[0-9A-Fa-f]{2})|(?<=5[Cc]u00[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
)
# What a signature or a key is written with, encoded or not.
_ENCODED: Final = r"%(?:25)*(?:2[bfd]|3[0-9d]|[46][1-9a-f]|[57][0-9a]|5f)"
_LETTER: Final = (
    rf"(?:[A-Za-z0-9+/=_-]|{_ENCODED}|\\{{1,8}}u00(?:2[bfd]|3d|5f)|\\{{1,8}}/|&\#(?:43|47|61|x2b|x2f|x3d);)"
)

SIGNATURE: Final = re.compile(rf"{_START}({_spelled('sig')}(?:\s*{_EQUALS}\s*|{_COLON}))({_LETTER}+)", re.IGNORECASE)
"""A signature: group 1 is its name, group 2 its value."""
KEY: Final = re.compile(
    rf"({_spelled('account')}[-_ ]?{_spelled('key')}|{_spelled('sharedaccess')}(?:{_spelled('key')}"
    rf"|{_spelled('signature')}))"
    rf"(\s*{_EQUALS}\s*|{_COLON})({_LETTER}+)",
    re.IGNORECASE,
)
"""A key, or a whole token, in a connection string: group 3 is its value."""
ACCOUNT_KEY: Final = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])")
"""64 bytes in base64, wherever they stand: what keys of storage and Batch accounts are."""
PASSWORD: Final = re.compile(
    r"((?::|%(?:25)*3a)(?://|\\/\\/|%(?:25)*2f%(?:25)*2f)(?:(?!%(?:25)*(?:3a|2f|40))[^\s/?\#@:\"'\\])*(?::|%(?:25)*3a))"
    r"((?:(?!%(?:25)*(?:2f|40))[^\s/?\#@\"'\\])+)(?=@|%(?:25)*40)",
    re.IGNORECASE,
)
"""The password in `scheme://user:password@host`: group 2."""

TRACES: Final[Mapping[re.Pattern[str], tuple[str, ...]]] = {
    SIGNATURE: ("sig", "%"),
    KEY: ("account", "sharedaccess", "%"),
    ACCOUNT_KEY: ("==",),
    PASSWORD: ("@", "%"),
}
"""What is in a text where a pattern finds something, one of these at least, in small letters: looked for far sooner."""
_ANY_TRACE: Final = frozenset(chain.from_iterable(TRACES.values()))
_TELLING: Final = re.compile(r"[=:%\\&]")
"""One of these is in whatever any of the four finds: `=` or `:` as it stands, or what an encoded one begins with."""


def has_trace(text: str, traces: Iterable[str]) -> bool:
    """Whether one of these may stand in a text, whatever its case."""
    if not text.isascii():
        return True  # a pattern takes some letters beyond ASCII for those that fold to them, and for others
    low = text.lower()
    return any(trace in low for trace in traces)


class _Level:
    """How a query is cut that has been percent-encoded so many times: what joins and what surrounds its parameters.

    What is encoded once more than the query is part of a value; what is encoded less stands around it.
    """

    def __init__(self, times: int) -> None:
        escaped = r"\\{1,8}u00(?:2[27]|3[bcef])|\\{1,8}[nrt]|&(?:lt|gt|quot|apos|\#34|\#39|\#x2[27]);"
        raw = rf"{escaped}|[\s?;,|()<>{{}}\[\]\#`^\"'\\]"
        raw_and = r"&amp;|&\#(?:38|x26);|&|\\{1,8}u0026"
        codes = ["%" + "25" * number for number in range(times)]
        breaks = [f"{code}(?:2[023789c]|3[bcef]|7[bcd]|5[bcd]|0[9ad])" for code in codes]
        breaks += [rf"(?:{code}5c){{1,8}}(?:u003[bcef]|u002[27]|[nrt])" for code in codes]
        # Of what was escaped for HTML or JSON first, the escape is encoded as well.
        joins = [rf"{code}26amp{code}3b|{code}26|(?:{code}5c){{1,8}}u0026" for code in codes]
        join, asks, equals = raw_and, r"\?|\\{1,8}u003f", r"=|\\{1,8}u003d|&\#(?:61|x3d);"
        if times:
            join, asks, equals = joins.pop(), f"{codes[-1]}3f", f"{codes[-1]}3d"
            breaks = [*breaks, *joins, raw_and]
        names = "|".join(_spelled(name) for name in sorted(_COMPANIONS | {"sig"}, key=len, reverse=True))
        self.joins = re.compile(join, re.IGNORECASE)
        self.asks = re.compile(asks, re.IGNORECASE)
        self.cuts = re.compile(f"({'|'.join([join, *breaks, raw])})", re.IGNORECASE)
        self.parameter = re.compile(rf"{_START}({names})(?:{equals})", re.IGNORECASE)


_DEEPEST: Final = 3


@cache
def _level(times: int) -> _Level:
    """Made when first needed, which is where a text holds a signature: a process starts sooner without."""
    return _Level(times)


_COLON_IN_TIME: Final = r"(?::|%(?:25)*3a)"
_OFFSET: Final = rf"(?:z|(?:[+-]|%(?:25)*2b)\d\d{_COLON_IN_TIME}?\d\d)"
_TIME: Final = rf"t\d\d{_COLON_IN_TIME}\d\d(?:{_COLON_IN_TIME}\d\d(?:\.\d+)?)?{_OFFSET}?"
_ROTATING_VALUE: Final = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:{_TIME})?|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|[a-z0-9]*", re.IGNORECASE
)
"""A day, an instant, an id or a word: what stands behind one of them is the program's text, as behind a signature."""
_STEADY_VALUE: Final = re.compile(r"[A-Za-z0-9%:.+_-]*")
_SIGNATURE_VALUE: Final = re.compile(rf"{_LETTER}*", re.IGNORECASE)
_SHORTEST_SIGNATURE: Final = 40
"""Letters of an HMAC-SHA256 in base64, less a few: what is longer is taken for a signature without any company."""
_OBJECT: Final = re.compile(r"\{[^{}]*\}")
_MEMBER: Final = re.compile(
    rf"({_QUOTE}({'|'.join(sorted(_COMPANIONS | {'sig'}, key=len, reverse=True))}){_COLON})((?:(?!{_QUOTE})[^\\])*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sas:
    """One shared access signature in a text: the parameters that are there, decoded, by lower-case name."""

    parameters: Mapping[str, str]

    @property
    def signature(self) -> str:
        return self.parameters["sig"]

    @property
    def ends(self) -> datetime | None:
        """When it expires, in UTC; None when it leaves that to a stored access policy, or it cannot be read."""
        return parse_instant(self.parameters.get("se", ""))


def bears_secret(text: str) -> bool:
    """Whether a text holds a signature, an account key, or a password in a URL."""
    if _TELLING.search(text) is None or not has_trace(text, _ANY_TRACE):
        return False
    return any(has_trace(text, traces) and pattern.search(text) is not None for pattern, traces in TRACES.items())


def without_rotating(text: str) -> str:
    """The text without what differs each time its SAS are minted, and the parameters of each SAS in order.

    Everything else is left as it stands, so that two texts are equal here only when they differ in nothing else. A text
    without a SAS is returned as it is.
    """
    if not _is_signed(text):
        return text
    return _steady(_OBJECT.sub(_blank, text))


def _is_signed(text: str) -> bool:
    return has_trace(text, TRACES[SIGNATURE]) and SIGNATURE.search(text) is not None


def signatures(text: str) -> list[Sas]:
    """Every SAS in a text, in order."""
    if not _is_signed(text):
        return []
    found = [piece.sas for piece in _pieces(text) if not isinstance(piece, str)]
    for match in _OBJECT.finditer(text):
        members = {name.lower(): decoded(value) for _, name, value in _MEMBER.findall(match[0])}
        if "sig" in members and len(members) > 1:
            found.append(Sas(members))
    return found


def expiry(text: str) -> datetime | None:
    """When the first SAS in a text to expire does so, in UTC; None when there is none with a readable end."""
    ends = [sas.ends for sas in signatures(text)]
    return min((moment for moment in ends if moment is not None), default=None)


def decoded(text: str) -> str:
    """A text without the encodings that it may have gone through on its way: JSON, HTML, percent signs twice."""
    text = re.sub(r"\\{1,8}u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), text)
    text = re.sub(r"\\([\"\\/])", r"\1", text)
    return unquote(unquote(html.unescape(text)))


@dataclass(frozen=True)
class _Query:
    """A query or a token that has a SAS: the SAS, and what stays of the text without what rotates."""

    sas: Sas
    steady: str


def _pieces(text: str, times: int = 0) -> Iterator[str | _Query]:
    """The text, cut so that each query with a SAS stands alone: first those as they are, then encoded ones."""
    if times == _DEEPEST or SIGNATURE.search(text) is None:
        yield text
        return
    level = _level(times)
    parts = level.cuts.split(text)
    before, start = "", 0
    for index in range(1, len(parts) + 1, 2):
        separator = parts[index] if index < len(parts) else ""
        if separator and level.joins.fullmatch(separator):
            continue
        query = _query(parts[start:index:2], times, asked=level.asks.fullmatch(before) is not None)
        if query is not None:
            yield query
        else:
            yield from _pieces("".join(parts[start:index]), times + 1)
        yield separator
        before, start = separator, index + 1


def _query(segments: list[str], times: int, *, asked: bool) -> _Query | None:
    """The query of these segments, if there is a SAS in it; `asked`: a question mark stands before it."""
    head, kept, tail = "", [], ""
    parameters: dict[str, str] = {}
    for number, segment in enumerate(segments):
        match = _level(times).parameter.search(segment)
        if match is None:
            kept.append(segment)
            continue
        name = decoded(match[1]).lower()
        rest = segment[match.end() :]
        value = _value_of(name).match(rest)
        length = value.end() if value is not None else 0
        parameters.setdefault(name, decoded(rest[:length]))
        # What stands before the first name, such as `SharedAccessSignature=`, is not a parameter of this query.
        before = segment[: match.start()]
        if number == 0:
            head, before = before, ""
        if name not in ROTATING:
            kept.append(f"{before}{name}={rest[:length]}")
        elif before:
            kept.append(before)
        tail += rest[length:]
    if "sig" not in parameters:
        return None
    if not (asked or _COMPANIONS & parameters.keys() or len(parameters["sig"]) >= _SHORTEST_SIGNATURE):
        return None
    # Whether a rotating part is there at all may change with the tool that mints.
    steady = sorted(_steady(item, times + 1) for item in kept)
    return _Query(Sas(parameters), f"{head}{'&'.join([*steady, 'sig='])}{tail}")


def _value_of(name: str) -> re.Pattern[str]:
    if name == "sig":
        return _SIGNATURE_VALUE
    return _ROTATING_VALUE if name in ROTATING else _STEADY_VALUE


def _steady(text: str, times: int = 0) -> str:
    return "".join(piece if isinstance(piece, str) else piece.steady for piece in _pieces(text, times))


def _blank(match: re.Match[str]) -> str:
    """A JSON object whose members are the parts of a SAS, without the values of those that rotate."""
    names = {name.lower() for _, name, _ in _MEMBER.findall(match[0])}
    if "sig" not in names or len(names) == 1:
        return match[0]
    return _MEMBER.sub(lambda member: member[1] if member[2].lower() in ROTATING else member[0], match[0])
