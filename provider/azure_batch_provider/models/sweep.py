"""A sweep: many tasks made of one, by the values of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, StrictStr, WrapValidator

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.models.scalars import SCALARS, Int32, Known, Text
from azure_batch_provider.models.sweep_rules import first_task, violations, warnings
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import masked
from azure_batch_provider.values.parameters import inclusive


def _value(value: Any) -> Any:
    if not isinstance(value, (str, int, float)):
        raise ValueError("must be a string, a number, or true or false")
    return value


def _template(value: Any, handler: Callable[[Any], Any]) -> Any:
    return handler(masked(TaskBody, value))


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
        "whole number with zeros before it up to 5 characters, `{scene:id}` for a value with `_` in place of what an "
        "id cannot have, `{{` and `}}` for braces.",
        required=True,
    )
    parameters: dict[StrictStr, SweepParameter] = prop(
        "Parameters by their names. There is a task for each combination of their values, at most 100,000 in all.",
        required=True,
        min_length=1,
    )
    taskIdFormat: Text | None = prop(
        "Ids of the tasks, with placeholders such as `frame-{frame:05}`. Left out, the value of a single parameter of "
        "whole numbers, with zeros to the length of the longest (kept when the range grows later), and otherwise all "
        "values in the order of their parameters' names, with hyphens between them and `_` in place of what an id "
        "cannot have.",
        min_length=1,
    )

    @classmethod
    def inner(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The first of its tasks in place of all."""
        return {**value, "task": first_task(value)}

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from violations(value)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from warnings(value)
