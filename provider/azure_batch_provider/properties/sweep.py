"""The tasks that a sweep stands for: their ids, in order, and the body of each when it is asked for.

Knows plain values. A sweep has passed Check, and nothing in it is unknown, where not said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from azure_batch_provider.models.sweep_rules import MOST_TASKS
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import TemplateText, filled
from azure_batch_provider.values.parameters import Combination, Value, combinations, parameters
from azure_batch_provider.values.task_ids import default_format, ids, usable
from azure_batch_provider.values.template import parse
from azure_batch_provider.values.unknown import UNKNOWN


def task_id_format(sweep: Mapping[str, Any], kept: str | None) -> Any:
    """The format of a sweep's task ids: the program's own, else the one that it has had so far, else the default.

    A format stays while it has the same parameters and all ids are different, so that what is added to a sweep gives
    no other task another id. `UNKNOWN` while it depends on what is unknown, or on what is not right.

    Args:
        sweep: may have unknown values, and any that Check refuses.
        kept: of the last deployment's inputs, `None` without one.
    """
    own = sweep.get("taskIdFormat")
    if own is not None:
        return own
    declared = sweep.get("parameters")
    if not isinstance(declared, Mapping) or not declared:
        return UNKNOWN
    known = combinations(parameters(declared))
    if known is None:
        # Whether ids would be the same cannot be known yet, and next to never happens.
        if kept is not None and _names(kept) == declared.keys():
            return kept
        return UNKNOWN
    if kept is not None and known.count <= MOST_TASKS and usable(kept, known):
        return kept
    return default_format(known)


def _names(text: str) -> frozenset[str]:
    try:
        return parse(text).names
    except ValueError:
        return frozenset()


class Expansion:
    """All tasks of a sweep.

    Iteration gives ids, the combinations in their order; `in` and everything by id ignores case, as the service does.
    Bodies share what is the same in all of them, with the sweep where it has no braces: they are not to be changed.
    """

    def __init__(self, sweep: Mapping[str, Any]) -> None:
        found = combinations(parameters(sweep["parameters"]))
        if found is None:
            raise ValueError("the parameters of a sweep must be known and right")
        self._combinations = found
        self._ids = parse(sweep.get("taskIdFormat") or default_format(found))
        self._body = _compiled(_Texts(found.names).of(sweep["task"]))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {id.casefold(): index for index, id in enumerate(self)}

    def __len__(self) -> int:
        return self._combinations.count

    def __iter__(self) -> Iterator[str]:
        return ids(self._ids, self._combinations)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and id.casefold() in self._index

    def body(self, id: str) -> dict[str, Any]:
        """The task of an id, without the id.

        Raises:
            KeyError: there is no such task.
        """
        found: dict[str, Any] = self._body(self._combinations[self._index[id.casefold()]])
        return found

    def combination(self, id: str) -> dict[str, Value]:
        """The values that a task is made of, by the names of the parameters. They may be secret.

        Raises:
            KeyError: there is no such task.
        """
        names = self._combinations.names
        return dict(zip(names, self._combinations[self._index[id.casefold()]], strict=True))

    def described(self, id: str) -> str:
        """The same in words, for a sentence: of values that are not whole numbers, the position only.

        Raises:
            KeyError: there is no such task.
        """
        return self._combinations.described(self._index[id.casefold()])


class _Rendering:
    """What takes the place of a text with placeholders: a function of a combination's values."""

    def __init__(self, render: Callable[..., str]) -> None:
        self.render = render


class _Texts:
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def of(self, task: Any) -> Any:
        """The task with its texts taken apart, once for all."""
        return filled(TaskBody, task, self._taken_apart)

    def _taken_apart(self, text: TemplateText) -> Any:
        template = parse(text.text)
        return _Rendering(template.renderer(self._names)) if template.names else template.rendered({})


def _compiled(value: Any) -> Callable[[Combination], Any]:
    found = _changing(value)
    return found if found is not None else lambda values: value


def _changing(value: Any) -> Callable[[Combination], Any] | None:
    """A function that renders what is in a value, `None` if that is always the same."""
    if isinstance(value, _Rendering):
        render = value.render
        return lambda values: render(*values)
    if isinstance(value, dict):
        parts = [(name, part) for name, item in value.items() if (part := _changing(item)) is not None]
        return _of_mapping(value, parts) if parts else None
    if isinstance(value, list):
        items = [(index, part) for index, item in enumerate(value) if (part := _changing(item)) is not None]
        return _of_list(value, items) if items else None
    return None


def _of_mapping(
    value: dict[str, Any], parts: list[tuple[str, Callable[[Combination], Any]]]
) -> Callable[[Combination], Any]:
    def rendered(values: Combination) -> dict[str, Any]:
        copy = value.copy()
        for name, part in parts:
            copy[name] = part(values)
        return copy

    return rendered


def _of_list(value: list[Any], parts: list[tuple[int, Callable[[Combination], Any]]]) -> Callable[[Combination], Any]:
    def rendered(values: Combination) -> list[Any]:
        copy = value.copy()
        for index, part in parts:
            copy[index] = part(values)
        return copy

    return rendered
