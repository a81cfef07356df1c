"""Long tables, a page at a time: found by key, so that a page is the same while others add and delete."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
SIZE = 100


@dataclass(frozen=True)
class Slice(Generic[T]):
    """Rows `first` to `last` of `total`, counted from 1. The keys are where the pages beside it begin."""

    rows: Sequence[T]
    first: int
    total: int
    before: str | None
    after: str | None
    final: str | None

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def is_all(self) -> bool:
        return len(self.rows) == self.total


def cut(keys: Sequence[str], item: Callable[[str], T], query: Mapping[str, str], prefix: str = "") -> Slice[T]:
    """The rows that begin with the key `from` of the query. `keys` are sorted; only those with the prefix count.

    Takes the time of a page, however many rows there are.
    """
    low = bisect_left(keys, prefix)
    high = bisect_left(keys, prefix + "\U0010ffff", low) if prefix else len(keys)
    start = min(max(bisect_left(keys, query.get("from", ""), low, high), low), max(low, high - 1))
    end = min(start + SIZE, high)
    return Slice(
        [item(key) for key in keys[start:end]],
        first=start - low + 1,
        total=high - low,
        before=keys[max(low, start - SIZE)] if start > low else None,
        after=keys[end] if end < high else None,
        final=keys[max(low, high - SIZE)] if end < high else None,
    )
