"""What the service shows late, with the switch `lag`: counts of tasks, what nodes do, jobs that end by themselves."""

from __future__ import annotations

from dataclasses import replace

from batch_emulator.simulation.node_states import USABLE
from batch_emulator.state.account import Account
from batch_emulator.state.clock import SECOND
from batch_emulator.state.entities import Job, Node

LAG = 30 * SECOND
Counts = tuple[dict[str, int], dict[str, int]]


def is_on(account: Account) -> bool:
    return account.switches.text("lag") == "on"


def node_as_shown(account: Account, node: Node) -> Node:
    """Whether it runs a task shows when that has been so for a while."""
    flips = node.state in USABLE and node.previous_state in USABLE
    if not (is_on(account) and flips and account.clock.now() < node.state_since + LAG):
        return node
    assert node.previous_state is not None and node.previous_since is not None
    return replace(node, state=node.previous_state, state_since=node.previous_since)


class LateCounts:
    """Counts of the tasks of jobs, each as it was when it was last brought up to date."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, int, Counts]] = {}
        """By the keys of jobs: when the job was made, when it was counted, and what there was."""

    def of(self, account: Account, job: Job, counted: Counts) -> Counts:
        """`counted` is what there is now; a job has no tasks when it is made."""
        if not is_on(account):
            return counted
        now, none = account.clock.now(), (dict.fromkeys(counted[0], 0), dict.fromkeys(counted[1], 0))
        made, when, counts = self._kept.get(job.key, (job.created, job.created, none))
        if made != job.created:
            made, when, counts = job.created, job.created, none
        if now >= when + LAG:
            when, counts = now, counted
        self._kept[job.key] = made, when, counts
        return counts
