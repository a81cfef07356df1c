"""What is wrong, or doubtful, with a collection as a whole: its tasks beside each other, and the size of each."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.lifecycle.dependents import is_integer, ranges_of
from azure_batch_provider.models.base import Violation
from azure_batch_provider.properties.request_body import LARGEST
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.properties.task_set import TaskSet
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN

_ENVELOPE: Final = len('{"value":[]}')


def inspected(inputs: Mapping[str, Any]) -> Findings:
    """Look at the tasks together; each by itself has been found right."""
    tasks = TaskSet(inputs)
    own = inputs.get("tasks")
    names = list(own) if isinstance(own, Mapping) else []
    violations = [*_twice(names, inputs), *_too_large(names, tasks)]
    warnings: list[Violation] = []
    ranges = list(_ranges(names, inputs, tasks))
    if ranges and not violations:
        violations += _one_number(tasks, names)
        if not tasks.open:
            warnings += _matching_nothing(tasks, ranges)
    return Findings(violations, warnings)


def _twice(names: list[str], inputs: Mapping[str, Any]) -> Iterator[Violation]:
    of_sweep = TaskSet({**inputs, "tasks": None})
    for name in names:
        if name in of_sweep:
            yield Violation(("tasks", name), "is the id of a task of the sweep as well: case does not tell ids apart")


def _too_large(names: list[str], tasks: TaskSet) -> Iterator[Violation]:
    paths: dict[str, Path] = {name: ("tasks", name) for name in names}
    for id in tasks:
        body = tasks.body(id)
        if body is UNKNOWN:
            continue
        if _bytes(body) + _ENVELOPE <= LARGEST // 2:
            if id not in paths:
                return  # the tasks of a sweep are of one size, and they come last
            continue
        size = _ENVELOPE + _bytes(body if has_unknown(body) else tasks.request(id))
        if size > LARGEST:
            yield Violation(
                paths.get(id, ("sweep", "task")),
                f"would be a request of {size:,} bytes, and the service takes at most {LARGEST:,}: instead of listing "
                "many files, put them into zip files, application packages or a container image",
            )


def _bytes(value: Mapping[str, Any]) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda unknown: 0).encode())


def _ranges(names: list[str], inputs: Mapping[str, Any], tasks: TaskSet) -> Iterator[tuple[Path, int, int]]:
    """Each range of ids that a task depends on, and where it stands."""
    listed = [(("tasks", name), tasks.body(name)) for name in names if name in tasks]
    sweep = inputs.get("sweep")
    task = sweep.get("task") if isinstance(sweep, Mapping) else None
    for path, body in [*listed, (("sweep", "task"), task)]:
        depends_on = body.get("dependsOn") if isinstance(body, Mapping) else None
        if isinstance(depends_on, Mapping):
            for index, (start, end) in enumerate(ranges_of(depends_on)):
                yield (*path, "dependsOn", "taskIdRanges", index), start, end


def _one_number(tasks: TaskSet, names: list[str]) -> Iterator[Violation]:
    """The rule that no two ids are one number to a range."""
    own = {name.casefold() for name in names}
    seen: dict[int, str] = {}
    for id in tasks:
        if is_integer(id):
            first = seen.setdefault(int(id), id)
            if first != id:
                path: Path = ("tasks", id) if id.casefold() in own else ("sweep", "taskIdFormat")
                yield Violation(
                    path, f"makes the ids {first} and {id}, which are one number, and `taskIdRanges` go by numbers"
                )


def _matching_nothing(tasks: TaskSet, ranges: list[tuple[Path, int, int]]) -> Iterator[Violation]:
    numbers = sorted(int(id) for id in tasks if is_integer(id))
    for path, start, end in ranges:
        if bisect_left(numbers, start) == bisect_right(numbers, end):
            yield Violation(path, "matches no task of this collection: a task that is nowhere is waited for in vain")
