"""How many nodes a pool has: asking for another number or a formula, waiting until that is done, and what went wrong.

Follows the REST pages Pools - Resize Pool, Stop Pool Resize, Enable Pool Auto Scale, Disable Pool Auto Scale. A pool
takes these only while nothing of the kind is under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.operations import (
    DISABLE_POOL_AUTO_SCALE,
    ENABLE_POOL_AUTO_SCALE,
    GET_POOL,
    LIST_NODES,
    RESIZE_POOL,
    STOP_POOL_RESIZE,
    Operation,
)
from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.models.pool import NodeDeallocationOption
from azure_batch_provider.models.pool_body import TARGETS
from azure_batch_provider.resources.ids import split_pool_id
from azure_batch_provider.values.redact import redact

SIZE: Final = frozenset(
    {*TARGETS, "resizeTimeout", "enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval"}
)
"""What no PATCH changes."""
CURRENT: Final = ("currentDedicatedNodes", "currentLowPriorityNodes")
_KINDS: Final = ("dedicated", "Spot")
_SELECT: Final = ",".join(
    (
        *("id", "state", "creationTime", "displayName", "allocationState", "resizeTimeout"),
        *("enableAutoScale", "autoScaleFormula", *TARGETS, *CURRENT, "resizeErrors"),
    )
)
_LONGEST: Final = 500
_NAMED: Final = 5


class PoolSize:
    """Of one pool, in one call. Every method raises RequestError."""

    def __init__(self, client: BatchClient, call: Call, id: str) -> None:
        self._client = client
        self._call = call
        self._id = id
        self._pool = split_pool_id(id)

    def look(self) -> dict[str, Any]:
        """The pool, as far as its size goes."""
        return self._client.get(GET_POOL, self._pool, select=_SELECT, deadline=self._call.deadline)

    def ask(self, inputs: Mapping[str, Any], server: Mapping[str, Any], again: bool = False) -> None:
        """Have it scale as declared. `again`: also where it has these targets already, but not the nodes."""
        stops = inputs.get("stopPendingResize") is True
        if inputs.get("enableAutoScale") is True:
            formula = {
                "autoScaleFormula": inputs["autoScaleFormula"],
                "autoScaleEvaluationInterval": inputs.get("autoScaleEvaluationInterval") or "PT15M",
            }
            self._when_free(ENABLE_POOL_AUTO_SCALE, formula, stops)
            return
        self._without_formula(server)
        wanted: dict[str, Any] = {name: inputs.get(name) or 0 for name in TARGETS}
        wanted["resizeTimeout"] = inputs.get("resizeTimeout") or "PT15M"
        self._resize(wanted, inputs.get("nodeDeallocationOption"), stops, again=again)

    def empty(self, server: Mapping[str, Any], option: str, *, stops: bool) -> dict[str, Any]:
        """Take all nodes out of it. Returns what it is then; what its tasks do not let go is still there."""
        self._without_formula(server)
        wanted = {**dict.fromkeys(TARGETS, 0), "resizeTimeout": server.get("resizeTimeout") or "PT15M"}
        self._resize(wanted, option, stops, again=True)
        return self.steady()

    def steady(self) -> dict[str, Any]:
        """The pool once no resize is under way, or once another client deletes it."""
        pool: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            nonlocal pool
            pool = self.look()
            return pool if is_steady(pool) or pool.get("state") == "deleting" else None

        return poll(self._call, look, status=lambda: f"waiting for {self._id}: {self.told(pool)}", over=self._over)

    def _without_formula(self, server: Mapping[str, Any]) -> None:
        if server.get("enableAutoScale") is True:
            self._client.call(DISABLE_POOL_AUTO_SCALE, self._pool, deadline=self._call.deadline)

    def _resize(self, wanted: dict[str, Any], option: Any, stops: bool, *, again: bool) -> None:
        body = {**wanted, **({"nodeDeallocationOption": NodeDeallocationOption.spelled(option)} if option else {})}
        self._when_free(RESIZE_POOL, body, stops, unless=None if again else wanted)

    def _when_free(
        self, operation: Operation, body: dict[str, Any], stops: bool, unless: Mapping[str, Any] | None = None
    ) -> None:
        """Send a request once no resize is under way, unless the pool is like this by then: another client's resize
        may lead to the same."""
        pool: dict[str, Any] = {}
        sent = stopped = False

        def send() -> bool | None:
            nonlocal pool, sent, stopped
            pool = self.look()
            if sent and _is_asked_for(body, pool):
                return True  # our own resize was in its way: the reply was lost, and it was sent again
            if is_steady(pool):
                if unless is not None and all(pool.get(name) == value for name, value in unless.items()):
                    return True
                try:
                    self._client.call(operation, self._pool, body=body, deadline=self._call.deadline)
                except ServiceError as error:
                    if error.code != "PoolBeingResized":
                        raise
                    sent = True
                    return None
                return True
            if stops and not stopped:
                self._stop()
                stopped = True
            return None

        def status() -> str:
            return f"waiting for a resize of {self._id} that is under way: {self.told(pool)}"

        poll(self._call, send, status=status, over=self._over)

    def _stop(self) -> None:
        self._call.info(f"stopping a resize of {self._id} that is under way, by `stopPendingResize`")
        try:
            self._client.call(STOP_POOL_RESIZE, self._pool, deadline=self._call.deadline)
        except ServiceError as error:
            if error.code != "OperationInvalidForCurrentState":  # it has ended meanwhile
                raise

    def _over(self, error: TimedOut, seconds: float) -> TimedOut:
        return TimedOut(
            f"A resize of {self._id} has not ended after {seconds:.0f} s, and no more time is allowed by the resource "
            "option `customTimeouts`. The service goes on with it: run again to wait on."
        )

    def told(self, pool: Mapping[str, Any]) -> str:
        """How far it has come, for the user."""
        wanted = sum(_count(pool, name) for name in TARGETS)
        try:
            nodes = list(self._client.list_all(LIST_NODES, self._pool, select="id,state", deadline=self._call.deadline))
        except (Cancelled, TimedOut):
            raise
        except RequestError:
            return f"{sum(_count(pool, name) for name in CURRENT):,} of {wanted:,} nodes there"
        return _counted(Counter(str(node.get("state")).lower() for node in nodes), wanted)


def _is_asked_for(request: Mapping[str, Any], pool: Mapping[str, Any]) -> bool:
    """Whether a pool is on its way to the targets, or by the formula, of a request."""
    return all(pool.get(name) == request[name] for name in (*TARGETS, "autoScaleFormula") if name in request)


def _counted(states: Mapping[str, int], wanted: int) -> str:
    rest = [f"{count:,} {state}" for state, count in sorted(states.items()) if state != "idle"]
    return ", ".join([f"{states.get('idle', 0):,} of {wanted:,} nodes idle", *rest])


def is_steady(pool: Mapping[str, Any]) -> bool:
    """Whether no resize is under way."""
    return pool.get("allocationState") == "steady"


def has_nodes(pool: Mapping[str, Any]) -> bool:
    """Whether the pool has nodes, or may have some in a moment."""
    if any(_count(pool, name) for name in CURRENT):
        return True
    coming = pool.get("enableAutoScale") is True or any(_count(pool, name) for name in TARGETS)
    return coming and not is_steady(pool)


def shortage(id: str, pool: Mapping[str, Any]) -> str:
    """Why the pool's last resize has not come to its targets, "" when it has. The errors are those of the last resize,
    whoever's it was, and stay until the next one."""
    errors = pool.get("resizeErrors")
    counts = [(_count(pool, there), _count(pool, target)) for there, target in zip(CURRENT, TARGETS, strict=True)]
    if not isinstance(errors, list) or not errors or all(there == wanted for there, wanted in counts):
        return ""
    found = " and ".join(
        f"{there:,} of {wanted:,} {kind} nodes"
        for (there, wanted), kind in zip(counts, _KINDS, strict=True)
        if there or wanted
    )
    said = [error for error in errors if isinstance(error, Mapping)][:_NAMED]
    advice = dict.fromkeys(filter(None, (_advice(str(error.get("code"))) for error in said)))
    return redact(f"{id} has {found}: {'; '.join(map(_said, said))}. {' '.join(advice)}".strip())


def _said(error: Mapping[str, Any]) -> str:
    values = [value for value in error.get("values") or () if isinstance(value, Mapping)]
    details = "; ".join(f"{value.get('name')}: {value.get('value')}" for value in values)
    text = " ".join(f"{error.get('code')}: {error.get('message')}{f' ({details})' if details else ''}".split())
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST].rpartition(' ')[0]} [...]").rstrip(".")


def _advice(code: str) -> str:
    """What to do about a resize that ended with this code."""
    folded = code.casefold()
    if "corequota" in folded:
        return (
            "The quota of cores is used up: shrink or delete pools that are no longer needed, choose a smaller or "
            "another `vmSize`, or ask for a higher quota of the Batch account."
        )
    if folded == "resizestopped":
        return "Another client has stopped the resize."
    if folded == "allocationtimedout":
        return "The region may be short of this `vmSize`, or tasks kept nodes: allow more time by `resizeTimeout`."
    return ""


def _count(pool: Mapping[str, Any], name: str) -> int:
    found = pool.get(name)
    return found if isinstance(found, int) else 0
