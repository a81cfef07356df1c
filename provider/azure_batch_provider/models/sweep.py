"""A sweep: many tasks made of one, by the values of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StrictStr, WrapValidator

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.models.scalars import SCALARS, Int32, Known, Text
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import TemplateText, filled, masked, refused, taken, texts
from azure_batch_provider.values.parameters import (
    Combinations,
    combinations,
    inclusive,
    parameter,
    size,
)
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.task_ids import default_format, flaw
from azure_batch_provider.values.template import Template, TemplateError, is_name, parse
from azure_batch_provider.values.unknown import UNKNOWN

MOST_TASKS: Final = 100_000
"""Tasks that one sweep may have."""


def _name(name: str) -> str:
    if not is_name(name):
        raise ValueError("must begin with a letter or an underscore and go on with letters, digits and underscores")
    return name


def _value(value: Any) -> Any:
    if not isinstance(value, (str, int, float)):
        raise ValueError("must be a string, a number, or true or false")
    return value


def _template(value: Any, handler: Callable[[Any], Any]) -> Any:
    return handler(masked(TaskBody, value))


ParameterName = Annotated[StrictStr, AfterValidator(_name)]
ParameterValue = Annotated[Any, AfterValidator(_value), Known, SCALARS["any"]]
"""A text, a number, true or false."""


class SweepParameter(Model):
    """The values of a parameter: the whole numbers from `start` to `end`, or those listed in `values`."""

    start: Int32 | None = prop("First number. Needs `end`; excludes `values`.")
    end: Int32 | None = prop("Last number, which is a value itself when the steps reach it. Needs `start`.")
    step: Int32 | None = prop("From each number to the next (default 1); negative to count down from `start`.")
    values: list[ParameterValue] | None = prop(
        "Values: strings, numbers, `true` and `false`. A number is written without the zeros at the end of its "
        'fraction; write `"3.10"` in quotes where they count. Excludes `start`, `end` and `step`.',
        min_length=1,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        numbers = [name for name in ("start", "end", "step") if is_set(value, name)]
        if is_set(value, "values"):
            if numbers:
                yield Violation(
                    ("values",), f"cannot be given together with `{numbers[0]}`: list values, or give a range"
                )
            return
        if not known(value, "values", "start", "end"):
            return
        if not numbers and known(value, "step"):
            yield Violation((), "has no values: give `start` and `end`, or `values`")
        elif "start" not in numbers or "end" not in numbers:
            missing = "end" if "start" in numbers else "start"
            yield Violation((missing,), "is required: a range has a `start` and an `end`, both included")
        elif known(value, "step"):
            yield from _range(value["start"], value["end"], value.get("step"))


def _range(start: int, end: int, step: int | None) -> Iterator[Violation]:
    if step == 0:
        yield Violation(("step",), "must not be 0")
    elif not inclusive(start, end, step or 1):
        remedy = "a `step` below 0 counts down" if start > end else "leave out `step`, or make it greater than 0"
        yield Violation(("end",), f"makes an empty range, from {start} to {end} by steps of {step or 1}: {remedy}")


class Sweep(Model):
    """Many tasks made of one: a task for each combination of the parameters' values.

    Parameters go by their names: the first in the alphabet varies slowest.
    """

    task: Annotated[TaskBody, WrapValidator(_template)] = prop(
        "What each task is. In any text, `{frame}` stands for the value of the parameter `frame`, `{frame:05}` for a "
        "whole number with zeros before it up to 5 characters, `{{` and `}}` for braces.",
        required=True,
    )
    parameters: dict[ParameterName, SweepParameter] = prop(
        "Parameters by their names. There is a task for each combination of their values, at most 100,000 in all.",
        required=True,
        min_length=1,
    )
    taskIdFormat: Text | None = prop(
        "Ids of the tasks, with placeholders such as `frame-{frame:05}`. Left out, the value of a single parameter of "
        "whole numbers, with zeros to the length of the longest (kept when the range grows later), and otherwise all "
        "values in the order of their parameters' names, with hyphens between them.",
        min_length=1,
    )

    @classmethod
    def inner(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The first of its tasks in place of all."""
        return {**value, "task": first_task(value)}

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        declared = value.get("parameters")
        if not isinstance(declared, Mapping):
            return
        too_many = list(_too_many(declared))
        yield from too_many
        read = _Texts(value)
        yield from read.failures
        yield from read.unknown_names(declared)
        yield from read.unused(declared)
        padded = list(read.padded(declared))
        yield from padded
        if not too_many and not padded:
            yield from read.refused(declared)
            yield from read.refused_ids(declared)


