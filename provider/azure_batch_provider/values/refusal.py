"""What the provider refuses by itself: each refusal is one row of a catalogue, with a code that stays.

The catalogues are the modules `refusals` of `config`, `lifecycle`, `resources` and `functions`; `docs/errors.md` lists
them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """What the program asks for is not done, and why: the user's to solve. The text names the way out and the code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Refusal:
    """A row: called with the facts, it is the error to raise.

    Attributes:
        code: what users and pages call it, in kebab case.
        text: what is refused and why, with a `{name}` for each fact.
        remedy: what to do about it, likewise; "" where the text says it.
    """

    code: str
    text: str
    remedy: str = ""

    def __call__(self, **facts: Any) -> Refused:
        return Refused(self.code, self.says(**facts))

    def says(self, *, also: str = "", **facts: Any) -> str:
        """The whole message; `also` is one more sentence on what to do."""
        template = f"{self.text} {self.remedy}" if self.remedy else self.text
        return f"{template.format(**facts)}{also and f' {also}'} [azure-batch: {self.code}]"
