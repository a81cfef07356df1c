"""The tasks that a collection declares: ids at once, and the body of each when it is asked for.

A hundred thousand tasks of a sweep are one body and a few parameters, and stay that here.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.compare import differences, normal
from azure_batch_provider.properties.read_back import project
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.properties.sweep import Expansion
from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.unknown import UNKNOWN

SOURCES: Final = ("tasks", "defaults", "sweep")
"""The inputs of a collection that its tasks come from."""
_PAIRS: Final = 10_000
"""Pairs of values that are remembered to mean the same."""
_NAMES: Final = tuple((name, prop.wire_name) for name, prop in TaskBody.properties().items())


class TaskSet:
    """The declared tasks, by their ids as the service tells them apart: without case.

    Args:
        inputs: of a collection, checked; `UNKNOWN` may stand anywhere in a preview.

    Attributes:
        open: ids are missing that are not known yet.
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        tasks, sweep, defaults = (inputs.get(name) for name in ("tasks", "sweep", "defaults"))
        self._unknown = defaults is UNKNOWN
        self._defaults: Mapping[str, Any] = defaults if isinstance(defaults, Mapping) else {}
        own: Mapping[str, Any] = tasks if isinstance(tasks, Mapping) else {}
        self._own = {name.casefold(): (name, value) for name, value in own.items() if value is not None}
        self._sweep: Expansion | None = None
        self.open = tasks is UNKNOWN or sweep is UNKNOWN
        shared = [*self._defaults.values()]
        if isinstance(sweep, Mapping):
            if has_unknown([sweep.get("parameters"), sweep.get("taskIdFormat")]) or not isinstance(
                sweep.get("task"), Mapping
            ):
                self.open = True
            else:
                self._sweep = Expansion(sweep)
                shared += sweep["task"].values()
        # Values that many tasks have in common, by identity: their normal form is made once.
        self._shared = {id(value) for value in shared if isinstance(value, (dict, list))}
        self._texts: dict[int, str] = {}
        self._sent = body(TaskBody, self._defaults)

    def __len__(self) -> int:
        return len(self._own) + (len(self._sweep) if self._sweep is not None else 0)

    def __iter__(self) -> Iterator[str]:
        """The ids as declared, those of the sweep last."""
        yield from (name for name, _ in self._own.values())
        if self._sweep is not None:
            yield from self._sweep

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and (id.casefold() in self._own or (self._sweep is not None and id in self._sweep))

    def body(self, id: str) -> Any:
        """What the task is to be, `UNKNOWN` while nothing of it is known: the defaults, and over them what is its own.

        Raises:
            KeyError: no such task is declared.
        """
        value = self._own_of(id)
        if self._unknown or value is UNKNOWN:
            return UNKNOWN
        return {**self._defaults, **{name: item for name, item in value.items() if item is not None}}

    def _own_of(self, id: str) -> Any:
        found = self._own.get(id.casefold())
        if found is not None:
            return found[1]
        if self._sweep is None:
            raise KeyError(id)
        return self._sweep.body(id)

    def known(self) -> Mapping[str, Mapping[str, Any]]:
        """The tasks by id, made when they are looked at; nothing of one that is not known yet."""
        return _Known(self)

    def request(self, id: str) -> dict[str, Any]:
        """The task as it is sent."""
        return {"id": id, **self._sent, **body(TaskBody, self._own_of(id))}

    def digest(self, id: str) -> str:
        """A short text that tasks of one meaning share; it tells nothing of what it is made from."""
        value = self.body(id)
        return _digest({name: self._text(name, item) for name, item in value.items()})

    def _text(self, name: str, value: Any) -> str:
        if id(value) not in self._shared:
            return _text(name, value)
        found = self._texts.get(id(value))
        if found is None:
            found = self._texts[id(value)] = _text(name, value)
        return found


class _Known(Mapping[str, Mapping[str, Any]]):
    def __init__(self, tasks: TaskSet) -> None:
        self._tasks = tasks

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        body = self._tasks.body(id)
        return {} if body is UNKNOWN else body

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)


def digest_of(server: Mapping[str, Any], declared: Mapping[str, Any]) -> str:
    """The digest of a task as the service shows it, without what the service fills in and with what it hides: that of
    `declared` where it is that task, which may be empty."""
    return _digest({name: _text(name, item) for name, item in project(TaskBody, declared, server).items()})


def _text(name: str, value: Any) -> str:
    """The normal form of a property, "" where it says no more than leaving it out."""
    found = normal(TaskBody, {name: value})
    return json.dumps(found, sort_keys=True, default=repr) if found else ""


def _digest(texts: Mapping[str, str]) -> str:
    text = "\n".join(texts[name] for name in sorted(texts) if texts[name])
    return urlsafe_b64encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6]).decode()


class Likeness:
    """Whether tasks of the service are what is declared. Remembers which values mean the same: most tasks of a
    collection have most of them in common."""

    def __init__(self) -> None:
        self._alike: set[tuple[str, str, str]] = set()

    def same(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> bool:
        for name, wire_name in _NAMES:
            ours, theirs = declared.get(name), server.get(wire_name)
            # Nothing in a task has another name at the service.
            if ours is theirs or identical(ours, theirs):
                continue
            if not self._mean_the_same(name, wire_name, ours, theirs):
                return False
        return True

    def _mean_the_same(self, name: str, wire_name: str, ours: Any, theirs: Any) -> bool:
        pair = (name, repr(ours), repr(theirs))
        if pair in self._alike:
            return True
        seen = project(TaskBody, {name: ours}, {wire_name: theirs})
        if next(differences(TaskBody, seen, {name: ours}), None) is not None:
            return False
        if len(self._alike) >= _PAIRS:
            self._alike.clear()
        self._alike.add(pair)
        return True
