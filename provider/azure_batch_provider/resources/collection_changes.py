"""What has to be done so that the tasks that exist are those that a collection declares."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azure_batch_provider.lifecycle.dependents import is_integer, ranges_of
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.compare import same
from azure_batch_provider.properties.task_set import SOURCES, Likeness, TaskSet
from azure_batch_provider.resources.task_record import TaskRecord
from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.unknown import UNKNOWN


@dataclass
class Changes:
    """Ids of tasks.

    Attributes:
        added: declared, and not there; or nobody knows whether they are.
        removed: there, and not declared any more.
        again: there with other content than is declared: deleted, and added again.
        dependents: that depend on one that is added again, and stay.
        unheld: that are added and do not wait for one that is added again, though they depend on it.
        open: how many there are is not known before the deployment.
    """

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    dependents: list[str] = field(default_factory=list)
    unheld: list[str] = field(default_factory=list)
    open: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.again or self.open)

    @property
    def brings(self) -> bool:
        """Whether anything is to be added."""
        return bool(self.added or self.again or self.open)

    def counted(self) -> str:
        """How many, in words."""
        counts = (("adds", self.added), ("removes", self.removed), ("re-adds", self.again))
        text = ", ".join(f"{verb} {len(ids):,}" for verb, ids in counts if ids)
        if self.open:
            text = f"{text}, and more that are not known yet" if text else "adds tasks that are not known yet"
        return text or "changes no task"


def changes(
    old: Mapping[str, Any],
    record: TaskRecord | None,
    new: Mapping[str, Any],
    *,
    imported: bool = False,
    rerun: Iterable[str] = (),
) -> Changes:
    """Compare what exists with what is declared.

    Args:
        old: the inputs that what exists was made from, unless there is a record of it.
        new: checked inputs; in a preview with unknowns.
        imported: the old inputs are what the service has shown, with what it fills in and without what it hides.
        rerun: tasks that are to be added again though nothing of them differs.
    """
    again = list(rerun)
    if record is None and not again and all(identical(old.get(name), new.get(name)) for name in SOURCES):
        return Changes()
    wanted = TaskSet(new)
    found = _from_record(record, wanted) if record is not None else _from_inputs(old, new, imported)
    changed = {id.casefold() for id in (*found.added, *found.again)}
    found.again += [id for id in again if id in wanted and id.casefold() not in changed]
    if wanted.open:
        found.open = True
        found.removed = []  # what is not known yet may be any of them
    _depend(found, wanted, again_too=new.get("rerunDependents") is True)
    return found


def _from_record(record: TaskRecord, wanted: TaskSet) -> Changes:
    found = Changes(removed=[entry.id for entry in record if entry.id not in wanted])
    for id in wanted:
        entry = record.get(id)
        if entry is None or not entry.sure:
            found.added.append(id)
        elif wanted.body(id) is UNKNOWN or wanted.digest(id) != entry.digest:
            found.again.append(id)
    return found


def _from_inputs(old: Mapping[str, Any], new: Mapping[str, Any], imported: bool) -> Changes:
    if all(identical(old.get(name), new.get(name)) for name in ("sweep", "defaults")):
        old, new = {**old, "sweep": None}, {**new, "sweep": None}
    there, wanted = TaskSet(old), TaskSet(new)
    found = Changes(removed=[id for id in there if id not in wanted])
    likeness = Likeness()
    for id in wanted:
        if id not in there:
            found.added.append(id)
            continue
        before, after = there.body(id), wanted.body(id)
        if identical(before, after):
            continue
        if after is UNKNOWN or not (likeness.same(after, before) if imported else same(TaskBody, before, after)):
            found.again.append(id)
    return found


def _depend(found: Changes, wanted: TaskSet, *, again_too: bool) -> None:
    """Find the tasks that depend on those that are added again; with `again_too`, they are added again as well."""
    if not found.again:
        return
    order = _Order(wanted)
    again = dict.fromkeys(id.casefold() for id in found.again)
    fresh = {id.casefold() for id in found.added}
    pending = list(found.again)
    named: dict[str, None] = {}
    while pending:
        dependents = order.of(pending)
        pending = []
        for id in dependents:
            if id.casefold() in again or id.casefold() in fresh:
                found.unheld.append(id)
            elif again_too:
                again[id.casefold()] = None
                found.again.append(id)
                pending.append(id)
                found.unheld.append(id)
            else:
                named[id] = None
    found.dependents = list(named)
    found.unheld = list(dict.fromkeys(found.unheld))


class _Order:
    """Which tasks depend on which."""

    def __init__(self, tasks: TaskSet) -> None:
        self._by_id: dict[str, list[str]] = {}
        self._ranges: list[tuple[int, int, str]] = []
        for id in tasks:
            body = tasks.body(id)
            depends_on = body.get("dependsOn") if isinstance(body, Mapping) else None
            if not isinstance(depends_on, Mapping):
                continue
            for other in depends_on.get("taskIds") or () if depends_on.get("taskIds") is not UNKNOWN else ():
                if isinstance(other, str):
                    self._by_id.setdefault(other.casefold(), []).append(id)
            self._ranges += ((start, end, id) for start, end in ranges_of(depends_on))

    def of(self, ids: Iterable[str]) -> list[str]:
        """The tasks that depend on any of these, and are not they themselves."""
        asked = list(ids)
        found: dict[str, None] = {}
        for id in asked:
            found.update(dict.fromkeys(other for other in self._by_id.get(id.casefold(), ()) if other != id))
        numbers = sorted(int(id) for id in asked if is_integer(id))
        own = set(numbers)
        for start, end, id in self._ranges:
            itself = is_integer(id) and start <= int(id) <= end and int(id) in own
            if bisect_right(numbers, end) - bisect_left(numbers, start) > itself:
                found[id] = None
        return list(found)
