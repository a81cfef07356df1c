"""The mark of a value that must not be seen. Imports nothing of the models, so that it costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Secret:
    """A value that must not be seen: the front doors turn it into what their protocol calls a secret."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"
