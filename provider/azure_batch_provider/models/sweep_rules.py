"""The rules of a sweep: its placeholders are parameters, and what its texts and ids become is what may stand there.

Knows plain values and `UNKNOWN`. A reason shows names of parameters and whole numbers, and no other text of the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, Final

from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import TemplateText, filled, refused, taken, texts
from azure_batch_provider.values.parameters import (
    Combinations,
    Parameter,
    combinations,
    first_value,
    parameters,
    size,
)
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.task_ids import default_format, flaw
from azure_batch_provider.values.template import Placeholder, Template, TemplateError, is_name, parse
from azure_batch_provider.values.unknown import UNKNOWN

MOST_TASKS: Final = 100_000
"""Tasks that one sweep may have."""
_A_NAME: Final = "a letter or an underscore comes first, then letters (A to Z), digits and underscores, 64 at most"
_ID: Final = ("taskIdFormat",)


def violations(sweep: Mapping[str, Any]) -> Iterator[Violation]:
    """All that is wrong with a sweep, whose fields are right by themselves or `UNKNOWN`."""
    declared = sweep.get("parameters")
    if not isinstance(declared, Mapping):
        return
    misnamed = [name for name in declared if not is_name(name)]
    for name in misnamed:
        yield Violation(("parameters", name), f"is not a name for a parameter: {_A_NAME}")
    too_many = list(_too_many(declared))
    yield from too_many
    if not misnamed:
        yield from _Texts(sweep, declared).violations(expand=not too_many)


def warnings(sweep: Mapping[str, Any]) -> Iterator[Violation]:
    """What is doubtful about a sweep."""
    declared = sweep.get("parameters")
    if isinstance(declared, Mapping) and all(map(is_name, declared)):
        read = _Texts(sweep, declared)
        yield from read.shell_variables()
        yield from read.own_ids()


def first_task(sweep: Mapping[str, Any]) -> Any:
    """The task of a sweep's first combination, with `UNKNOWN` for each text that cannot be told yet or is not right."""
    declared = sweep.get("parameters")
    known = {name: first_value(one) for name, one in declared.items()} if isinstance(declared, Mapping) else {}
    values = {name: value for name, value in known.items() if value is not None}

    def rendered(text: TemplateText) -> Any:
        try:
            found = parse(text.text).rendered(values)
        except (KeyError, ValueError):  # no such parameter, or not a template, or a text to be padded
            return UNKNOWN
        return found if taken(text, found) else UNKNOWN

    return filled(TaskBody, sweep.get("task"), rendered)


def _too_many(declared: Mapping[str, Any]) -> Iterator[Violation]:
    sizes = [size(one) for one in declared.values()]
    count = prod(one for one in sizes if one)
    if count > MOST_TASKS:
        least = "at least " if None in sizes else ""
        yield Violation(("parameters",), f"has {least}{count:,} combinations, at most {MOST_TASKS:,} are allowed")


class _Texts:
    """The texts of a sweep that have placeholders, as far as they can be read."""

    def __init__(self, sweep: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
        self._declared = declared
        self._names = declared.keys()
        self._failures: list[Violation] = []
        self._complete = not _has_unknown(sweep.get("task"))
        found = [(text, self._parsed(text.text, ("task", *text.path))) for text in texts(TaskBody, sweep.get("task"))]
        self._templates = [(text, template) for text, template in found if template is not None]
        self._format = sweep.get("taskIdFormat")
        self._ids = self._parsed(self._format, _ID) if isinstance(self._format, str) else None

    @cached_property
    def _parameters(self) -> dict[str, Parameter | None]:
        return parameters(self._declared)

    def _parsed(self, text: str, path: Path) -> Template | None:
        try:
            return parse(text)
        except TemplateError as error:
            self._failures.append(Violation(path, str(error)))
            return None

    def _all(self) -> Iterator[tuple[Path, Template]]:
        for text, template in self._templates:
            yield ("task", *text.path), template
        if self._ids is not None:
            yield _ID, self._ids

    def violations(self, expand: bool) -> Iterator[Violation]:
        """All that is wrong. `expand` says that there are few enough combinations to look at each of them."""
        yield from self._failures
        yield from self._unknown()
        yield from self._unused()
        padded = list(self._padded())
        yield from padded
        if expand and not padded:
            yield from self._refused()
            yield from self._refused_ids()

    def _unknown(self) -> Iterator[Violation]:
        listed = ", ".join(f"`{name}`" for name in sorted(self._names))
        for path, template in self._all():
            for name in sorted(template.names - self._names):
                yield Violation(
                    path,
                    f"has a placeholder `{name}`, which is not one of the parameters ({listed}); write `{{{{` for `{{` "
                    "and `}}` for `}` where a brace is meant",
                )

    def _unused(self) -> Iterator[Violation]:
        if not self._complete or self._format is UNKNOWN or self._failures:
            return
        used = {name for _, template in self._all() for name in template.names}
        for name in sorted(self._names - used):
            yield Violation(
                ("parameters", name), f"is used nowhere: write `{{{name}}}` in a text of `task` or in `taskIdFormat`"
            )

    def _padded(self) -> Iterator[Violation]:
        for path, template in self._all():
            for one in template.placeholders:
                values = self._parameters.get(one.name)
                if one.width and values is not None and not values.whole:
                    yield Violation(
                        path, f"pads `{one.name}` with zeros, and not all values of that parameter are whole numbers"
                    )

    def _refused(self) -> Iterator[Violation]:
        """Texts that become what their field does not take."""
        for text, template in self._templates:
            own = combinations({name: self._parameters.get(name) for name in template.names})
            reason = refused(text, template, own) if own is not None else None
            if reason is not None:
                yield Violation(("task", *text.path), reason)

    def _refused_ids(self) -> Iterator[Violation]:
        """Ids that no task can have, or two."""
        own = combinations(self._parameters)
        template = self._made_ids(own)
        if own is None or template is None:
            return
        reason = flaw(template, own)
        if reason is not None:
            automatic = "; left out, the ids are made of the values of all parameters" if self._format is None else ""
            yield Violation(_ID, reason + automatic)

    def _made_ids(self, own: Combinations | None) -> Template | None:
        """What ids are made by, `None` if that is unknown or not right."""
        if self._format is None:
            return None if own is None or not own.names else parse(default_format(own))
        return self._ids if self._ids is not None and self._ids.names <= self._names else None

    def own_ids(self) -> Iterator[Violation]:
        """The warning about tasks that wait for themselves."""
        own = combinations(self._parameters)
        ids = self._made_ids(own)
        if own is None or ids is None or any(self._padded()):
            return
        ends = [dict(zip(own.names, own[index], strict=True)) for index in (0, own.count - 1)]
        for text, template in self._templates:
            listed = text.path[:2] == ("dependsOn", "taskIds") and template.names <= self._names
            if listed and any(template.rendered(one).casefold() == ids.rendered(one).casefold() for one in ends):
                yield Violation(("task", *text.path), "is the task itself, which would wait forever")

    def shell_variables(self) -> Iterator[Violation]:
        """The warning about `${name}` in a command, which looks like a variable of the shell."""
        for text, template in self._templates:
            if text.name.casefold().endswith("commandline") and template.names <= self._names:
                for before, part in pairwise(template.parts):
                    if isinstance(before, str) and before.endswith("$") and isinstance(part, Placeholder):
                        yield Violation(
                            ("task", *text.path),
                            f"puts the value of `{part.name}` behind a `$`; a variable of the shell is written "
                            f"`${{{{{part.name}}}}}`",
                        )


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_has_unknown, value))
    return value is UNKNOWN
