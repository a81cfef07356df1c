"""The addresses of the pages. Each part of one is escaped."""

from __future__ import annotations

from urllib.parse import quote

from batch_emulator.pages.admission import ROOT

PREFIX = f"{ROOT}page/"


def owns(path: str) -> bool:
    """Whether a request is for a page. All else below is the control API's."""
    return path in (ROOT, PREFIX[:-1]) or path.startswith(PREFIX)


def to(*parts: object, **query: object) -> str:
    """`to("pools", "p1", after="x")`. Without parts, the first page. A parameter that is None or empty is left out."""
    path = PREFIX + "/".join(quote(str(part), safe="") for part in parts) if parts else ROOT
    pairs = [f"{name}={quote(str(value), safe='')}" for name, value in query.items() if value not in (None, "")]
    return f"{path}?{'&'.join(pairs)}" if pairs else path
