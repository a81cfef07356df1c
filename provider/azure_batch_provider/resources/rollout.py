"""The roll-out of a changed start task, or changed packages, to the nodes that a pool has already.

Nodes get both when they boot. So those that booted before the change are restarted, a few at a time; the first one that
does not come back stops it. What has been asked of a node is remembered, so that an `up` that goes on restarts no node
twice. Follows the REST pages Nodes - List, Reboot, Reimage, and Nodes - List Files, Get File.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import LIST_NODES, REBOOT_NODE, REIMAGE_NODE
from azure_batch_provider.http.errors import ServiceError, TimedOut
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.models.rollout import NodeRestartOption, RolloutStrategy
from azure_batch_provider.resources.ids import pool_id
from azure_batch_provider.resources.last_lines import STDERR, indented, last_lines
from azure_batch_provider.resources.rollout_progress import FAILED, PASSED_OVER, READY, Progress, booted
from azure_batch_provider.values.durations import TICKS_PER_SECOND, parse_duration
from azure_batch_provider.values.redact import redact

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.lifecycle.context import Call

_SELECT: Final = "id,state,lastBootTime,allocationTime,startTaskInfo,errors"
_CONFLICT: Final = 409
_NAMED: Final = 5
_REFUSALS: Final = 3
"""So often the service may refuse to restart a node before it is passed over."""


class NodesFailed(Exception):
    """A node did not come back as it should. The text is for the user."""


class Rollout:
    """One roll-out to the nodes of one pool, by the options that the program says."""

    def __init__(self, client: BatchClient, call: Call, pool: str, options: Mapping[str, Any]) -> None:
        self._client = client
        self._call = call
        self._pool = pool
        self._strategy = RolloutStrategy.spelled(options.get("strategy") or "none")
        self._most = str(options.get("maxUnavailable") or "20%")
        self._option = NodeRestartOption.spelled(options.get("nodeOption") or "requeue")
        self._timeout = options.get("timeout")

    @property
    def restarts(self) -> bool:
        return self._strategy != "none"

    def tell_plan(self, progress: Progress | None) -> None:
        """Say in a preview what a change means for the nodes that are there; with `progress`, what is left of a
        roll-out that was begun."""
        there = self._there()
        if progress is not None:
            there = [n for n in there if progress.is_stale(n) or self._has_failed(n, progress)]
        if not there:
            return
        if not self.restarts:
            keep, restart = _verb(there, "keep", "keeps"), _verb(there, "they restart", "it restarts")
            self._call.info(
                f"{pool_id(self._pool)} has {_count(len(there))}, which {keep} the earlier start task and packages "
                f"until {restart}: see `rollout`."
            )
            return
        most = min(self._at_once(len(there)), len(there))
        self._call.info(
            f"{self._strategy}s {_count(len(there))} of {pool_id(self._pool)}, at most {most} at the same time "
            f"({self._option})."
        )

    def behind(self, progress: Progress) -> str:
        """What is left of a roll-out that was begun, in words; "" when nothing is."""
        left = [
            node
            for node in self._there()
            if progress.is_stale(node) or progress.is_restarting(node) or self._has_failed(node, progress)
        ]
        return f"{_count(len(left))} of {pool_id(self._pool)} left: {_names(left)}." if left else ""

    def tell_stale(self, progress: Progress) -> None:
        """Say after a write which nodes run what the pool had before, where nothing is done about it."""
        stale = [node for node in self._there() if progress.is_stale(node)]
        if stale:
            self._call.warn(
                f"{_count(len(stale))} of {pool_id(self._pool)} still {_verb(stale, 'run', 'runs')} what the pool had "
                f"before: {_names(stale)}. {_verb(stale, 'They get', 'It gets')} what is declared by a restart, which"
                " `rollout: {strategy: reboot}` does."
            )

    def run(self, progress: Progress) -> None:
        """Restart what is stale, and what has failed since, and return when all of it is back. `progress` is kept up
        to date, whatever happens.

        Raises:
            NodesFailed: a node does not come back as it should, or the time is over.
            RequestError
        """
        again = {str(node["id"]) for node in self._nodes() if self._has_failed(node, progress)}
        refused: Counter[str] = Counter()
        every: set[str] = set()
        told = [f"{self._strategy} of {pool_id(self._pool)}"]

        def step() -> bool | None:
            nodes = [n for n in self._there() if refused[n["id"]] < _REFUSALS]
            failed = [n for n in nodes if n["id"] not in again and self._has_failed(n, progress)]
            if failed:
                raise NodesFailed(self._why(failed))
            restarting = {n["id"] for n in nodes if progress.is_restarting(n)}
            due = {n["id"]: n for n in nodes if n["id"] in again or progress.is_stale(n)}
            due = {id: node for id, node in due.items() if id not in restarting}
            every.update(restarting, due)
            if not due and not restarting:
                return True
            ready = sorted((n for n in due.values() if n.get("state") in (*READY, *FAILED)), key=_turn)
            for node in ready[: max(0, self._at_once(len(nodes)) - len(restarting))]:
                id = str(node["id"])
                if not self._restart(id):
                    refused[id] += 1
                    continue
                progress.asked[id] = booted(node)
                again.discard(id)
                restarting.add(id)
            done = len(every) - len(due.keys() | restarting)
            told[0] = (
                f"{self._strategy} of {pool_id(self._pool)}: {done} of {_count(len(every))} done, "
                f"{len(restarting)} on the way"
            )
            return None

        def over(error: TimedOut, seconds: float) -> Exception:
            return NodesFailed(f"{told[0]} after {seconds:.0f} s, and no more time is allowed. Run again to go on.")

        limit = math.inf if self._timeout is None else parse_duration(str(self._timeout)) / TICKS_PER_SECOND
        poll(self._call, step, status=lambda: told[0], over=over, limit=limit, eager=True)
        left = [node for node in self._nodes() if progress.is_stale(node)]
        if left:
            self._call.warn(
                f"{_count(len(left))} of {pool_id(self._pool)} {_verb(left, 'were', 'was')} not restarted: "
                f"{_names(left)}."
            )

    def _at_once(self, nodes: int) -> int:
        number = int(self._most.rstrip("%"))
        return max(1, math.ceil(nodes * number / 100)) if self._most.endswith("%") else number

    def _has_failed(self, node: Mapping[str, Any], progress: Progress) -> bool:
        """Whether it has booted with what the pool has now, and is of no use."""
        is_back = not progress.is_stale(node) and not progress.is_restarting(node)
        return node.get("state") in FAILED and is_back

    def _nodes(self) -> list[dict[str, Any]]:
        return list(self._client.list_all(LIST_NODES, self._pool, select=_SELECT, deadline=self._call.deadline))

    def _there(self) -> list[dict[str, Any]]:
        """The nodes that can be restarted, or will be able to."""
        return [node for node in self._nodes() if node.get("state") not in PASSED_OVER]

    def _restart(self, node: str) -> bool:
        """Whether it was told to restart; not where it is on its way elsewhere by now, which the next look shows."""
        operation, name = (
            (REIMAGE_NODE, "nodeReimageOption") if self._strategy == "reimage" else (REBOOT_NODE, "nodeRebootOption")
        )
        try:
            self._client.call(operation, self._pool, node, body={name: self._option}, deadline=self._call.deadline)
        except ServiceError as error:
            if not error.is_not_found and error.status != _CONFLICT:
                raise
            return False
        return True

    def _why(self, failed: Sequence[Mapping[str, Any]]) -> str:
        """What is told of nodes that have failed; of the first one with the end of its start task's standard error."""
        first = failed[0]
        node = f"{pool_id(self._pool)}/nodes/{first['id']}"
        info = first.get("startTaskInfo")
        code = info.get("exitCode") if isinstance(info, Mapping) else None
        ended = "" if code is None else f", exit code {code} of its start task"
        lines = last_lines(
            self._call,
            node,
            lambda size, by: self._client.end_of_node_file(
                self._pool, str(first["id"]), f"startup/{STDERR}", size, deadline=by
            ),
        )
        written = f" The end of its {STDERR}:{indented(lines)}\n" if lines else ""
        others = f" So is {_names(failed[1:])}." if len(failed) > 1 else ""
        return redact(
            f"{node} is {first.get('state')} after its restart{ended}; no other node is restarted.{written}{others} "
            "The next `pulumi up` goes on, with this node first."
        )


def _turn(node: Mapping[str, Any]) -> tuple[bool, bool]:
    """Failed nodes first, and those that do nothing before those that work."""
    return node.get("state") not in FAILED, node.get("state") != "idle"


def _count(nodes: int) -> str:
    return "1 node" if nodes == 1 else f"{nodes:,} nodes"


def _verb(nodes: Sequence[Any], many: str, one: str) -> str:
    return one if len(nodes) == 1 else many


def _names(nodes: Iterable[Mapping[str, Any]]) -> str:
    named = [f"{node['id']} ({node.get('state')})" for node in nodes]
    rest = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
