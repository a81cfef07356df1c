"""The one value that stands for what a preview cannot know yet. Imports nothing, so that it costs nothing."""

from __future__ import annotations

from typing import ClassVar, Final


class Unknown:
    """An input that a preview cannot know yet. There is one, `UNKNOWN`; compare with `is`."""

    _only: ClassVar[Unknown | None] = None

    def __new__(cls) -> Unknown:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()
