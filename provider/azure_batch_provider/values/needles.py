"""Many texts that are looked for at once: a look costs what the text looked at is long, not what they are many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

SHORTEST: Final = 8
"""Letters that a text has at least to be looked for."""


class Needles:
    """Texts to be found within others, as they stand. Those shorter than `SHORTEST` are left out."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = {text for text in texts if len(text) >= SHORTEST}
        self._lengths: dict[str, tuple[int, ...]] = {}
        for text in self._texts:
            start, length = text[:SHORTEST], len(text)
            known = self._lengths.get(start, ())
            if length not in known:
                self._lengths[start] = (*known, length)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def within(self, text: str) -> Iterator[str]:
        """Yield each of them that stands in the text, as often as it does."""
        if self._lengths:
            for begin in range(len(text) - SHORTEST + 1):
                for length in self._lengths.get(text[begin : begin + SHORTEST], ()):
                    found = text[begin : begin + length]
                    if found in self._texts:
                        yield found

    def any_within(self, text: str) -> bool:
        """Whether one of them stands in the text."""
        return next(self.within(text), None) is not None
