"""What is wrong, or doubtful, with a collection as a whole: its tasks beside each other, and the size of each."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from azure_batch_provider.lifecycle.dependents import is_integer, ranges_of
from azure_batch_provider.models.base import Violation
from azure_batch_provider.properties.request_body import LARGEST
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.properties.task_set import TaskSet
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN

_ENVELOPE: Final = len('{"value":[]}')
_TOGETHER: Final = 100
"""Tasks that are measured at once: few are so large that even a hundred of them could be a single one too large."""
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=lambda unknown: 0)


def inspected(inputs: Mapping[str, Any]) -> Findings:
    """Look at the tasks together; each by itself has been found right."""
    tasks = TaskSet(inputs)
    given = inputs.get("tasks")
    own: Mapping[str, Any] = given if isinstance(given, MAPPING) else {}
    violations = [*_twice(own, inputs), *_too_large(own, inputs, tasks)]
    warnings: list[Violation] = []
    ranges = list(_ranges(own, inputs))
    if ranges and not violations:
        violations += _one_number(tasks, own)
        if not tasks.open:
            warnings += _matching_nothing(tasks, ranges)
    return Findings(violations, warnings)


def _twice(own: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[Violation]:
    of_sweep = TaskSet({**inputs, "tasks": None})
    for name in own if len(of_sweep) else ():
        if name in of_sweep:
            yield Violation(("tasks", name), "is the id of a task of the sweep as well: case does not tell ids apart")


def _too_large(own: Mapping[str, Any], inputs: Mapping[str, Any], tasks: TaskSet) -> Iterator[Violation]:
    # The tasks of a sweep are of one size, and they come last.
    of_sweep = [(id, ("sweep", "task")) for id in islice(tasks, len(own), len(own) + 1)]
    for id, path in [*_perhaps_large(own, inputs), *of_sweep]:
        body = tasks.body(id)
        if body is UNKNOWN or _bytes(body) + _ENVELOPE <= LARGEST // 2:
            continue
        size = _ENVELOPE + _bytes(body if has_unknown(body) else tasks.request(id))
        if size > LARGEST:
            yield Violation(
                path,
                f"would be a request of {size:,} bytes, and the service takes at most {LARGEST:,}: instead of listing "
                "many files, put them into zip files, application packages or a container image",
            )


def _perhaps_large(own: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """The tasks that are to be measured one by one, and where they stand."""
    shared, names = _bytes(inputs.get("defaults")), list(own)
    for start in range(0, len(names), _TOGETHER):
        some = names[start : start + _TOGETHER]
        if shared + _bytes([own[name] for name in some]) + _ENVELOPE > LARGEST // 2:
            yield from ((name, ("tasks", name)) for name in some)


def _bytes(value: Any) -> int:
    return len(_JSON.encode(value).encode())


def _ranges(own: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[tuple[Path, int, int]]:
    """Each range of ids that a task depends on, and where it stands."""
    defaults, sweep = inputs.get("defaults"), inputs.get("sweep")
    shared = defaults if isinstance(defaults, MAPPING) else {}
    found: list[tuple[Path, Any]] = []
    if defaults is not UNKNOWN:
        tasks = ((name, task) for name, task in own.items() if isinstance(task, MAPPING))
        for name, task in tasks:
            depends_on = task.get("dependsOn")
            found.append((("tasks", name), shared.get("dependsOn") if depends_on is None else depends_on))
    if isinstance(sweep, MAPPING) and isinstance(sweep.get("task"), MAPPING):
        found.append((("sweep", "task"), sweep["task"].get("dependsOn")))
    for path, depends_on in found:
        if isinstance(depends_on, MAPPING):
            for index, (start, end) in enumerate(ranges_of(depends_on)):
                yield (*path, "dependsOn", "taskIdRanges", index), start, end


def _one_number(tasks: TaskSet, names: Iterable[str]) -> Iterator[Violation]:
    """The rule that no two ids are one number to a range."""
    own = {name.casefold() for name in names}
    ids_of: dict[int, list[str]] = {}
    for id in tasks:
        if is_integer(id):
            ids_of.setdefault(int(id), []).append(id)
    for ids in ids_of.values():
        # The engine hands a map over in any order.
        first, *others = sorted(ids, key=lambda id: (len(id), id))
        for id in others:
            path: Path = ("tasks", id) if id.casefold() in own else ("sweep", "taskIdFormat")
            yield Violation(
                path, f"makes the ids {first} and {id}, which are one number, and `taskIdRanges` go by numbers"
            )


def _matching_nothing(tasks: TaskSet, ranges: list[tuple[Path, int, int]]) -> Iterator[Violation]:
    numbers = sorted(int(id) for id in tasks if is_integer(id))
    for path, start, end in ranges:
        if bisect_left(numbers, start) == bisect_right(numbers, end):
            yield Violation(path, "matches no task of this collection: a task that is nowhere is waited for in vain")
