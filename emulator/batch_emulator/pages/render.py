"""Makes HTML of what a page shows, from the templates beside it. Everything is escaped there, whatever it holds.

Jinja is loaded when the first page is asked for: most emulators are never looked at.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_emulator.pages.addresses import to
from batch_emulator.state.clock import LATEST, SECOND, format_time, parse_time

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""What the style of a page is known by to the browser, which takes no other."""


def moment(value: int | str | None) -> str:
    """A time of ours or of a body, to the second; nothing for one that is beyond all dates."""
    if value is None or (isinstance(value, int) and value > LATEST):
        return ""
    text = value if isinstance(value, str) else format_time(value)
    return text[:19].replace("T", " ")


def duration(start: str | None, end: str | None) -> str:
    if start is None or end is None:
        return ""
    return str(timedelta(seconds=(parse_time(end) - parse_time(start)) // SECOND))


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"moment": moment, "pretty": pretty}
    environment.globals |= {"to": to, "duration": duration, "style": _STYLE}
    return environment


def render(template: str, **values: Any) -> str:
    return str(_environment().get_template(f"{template}.html").render(**values))
