"""The tasks that a collection declares, said again in a few lines, so that the provider does not vouch for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.sweep import Expansion
from tests.generated.changes import told

_TASK: Final = FieldType("object", model=TaskBody)


def tasks_of(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each task is, by its id in lower case."""
    sweep = inputs.get("sweep")
    found = {id: task for id, task in (inputs.get("tasks") or {}).items() if task is not None}
    if sweep is not None:
        expansion = Expansion(sweep)
        found |= {id: expansion.body(id) for id in expansion}
    defaults = inputs.get("defaults") or {}
    return {
        id.lower(): {**defaults, **{name: item for name, item in task.items() if item is not None}}
        for id, task in found.items()
    }


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Ids, in lower case, of tasks that only one of two collections has, or that mean something else."""
    one, other = tasks_of(old), tasks_of(new)
    return {id for id in {*one, *other} if id not in one or id not in other or not _same(one[id], other[id])}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(told(_TASK, one) == told(_TASK, other))


def dependents(inputs: Mapping[str, Any], ids: Iterable[str]) -> set[str]:
    """Tasks that depend on any of these, directly or through others, without them."""
    tasks = tasks_of(inputs)
    found = {id.lower() for id in ids}
    given = set(found)
    while True:
        more = {id for id, task in tasks.items() if id not in found and any(needs(task, other) for other in found)}
        if not more:
            return found - given
        found |= more


def needs(task: Mapping[str, Any], id: str) -> bool:
    """Whether a task depends on the one with this id, in lower case."""
    depends_on = task.get("dependsOn") or {}
    if id in [other.lower() for other in depends_on.get("taskIds") or ()]:
        return True
    ranges = depends_on.get("taskIdRanges") or ()
    return id.isdigit() and any(item["start"] <= int(id) <= item["end"] for item in ranges)