def first_task(sweep: Mapping[str, Any]) -> Any:
    """The task of a sweep's first combination, with `UNKNOWN` for each text that cannot be told yet or is not right."""
    declared = sweep.get("parameters")
    names = declared if isinstance(declared, Mapping) else {}
    values = {name: found.values[0] for name, one in names.items() if (found := parameter(one)) is not None}

    def rendered(text: TemplateText) -> Any:
        try:
            found = parse(text.text).rendered(values)
        except (TemplateError, KeyError, ValueError):
            return UNKNOWN
        return found if taken(text, found) else UNKNOWN

    return filled(TaskBody, sweep.get("task"), rendered)


def _too_many(declared: Mapping[str, Any]) -> Iterator[Violation]:
    sizes = [size(one) for one in declared.values()]
    count = prod(one for one in sizes if one)
    if count > MOST_TASKS:
        least = "at least " if None in sizes else ""
        yield Violation(
            ("parameters",), f"make {least}{count:,} combinations, at most {MOST_TASKS:,} tasks are allowed"
        )


class _Texts:
    """The texts of a sweep that have placeholders, as far as they can be read.

    Attributes:
        failures: what is wrong with the others.
    """

    def __init__(self, sweep: Mapping[str, Any]) -> None:
        self.failures: list[Violation] = []
        self._templates: list[tuple[TemplateText, Template]] = []
        self._complete = not _has_unknown(sweep.get("task"))
        for text in texts(TaskBody, sweep.get("task")):
            template = self._parsed(text.text, ("task", *text.path))
            if template is not None:
                self._templates.append((text, template))
        self._format = sweep.get("taskIdFormat")
        self._ids = self._parsed(self._format, ("taskIdFormat",)) if isinstance(self._format, str) else None

    def _parsed(self, text: str, path: Path) -> Template | None:
        try:
            return parse(text)
        except TemplateError as error:
            self.failures.append(Violation(path, str(error)))
            return None

    def _all(self) -> Iterator[tuple[Path, Template]]:
        for text, template in self._templates:
            yield ("task", *text.path), template
        if self._ids is not None:
            yield ("taskIdFormat",), self._ids

    def unknown_names(self, declared: Mapping[str, Any]) -> Iterator[Violation]:
        listed = ", ".join(f"`{name}`" for name in sorted(declared))
        for path, template in self._all():
            for name in sorted(template.names - declared.keys()):
                yield Violation(
                    path,
                    f"has a placeholder `{name}` that is not a parameter; there is {listed}. Write `{{{{` and `}}}}` "
                    "for braces that are meant as such",
                )

    def unused(self, declared: Mapping[str, Any]) -> Iterator[Violation]:
        if not self._complete or self._format is UNKNOWN or self.failures:
            return
        used = {name for _, template in self._all() for name in template.names}
        for name in sorted(declared.keys() - used):
            yield Violation(
                ("parameters", name), f"is used nowhere: write `{{{name}}}` in a text of `task` or in `taskIdFormat`"
            )

    def padded(self, declared: Mapping[str, Any]) -> Iterator[Violation]:
        found = {name: parameter(one) for name, one in declared.items()}
        for path, template in self._all():
            for one in template.placeholders:
                values = found.get(one.name)
                if one.width and values is not None and not values.whole:
                    yield Violation(
                        path, f"pads `{one.name}` with zeros, and not all values of that parameter are whole numbers"
                    )

    def refused(self, declared: Mapping[str, Any]) -> Iterator[Violation]:
        """Texts that become what their field does not take."""
        for text, template in self._templates:
            used = {name: declared.get(name) for name in template.names}
            own = combinations(used) if used else Combinations({})
            found = refused(text, template, own) if own is not None else None
            if found is not None:
                where, reason = found
                yield Violation(("task", *text.path), f"{reason}; so it is not for {where}" if where else reason)

    def refused_ids(self, declared: Mapping[str, Any]) -> Iterator[Violation]:
        """Ids that no task can have, or two."""
        own = combinations(declared)
        if own is None or self._format is UNKNOWN:
            return
        template = self._ids
        if template is None and not isinstance(self._format, str):
            template = parse(default_format(own))
        if template is None or not template.names <= own.parameters.keys():
            return
        reason = flaw(template, own)
        if reason is not None:
            automatic = "" if self._ids is not None else "; left out, the id is made of the values of all parameters"
            yield Violation(("taskIdFormat",), reason + automatic)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_has_unknown, value))
    return value is UNKNOWN
