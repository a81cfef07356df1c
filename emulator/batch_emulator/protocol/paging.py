"""Pages of a list: `maxresults`, `$skiptoken` and `odata.nextLink`."""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from batch_emulator.protocol.errors import invalid_query
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.state.ids import folded

LARGEST_PAGE = 1000


def integer(text: str) -> int | None:
    """None for what is not digits, with or without a minus, or has more of them than any parameter needs."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def page_size(call: Call, largest: int = LARGEST_PAGE) -> int:
    text = call.query.get("maxresults")
    if text is None:
        return largest
    size = integer(text)
    if size is None:
        raise invalid_query("maxresults", text[:64], "The value must be an integer.")
    if not 1 <= size <= largest:
        raise invalid_query("maxresults", text[:64], f"The value must be between 1 and {largest}.")
    return size


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key(call: Call) -> str | None:
    """The sort key of the last item that was answered already."""
    token = call.query.get("$skiptoken")
    if token is None:
        return None
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_query("$skiptoken", token[:128], "The token was not given out by this list.") from None


def page(
    call: Call,
    metadata: str,
    keys: Sequence[str],
    items: Callable[[str], Any],
    keep: Callable[[Any], bool],
    show: Callable[[Any], dict[str, Any]],
    largest: int = LARGEST_PAGE,
) -> Answer:
    """The page that `call` asks for. `keys` are sorted; an item is found by its key."""
    size, after = page_size(call, largest), _key(call)
    start = 0 if after is None else bisect_right(keys, after)
    shown: list[dict[str, Any]] = []
    last = ""
    more = False
    for key, item in _kept(keys, start, items, keep):
        if len(shown) == size:
            more = True
            break
        shown.append(show(item))
        last = key
    body: dict[str, Any] = {"odata.metadata": f"{call.base}/$metadata#{metadata}", "value": shown}
    if more:
        query = {name: text for name, text in call.sent.items() if folded(name) != "$skiptoken"}
        query["$skiptoken"] = _token(last)
        pairs = "&".join(f"{quote(name, safe='$')}={quote(text, safe='')}" for name, text in query.items())
        body["odata.nextLink"] = f"{call.url}?{pairs}"
    return Answer(200, body)


def _kept(
    keys: Sequence[str], start: int, items: Callable[[str], Any], keep: Callable[[Any], bool]
) -> Iterator[tuple[str, Any]]:
    for index in range(start, len(keys)):
        item = items(keys[index])
        if keep(item):
            yield keys[index], item
