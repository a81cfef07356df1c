"""Random pairs of what the service has and what a program declares: what a preview announces is what `up` does.

Each round changes both at random, for all resources of one stack at once, and holds the plan against what was sent,
against what `up` says it did, and against what the service has lost.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from azure_batch_provider.models.pool_body import TARGETS
from azure_batch_provider.values.paths import at, steps
from tests.e2e.package_places import PROVIDER, configured
from tests.e2e.packages import Managed
from tests.e2e.programs import READS, taken
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess
from tests.soak.collection_slot import TaskCollectionSlot
from tests.soak.package_slot import PackageSlot
from tests.soak.pool_slots import PoolPropertiesSlot, PoolSlot
from tests.soak.slot import Slot, Step
from tests.soak.slots import HOST, JobSlot, TaskSlot, slots

SHARE_OF_PACKAGES: Final = 6
"""So many other places have one for a package beside them."""
QUICK: Final = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine's own setting for many resources on a file backend: it saves the state once, at the end."""
_FILLED_IN: Final = [
    ("autoUser", {"scope": "pool", "elevationLevel": "nonadmin"}),
    ("version", "latest"),
    ("nodePlacementConfiguration", {"policy": "regional"}),
    ("windowsConfiguration", {"enableAutomaticUpdates": True}),
    ("resizeTimeout", "PT15M"),
    ("autoScaleEvaluationInterval", "PT15M"),
    *((target, 0) for target in TARGETS),
    ("storageAccountType", "standard_lrs"),
    ("networkConfiguration", {"dynamicVNetAssignmentScope": "none", "enableAcceleratedNetworking": False}),
]
"""What the service shows where nobody has said anything: when that goes, nothing is lost."""
_CHOSEN: Final = frozenset({"caching", "diskSizeGB", "writeAcceleratorEnabled"})
"""What the service chooses for a disk of which the program does not say it: it is not compared then."""
_SAME_AS: Final = {"remove-pending-replace": "delete"}
"""What depends on a replaced job and is no longer declared goes with it, and is then only forgotten."""
_NO_LIMIT: Final = "P10675199D"
_THERE: Final = ("PoolExists", "JobExists")
_DONE: Final = range(200, 300)
Named = tuple[str, ...]


