"""What a resource does whose changes a pool's nodes take over only when they boot: it brings them there.

Says in a preview what becomes of the nodes, and remembers how far a roll-out is that could not be finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Final

from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.unfinished import Unfinished, mark
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.models.base import Violation
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import pool_id, split_pool_id
from azure_batch_provider.resources.rollout import NodesFailed, Rollout
from azure_batch_provider.resources.rollout_progress import Progress
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.paths import Path, spell
from azure_batch_provider.values.signatures import expiry

TWO_KINDS: Final = (
    "is the pool of {urn} as well, and a `Pool` manages all of it: declare start task, metadata and application "
    "packages there, and remove the `PoolProperties`"
)
ROLLOUT: Final = "rollout"
"""What is unfinished: nodes run what the pool had before."""
_OF_NODES: Final = ("startTask", "applicationPackageReferences", "certificateReferences", "triggers")
"""What a node takes over when it boots, and what asks for that."""
_COUNTS: Final = ("currentDedicatedNodes", "currentLowPriorityNodes")
_SHORTEST: Final = timedelta(hours=1)
"""So long a signature has to last from the beginning of a roll-out."""


def reaches_nodes(found: Iterable[Difference]) -> bool:
    """Whether a change is one that a node takes over only when it boots."""
    return any(item.path[0] in _OF_NODES for item in found)


class RolledOut(Lifecycle):
    """Restarts nodes, as `rollout` says, once the pool has what is declared. One resource of a kind has a pool."""

    id_parts: ClassVar[tuple[str, ...]] = ("poolId",)
    _begun: Progress | None = None
    """How far a roll-out is that an earlier operation left unfinished."""
    _there: Mapping[str, Any] = {}
    """The pool as it was found."""

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return pool_id(inputs.get("poolId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"poolId": split_pool_id(id)}

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        """Also a pool that a resource of the other kind manages: one as a whole, one by its properties."""
        found = super().inspected(inputs, sound=sound)
        id = self.identity(inputs)
        other = self.ledger.other_kind(self.call.urn, self.noun, id) if id else None
        if other is not None:
            found.violations.append(Violation(("poolId",), TWO_KINDS.format(urn=other)))
        return found

    def _rollout(self, inputs: Mapping[str, Any]) -> Rollout:
        return Rollout(self.client, self.call, str(inputs["poolId"]), inputs.get("rollout") or {})

    def foresee_roll_out(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        """Say in a preview what becomes of the nodes that are there."""
        if has_unknown(inputs.get("rollout")):
            return
        changed = reaches_nodes(found)
        self.must_last(id, inputs, found)
        if not changed and self._begun is None:
            return
        try:
            self._rollout(inputs).tell_plan(None if changed else self._begun)
        except ServiceError as error:
            self.call.debug(f"what happened to the nodes of {id} is not known: {error}")

    def must_last(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        """Raises: Refused: the start task of a roll-out has a SAS that ends before the last node is restarted."""
        if not self._rollout(inputs).restarts or not reaches_nodes(found):
            return
        limit = datetime.now(timezone.utc) + _SHORTEST
        for path, text in _texts(inputs.get("startTask"), ("startTask",)):
            end = expiry(text)
            if end is not None and end < limit:
                raise refusals.SIGNATURE_ENDS_TOO_EARLY(id=id, property=spell(path), time=end.isoformat())

    def roll_out(
        self,
        id: str,
        inputs: Mapping[str, Any],
        private: Mapping[str, Any],
        pool: Mapping[str, Any],
        written: str | None = None,
    ) -> None:
        """Bring what was just written to the nodes that are there, or say which do not have it.

        Args:
            pool: as it is now.
            written: when that was, by the service's clock; left out, when the pool was modified last.

        Raises:
            InitFailed: not all of them have it.
        """
        since = parse_instant(str(written or pool.get("lastModified")))
        if since is not None and any(pool.get(name) for name in _COUNTS):
            self._restart(id, inputs, private, Progress(since))

    def go_on(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> None:
        """Go on with what an earlier operation left unfinished, if there is anything.

        Raises:
            InitFailed: there still is.
        """
        if self._begun is not None:
            self._restart(id, inputs, private, self._begun)

    def _restart(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], progress: Progress) -> None:
        rollout = self._rollout(inputs)
        try:
            if rollout.restarts:
                rollout.run(progress)
            else:
                rollout.tell_stale(progress)
        except (NodesFailed, RequestError) as error:
            if not rollout.restarts and not isinstance(error, Cancelled):
                self.call.warn(f"which nodes of {id} have this cannot be told: {error}")
                return
            kept = {**private, **progress.to_remember()}
            raise self.init_failed(id, inputs, kept, ROLLOUT, str(error)) from error

    def read(self, old: State) -> State | None:
        """Also what was written and not brought to the nodes, by an operation that was killed or got no answer."""
        state = super().read(old)
        since = parse_instant(str(self._there.get("lastModified")))
        if state is None or old.is_import or since is None:
            return state
        rollout = self._rollout(old.outputs)
        if not rollout.restarts or not reaches_nodes(differences(self.model, old.inputs, state.inputs)):
            return state
        progress = Progress(since)
        try:
            behind = rollout.behind(progress)
        except RequestError as error:
            self.call.debug(f"which nodes of {old.id} have what it has now cannot be told: {error}")
            return state
        if not behind:
            return state
        reason = f"{old.id} was changed, and not all of its nodes have that: {behind}"
        private = mark({**state.private, **progress.to_remember()}, ROLLOUT, reason)
        raise InitFailed(replace(state, private=private), [reason])

    def rolls_out_late(
        self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], changed: bool, pool: Mapping[str, Any]
    ) -> None:
        """Go on with what an earlier operation left unfinished; or, where the pool had already what has `changed` in
        the program, bring that to its nodes.

        Raises:
            InitFailed: not all of them have it.
        """
        if self._begun is None and changed and self._rollout(inputs).restarts:
            self.roll_out(id, inputs, private, pool)
        else:
            self.go_on(id, inputs, private)

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        if old.unfinished is not None and old.unfinished.what == ROLLOUT:
            self._begun = Progress.remembered(old.private)
        return super().update(old, news)

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        progress = Progress.remembered(seen.private)
        if left.what != ROLLOUT or progress is None:
            return super().still_unfinished(id, left, declared, seen)
        behind = self._rollout(declared).behind(progress)
        return Unfinished(ROLLOUT, f"{left.reason} {behind}") if behind else None


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in a value, and where it is."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
