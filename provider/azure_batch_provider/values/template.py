"""Texts with placeholders: `frame-{frame:05}-{scene:id}`, in which `{{` and `}}` are braces.

Knows texts and the values that stand in for placeholders, and neither tasks nor where the values come from. A reason
names a placeholder and where it stands, and never shows what is around it, which may be secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDEST: Final = 64
"""Digits that a placeholder may pad to: as long as an id may be."""
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
_IDENTIFIER: Final = re.compile(_NAME)
_PART: Final = re.compile(
    rf"(?P<open>\{{\{{)|(?P<close>\}}\}})|\{{(?P<name>{_NAME})(?::(?:0(?P<width>[1-9][0-9]?)|(?P<safe>id)))?\}}|[{{}}]"
)
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9_-]")
_ALMOST: Final = re.compile(r"\{(?P<inner>[^{}]{0,80})\}")
_DOUBLE: Final = "write `{{` for `{` and `}}` for `}` where a brace is meant"


class TemplateError(ValueError):
    """A text is not a template. The message is a reason, to be read after the property's name."""


@dataclass(frozen=True)
class Placeholder:
    """Where a value goes.

    Attributes:
        name: of its parameter.
        width: to which a whole number is padded with zeros; 0 if it is not.
        safe: whether `_` takes the place of what an id cannot have.
    """

    name: str
    width: int = 0
    safe: bool = False


@dataclass(frozen=True)
class Template:
    """A text with placeholders, taken apart: what it says literally, and where values go."""

    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> Iterator[Placeholder]:
        return (part for part in self.parts if isinstance(part, Placeholder))

    @property
    def names(self) -> frozenset[str]:
        """The parameters that the text depends on."""
        return frozenset(placeholder.name for placeholder in self.placeholders)

    def renderer(self, names: Sequence[str]) -> Callable[..., str]:
        """A function from values, one argument for each of these names in their order, to the text.

        Values are texts and whole numbers; the names include all of the template's, and only whole numbers are padded.
        """
        position = {name: index for index, name in enumerate(names)}
        safe = sorted({position[one.name] for one in self.placeholders if one.safe})
        pattern = ""
        for part in self.parts:
            if isinstance(part, Placeholder):
                index = position[part.name]
                place = len(names) + safe.index(index) if part.safe else index
                pattern += f"{{{place}{f':0{part.width}' if part.width else ''}}}"
            else:
                pattern += escaped(part)
        if not safe:
            return pattern.format
        return lambda *values: pattern.format(*values, *[safe_text(values[index]) for index in safe])

    def rendered(self, values: Mapping[str, str | int]) -> str:
        """The text with these values."""
        names = sorted(self.names)
        return self.renderer(names)(*(values[name] for name in names))


def parse(text: str) -> Template:
    """Take a text apart.

    Raises:
        TemplateError: a brace is neither doubled nor part of a placeholder.
    """
    parts: list[str | Placeholder] = []
    literal = ""
    end = 0
    for match in _PART.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match["open"] or match["close"]:
            literal += match[0][0]
        elif match["name"]:
            width = int(match["width"] or 0)
            if width > WIDEST:
                raise TemplateError(f"pads `{match['name']}` to {width} digits, at most {WIDEST} are allowed")
            placeholder = Placeholder(match["name"], width, bool(match["safe"]))
            parts += [literal, placeholder] if literal else [placeholder]
            literal = ""
        else:
            raise TemplateError(_astray(text, match.start()))
    literal += text[end:]
    return Template((*parts, literal) if literal else tuple(parts))


def has_braces(text: str) -> bool:
    """Whether a text is anything but itself when it is taken for a template."""
    return "{" in text or "}" in text


def safe_text(value: str | int) -> str:
    """A value as it can stand in an id."""
    return _NOT_IN_IDS.sub("_", str(value))


def escaped(text: str) -> str:
    """The template that says just this text."""
    return text.replace("{", "{{").replace("}", "}}")


def is_name(text: str) -> bool:
    """Whether a parameter can be called so: a letter or underscore, then letters, digits, underscores; 64 at most."""
    return _IDENTIFIER.fullmatch(text) is not None


def _astray(text: str, index: int) -> str:
    """Why a brace is not part of a placeholder."""
    place = f"at character {index + 1}"
    if text[index] == "{":
        almost = _ALMOST.match(text, index)
        if almost:
            name, colon, _ = almost["inner"].partition(":")
            if is_name(name) and colon:
                return (
                    f"has a placeholder {place} with a form that is not known: "
                    "`{name:05}` pads with zeros to 5 digits, `{name:id}` puts `_` in place of what an id cannot have; "
                    f"{_DOUBLE}"
                )
            if re.fullmatch(r"[0-9]+", name):
                return f"has a number in braces {place}: placeholders have the names of parameters; {_DOUBLE}"
            return f"has braces {place} with something in them that is not the name of a parameter; {_DOUBLE}"
    return f"has a `{text[index]}` {place} that does not belong to a placeholder; {_DOUBLE}"