class Pairs:
    """A stack with `count` places for resources on an account of its own; `run` is one round of so many pairs. Where
    the account makes application packages, as `managed`, there are some places for them beside."""

    def __init__(
        self, stack: Stack, account: EmulatorProcess, count: int, seed: int, managed: Managed | None = None
    ) -> None:
        self.stack = stack
        self.account = account
        self.random = Random(seed)
        self.tally: Counter[str] = Counter()
        self.slots = slots(count, self.random)
        self._around: dict[str, Any] = {}
        if managed is not None:
            self._around[PROVIDER] = configured(managed)
            self.slots += PackageSlot.of(managed, max(count // SHARE_OF_PACKAGES, 1), seed)
            account.switch("package-references", "any")
        # The values of bodies are made up, and images are among them.
        account.switch("images", "any")
        account.switch("pool-identity", True)
        account.switch("enable-autoscale-interval", 0)
        account.post("/jobs", HOST)
        for slot in self.slots:
            if isinstance(slot, (PoolPropertiesSlot, TaskCollectionSlot)):
                slot.make(account)
        account.settle()

    def run(self) -> None:
        """One round. Raises AssertionError that names the resource and what was not as announced."""
        for slot in self.slots:
            if self.random.random() < 0.6:
                slot.disturb(self.account)
        for slot in self.slots:
            slot.rewrite()
        declared = {slot.name: found for slot in self.slots if (found := slot.program()) is not None}
        self.stack.write({**self._around, **declared})
        before = {slot.name: slot.server(self.account) for slot in self.slots}
        for slot in self.slots:
            slot.look(self.account)
        tasks = {slot.name: self._tasks(slot) for slot in self.slots if isinstance(slot, JobSlot)}
        taken(self.account)

        plan = self.stack.preview()
        assert [entry for entry in taken(self.account) if entry["method"] not in READS] == [], "a preview wrote"
        done = self.stack.up()
        sent = [entry for entry in taken(self.account) if entry["method"] not in READS]

        self.tally["programs"] += 1
        assert done.changed == plan.changed, unlike(plan.changed, done.changed)
        for slot in self.slots:
            self.tally["pairs"] += 1
            operation = plan.changed.get(slot.name, "same")
            operation = _SAME_AS.get(operation, operation)
            self.tally[operation] += 1
            paths, planned = done.paths(slot.name), plan.paths(slot.name)
            assert paths == planned, f"{slot.name}: {operation} of {unlike(planned, paths)}, planned and done"
            about = [(asked, entry) for entry in sent if (asked := slot.sent(entry)) is not None]
            # A task goes with its job, and a creation finds out by asking that it has to take over.
            done_to = [asked for asked, entry in about if entry["status"] != 404 and entry["code"] not in _THERE]
            after = slot.server(self.account)
            step = Step(operation, plan, done_to, before[slot.name], after)
            context = f"{slot.name}: {operation} {plan.paths(slot.name)} sent {done_to}"
            refused = [e for _, e in about if e["status"] not in (404, *_DONE) and e["code"] not in _THERE]
            assert not refused, f"{context}: refused {refused}"
            assert slot.agrees(step), context
            self._named(slot, step)
            if (
                before[slot.name] is not None
                and not isinstance(slot, (TaskSlot, TaskCollectionSlot, PackageSlot))
                and operation != "same"
            ):
                self.tally["pools, jobs and schedules that existed before"] += 1
            self.tally["nodes restarted"] += sum(what.startswith(("reboot ", "reimage ")) for what in done_to)
            if isinstance(slot, PoolSlot) and operation == "replace" and before[slot.name] is not None:
                self._jobs_named(slot, plan)
            if isinstance(slot, JobSlot) and operation == "replace" and tasks[slot.name]:
                total, running = len(tasks[slot.name]), tasks[slot.name].count("running")
                states = ", ".join(f"{tasks[slot.name].count(s)} {s}" for s in ("active", "running", "completed"))
                said = (
                    f"replacing {slot.id} deletes every task in it, those of others too: {total} by the service's "
                    f"count ({states})."
                )
                assert said in plan.diagnostics, f"{said!r} is not announced"
                self.tally["tasks named that a replaced job takes with it"] += total
                self.tally["running ones among them"] += running
            self.tally["jobs moved to another pool"] += done_to[:1] == ["disable"]
        assert not [entry for entry in sent if all(slot.sent(entry) is None for slot in self.slots)]

        again = self.stack.up()
        assert again.changed == {}, {name: again.paths(name) for name in again.changed}
        assert [entry for entry in taken(self.account) if entry["method"] not in READS] == [], "converged, and wrote"

    def _tasks(self, job: Slot) -> list[str]:
        """The states of a job's tasks."""
        reply = self.account.call("GET", f"/{job.id}/tasks")
        return [task["state"] for task in reply.body["value"]] if reply.status == 200 else []

    def _jobs_named(self, slot: PoolSlot, plan: Run) -> None:
        """A pool that is replaced is replaced under its jobs, and the preview has said so."""
        if slot.jobs:
            jobs = f"{slot.jobs} job{'s' * (slot.jobs > 1)} ("
            said = [line for line in plan.diagnostics.splitlines() if f"replacing {slot.id} interrupts" in line]
            assert any(jobs in line for line in said), f"{jobs!r} is not announced for {slot.id}: {said}"
            self.tally["jobs named whose pool is replaced"] += slot.jobs

    def _named(self, slot: Slot, step: Step) -> None:
        """Nothing that the service had has changed or gone without a word in the preview."""
        before, after = step.before, step.after
        if before is None or step.operation in ("replace", "delete"):
            return
        names = announced(slot, step)
        for path in lost(before, after or {}):
            assert any(path[: len(name)] == name[: len(path)] for name in names), (
                f"{slot.name}: {step.operation} has changed {'.'.join(path)} ({at(before, path)} to {at(after, path)}),"
                f" and preview named {sorted(names)}"
            )
            self.tally["changes of the server that were named"] += 1


def unlike(plan: Mapping[str, str], done: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (plan.get(name), done.get(name)) for name in {**plan, **done} if plan.get(name) != done.get(name)}


def announced(slot: Slot, step: Step) -> set[Named]:
    """The properties that a preview named for a slot, list positions left out: in its diff, or when it takes over."""
    texts = {*step.plan.paths(slot.name), *slot.taken(step)}
    return {tuple(str(part) for part in steps(text) if isinstance(part, str)) for text in texts}


def lost(before: Any, after: Any, path: Named = ()) -> Iterator[Named]:
    """Paths of what was there and is not, or is another one now."""
    if isinstance(before, Mapping) and (isinstance(after, Mapping) or "osDisk" in path):
        for name, value in before.items():
            yield from lost(value, (after or {}).get(name), (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        # An item that says all that it said, and more, has lost nothing.
        if not all(any(not list(lost(item, other, path)) for other in after) for item in before):
            yield path
    elif essence(before) != essence(after) and (path[-1], before) not in _FILLED_IN and path[-1] not in _CHOSEN:
        yield path


def essence(value: Any) -> str:
    """A text that is the same for what means the same: no order of lists, no signatures, applications by name, one
    spelling of no limit."""
    if isinstance(value, list):
        return json.dumps(sorted(essence(item) for item in value))
    if isinstance(value, Mapping):
        return json.dumps({name: essence(item) for name, item in sorted(value.items())})
    if isinstance(value, str) and value.startswith(_NO_LIMIT):
        return _NO_LIMIT
    if isinstance(value, str) and "sig=" in value:
        return value.partition("?")[0]
    if isinstance(value, str) and "/batchAccounts/" in value:
        value = value.rpartition("/applications/")[2]
    return json.dumps(value)
