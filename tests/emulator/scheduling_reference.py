"""What the service promises of tasks and nodes, said of what requests show: of a moment, and of two in a row.

It is written from the reference, and knows nothing of how the emulator does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TaskKey = tuple[str, str]
"""The ids of a job and of a task in it."""
Json = dict[str, Any]
RUNNING = ("preparing", "running")


SECOND = 10_000_000


def moment(time: str) -> int:
    """In units of 100 nanoseconds, as exact as the service is."""
    whole, _, fraction = time.rstrip("Z").partition(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * SECOND + int(fraction.ljust(7, "0"))


def satisfies(task: Json) -> bool:
    """Whether tasks that depend on it can run."""
    options = exit_options(task)
    return bool(
        options.get("dependencyAction", "satisfy" if task["executionInfo"]["result"] == "success" else "block")
        == "satisfy"
    )


def exit_options(task: Json) -> Json:
    conditions, code = task.get("exitConditions", {}), task["executionInfo"].get("exitCode")
    for item in conditions.get("exitCodes", ()):
        if item["code"] == code:
            return dict(item["exitOptions"])
    for item in conditions.get("exitCodeRanges", ()):
        if code is not None and item["start"] <= code <= item["end"]:
            return dict(item["exitOptions"])
    return dict(conditions.get("default", {})) if task["executionInfo"]["result"] == "failure" else {}


@dataclass
class Snapshot:
    """What requests show at one moment. `planned` are the nodes that wait for their tasks to be restarted."""

    now: int
    pool: Json
    nodes: dict[str, Json]
    jobs: dict[str, Json]
    tasks: dict[TaskKey, Json]
    counts: dict[str, Json]
    preparations: dict[tuple[str, str], Json]
    """By job and node."""
    planned: frozenset[str]
    satisfied: frozenset[tuple[str, str | int]]
    """Of each job the ids, and the numbers that they are, of what has ended so that others can run."""
    where: dict[str, list[TaskKey]] = field(init=False)
    """What runs on which node."""

    def __post_init__(self) -> None:
        self.where = {node: [] for node in self.nodes}
        for key, task in self.tasks.items():
            if task["state"] in RUNNING:
                for node in nodes_of(task):
                    self.where.setdefault(node, []).append(key)

    def slots(self, key: TaskKey) -> int:
        """What a task takes of each of its nodes."""
        manager = self.jobs[key[0]].get("jobManagerTask")
        if manager is not None and manager["id"] == key[1] and manager["runExclusive"]:
            return int(self.pool["taskSlotsPerNode"])
        return int(self.tasks[key]["requiredSlots"])

    def free(self, node: str) -> int:
        return int(self.pool["taskSlotsPerNode"]) - sum(map(self.slots, self.where[node]))

    def takes_tasks(self, node: str) -> bool:
        found = self.nodes.get(node)
        return (
            found is not None
            and found["state"] in ("idle", "running")
            and found["schedulingState"] == "enabled"
            and node not in self.planned
        )

    def refuses(self, job: str, node: str) -> bool:
        """Where its preparation has failed and the node has not booted since."""
        preparation = self.preparations.get((job, node))
        if preparation is None or preparation["state"] != "completed" or preparation["result"] == "success":
            return False
        return moment(self.nodes[node]["lastBootTime"]) <= moment(preparation["startTime"])

    def allows(self, key: TaskKey, node: str) -> bool:
        """Whether a task can run there, if there are slots."""
        manager = self.jobs[key[0]].get("jobManagerTask")
        spot = not self.nodes[node]["isDedicated"]
        if spot and manager is not None and manager["id"] == key[1] and not manager["allowLowPriorityNode"]:
            return False
        return self.takes_tasks(node) and not self.refuses(key[0], node)

    def priority(self, key: TaskKey) -> int:
        return int(self.jobs[key[0]]["priority"])

    def running(self, job: str) -> int:
        return sum(task["state"] in RUNNING for (of, _), task in self.tasks.items() if of == job)

    def is_full(self, job: str) -> bool:
        most = self.jobs[job]["maxParallelTasks"]
        return bool(most != -1 and self.running(job) >= most)

    def ready(self) -> list[TaskKey]:
        """Tasks that only wait for nodes."""
        return [
            key
            for key, task in self.tasks.items()
            if task["state"] == "active" and self.jobs[key[0]]["state"] == "active" and self.can_depend(key)
        ]

    def can_depend(self, key: TaskKey) -> bool:
        depends_on = self.tasks[key].get("dependsOn", {})
        needs: list[str | int] = list(depends_on.get("taskIds", ()))
        for span in depends_on.get("taskIdRanges", ()):
            needs += range(span["start"], span["end"] + 1)
        return all((key[0], need) in self.satisfied for need in needs)

    def wanted(self, key: TaskKey) -> int:
        """How many nodes it has to get, more than there can be where the pool does not suit it."""
        settings = self.tasks[key].get("multiInstanceSettings")
        if settings is None:
            return 1
        suits = self.pool["enableInterNodeCommunication"] and self.pool["taskSlotsPerNode"] == 1
        return int(settings["numberOfInstances"]) if suits else 10**9

    def check(self) -> None:
        """What holds at every moment."""
        self._check_nodes()
        self._check_counts()
        self._check_times()
        for key in self.ready():
            if not self.is_full(key[0]):
                self._check_waits_for_a_reason(key)

    def _check_nodes(self) -> None:
        for node, found in self.nodes.items():
            keys = self.where[node]
            assert self.free(node) >= 0, f"{node} runs more than it has slots: {keys}"
            shown = (found["runningTasksCount"], found["runningTaskSlotsCount"])
            assert shown == (len(keys), sum(self.tasks[key]["requiredSlots"] for key in keys)), (node, keys, shown)
            if found["state"] in ("idle", "running", "offline"):
                busy = "running" if keys else "idle" if found["schedulingState"] == "enabled" else "offline"
                assert found["state"] == busy, (node, found["state"], keys)
            else:
                assert not keys or found["state"] == "leavingpool", (node, found["state"], keys)
        assert set(self.where) == set(self.nodes), "a task runs on a node that is gone"
        for key, task in self.tasks.items():
            if task["state"] in RUNNING:
                assert len(set(nodes_of(task))) == self.wanted(key), (key, nodes_of(task))
                assert self.jobs[key[0]]["state"] in ("active", "disabling"), (key, self.jobs[key[0]]["state"])

    def _check_counts(self) -> None:
        for job, counts in self.counts.items():
            found: Counter[str] = Counter()
            slots: Counter[str] = Counter()
            for (of, _), task in self.tasks.items():
                if of == job:
                    state = "running" if task["state"] == "preparing" else str(task["state"])
                    names = [state]
                    if state == "completed":
                        names.append({"success": "succeeded", "failure": "failed"}[task["executionInfo"]["result"]])
                    found.update(names)
                    slots.update(dict.fromkeys(names, task["requiredSlots"]))
            for name in ("active", "running", "completed", "succeeded", "failed"):
                assert counts["taskCounts"][name] == found[name], (job, name, counts, found)
                assert counts["taskSlotCounts"][name] == slots[name], (job, name, counts, slots)

    def _check_times(self) -> None:
        for key, task in self.tasks.items():
            info = task["executionInfo"]
            most = task["constraints"]["maxTaskRetryCount"]
            assert info["retryCount"] <= most, (key, info)
            if runs_out_of_time(task):
                assert info["retryCount"] == 0, f"{key} was tried again after its time was over"
            if task["state"] == "running":
                assert self.now - moment(info["startTime"]) < lasts(task), f"{key} does not end"
            if task["state"] == "completed" and "exitCode" in info:
                assert moment(info["endTime"]) - moment(info["startTime"]) == lasts(task), (key, info)
                if info["exitCode"] > 0:
                    assert info["retryCount"] == most, (key, info)

    def _check_waits_for_a_reason(self, key: TaskKey) -> None:
        """A task that could run does, also in the place of those that have to give way."""
        required, able, takeable = self.slots(key), [], []
        for node in self.nodes:
            if self.allows(key, node):
                yielding = sum(self.slots(other) for other in self.where[node] if self.yields(other, key))
                able += [node] if self.free(node) >= required else []
                takeable += [node] if self.free(node) + yielding >= required else []
        assert len(able) < self.wanted(key), f"{key} could run on {able}"
        assert len(takeable) < self.wanted(key), f"{key} could have others requeued on {takeable}"

    def yields(self, other: TaskKey, key: TaskKey) -> bool:
        return bool(self.jobs[other[0]]["allowTaskPreemption"]) and self.priority(other) < self.priority(key)


def nodes_of(task: Json) -> list[str]:
    return [task["nodeInfo"]["nodeId"], *task.get("subtaskNodes", ())]


def lasts(task: Json) -> int:
    """The scripts of these tests: by the last digit of the id, unless its constraints end it before."""
    return SECOND * (15 if runs_out_of_time(task) else _length(task))


def runs_out_of_time(task: Json) -> bool:
    return task["constraints"]["maxWallClockTime"] == "PT15S" and _length(task) > 15


def _length(task: Json) -> int:
    return 10 if int(task["id"][-1]) % 2 else 20


@dataclass
class Step:
    """Two snapshots, and what happened between them."""

    before: Snapshot
    after: Snapshot
    disturbed: bool
    """Whether something other than the clock could take a node from a task."""

    def check(self) -> None:
        started = list(self._started())
        self._check_counts_of(started)
        self._check_requeues(started)
        for key in started:
            self._check_start(key, started)
        self._check_shares(started)
        if len(started) == 1:
            self._check_place(started[0])
        self._check_ends()

    def _new_run(self, key: TaskKey) -> bool:
        task, old = self.after.tasks[key], self.before.tasks.get(key)
        if task["state"] not in RUNNING:
            return False
        if old is None or old["state"] not in RUNNING:
            return True
        again = old["executionInfo"]["requeueCount"] != task["executionInfo"]["requeueCount"]
        return again or nodes_of(old) != nodes_of(task)

    def _started(self) -> Iterator[TaskKey]:
        """Those that have got nodes; a retry keeps the node that it has."""
        return (key for key in self.after.tasks if self._new_run(key))

    def _waited(self) -> list[TaskKey]:
        """Those that only waited for nodes all the time."""
        before, after = self.before, self.after
        still = set(after.ready())
        changed = {job for job in after.jobs if before.jobs.get(job) != after.jobs[job]}
        return [
            key
            for key in before.ready()
            if key in still
            and key[0] not in changed
            and not before.is_full(key[0])
            and not after.is_full(key[0])
            and before.tasks[key]["executionInfo"] == after.tasks[key]["executionInfo"]
        ]

    def _check_counts_of(self, started: list[TaskKey]) -> None:
        for job in {job for job, _ in started}:
            most = self.after.jobs[job]["maxParallelTasks"]
            assert most == -1 or self.after.running(job) <= most, f"{job} runs more than {most}"

    def _check_requeues(self, started: list[TaskKey]) -> None:
        """Where nothing else has done it, it is for a task of a higher priority, or one that was not prepared."""
        left = [key for key, task in self.before.tasks.items() if task["state"] == "preparing" and self._is_back(key)]
        for key, old in self.before.tasks.items():
            new = self.after.tasks.get(key)
            if new is None:
                continue
            was, now = old["executionInfo"], new["executionInfo"]
            more = now["requeueCount"] - was["requeueCount"]
            assert more >= 0, (key, was, now)
            if old["state"] == "running" and new["state"] in ("active", *RUNNING):
                moved = new["state"] != "running" or nodes_of(old) != nodes_of(new)
                assert more == 1 if moved else more in (0, 1), (key, was, now)
                assert now["retryCount"] >= was["retryCount"], (key, was, now)
                assert more == 0 or now["retryCount"] == was["retryCount"], (key, was, now)
                if not moved and more == 0:
                    again = now["startTime"] != was["startTime"]
                    assert now["retryCount"] == was["retryCount"] + again, (key, was, now)
            if more and not self.disturbed:
                stopped = self.after.jobs[key[0]]["state"] in ("disabling", "disabled")
                winners = [other for other in (*started, *left) if self.after.yields(key, other)]
                assert winners or stopped, f"{key} was requeued for nothing"

    def _check_start(self, key: TaskKey, started: list[TaskKey]) -> None:
        after = self.after
        assert after.can_depend(key), f"{key} runs before what it depends on"
        for node in nodes_of(after.tasks[key]):
            assert after.takes_tasks(node), f"{key} was given {node}: {after.nodes.get(node)}"
        node, slots = nodes_of(after.tasks[key])[0], after.slots(key)
        for other in self._waited():
            fits = after.wanted(other) == 1 and after.slots(other) <= slots and after.allows(other, node)
            if not fits or not self.before.takes_tasks(node):
                continue
            assert after.priority(other) <= after.priority(key), f"{key} has a node that {other} should have"
            if other[0] == key[0]:
                older = moment(after.tasks[other]["creationTime"]) < moment(after.tasks[key]["creationTime"])
                assert not older, f"{key} has a node that {other} should have, which is older"
            elif after.pool["taskSchedulingPolicy"]["jobDefaultOrder"] == "creationtime":
                older = moment(after.jobs[other[0]]["creationTime"]) < moment(after.jobs[key[0]]["creationTime"])
                assert after.priority(other) < after.priority(key) or not older, f"{key} before {other} of an older job"

    def _check_shares(self, started: list[TaskKey]) -> None:
        """Jobs of one priority get as many nodes, where their tasks want them."""
        after = self.after
        if after.pool["taskSchedulingPolicy"]["jobDefaultOrder"] != "none":
            return
        for other in self._waited():
            ended = any(
                old["state"] in RUNNING and key[0] == other[0] and not self._runs_on(key)
                for key, old in self.before.tasks.items()
            )
            for job in {job for job, _ in started} - {other[0]}:
                keys = [key for key in started if key[0] == job]
                fits = all(
                    after.wanted(other) == 1 and after.slots(other) <= after.slots(key) and after.allows(other, node)
                    for key in keys
                    for node in nodes_of(after.tasks[key])
                )
                if fits and not ended and after.priority(keys[0]) == after.priority(other):
                    assert after.running(job) - 1 <= after.running(other[0]), (
                        f"{keys} have more than the share of {job}"
                    )

    def _is_back(self, key: TaskKey) -> bool:
        return key in self.after.tasks and self.after.tasks[key]["state"] == "active"

    def _runs_on(self, key: TaskKey) -> bool:
        new = self.after.tasks.get(key)
        return new is not None and new["state"] in RUNNING and not self._new_run(key)

    def _check_place(self, key: TaskKey) -> None:
        """One task that was given one node, while nothing else has moved: its affinity, then the pool's policy."""
        before, after = self.before, self.after
        quiet = all(self._runs_on(other) for other, old in before.tasks.items() if old["state"] in RUNNING)
        if not quiet or self.disturbed or after.wanted(key) != 1:
            return
        (node,), slots = nodes_of(after.tasks[key]), after.slots(key)
        able = {
            other: before.free(other) for other in before.nodes if other in after.nodes and before.takes_tasks(other)
        }
        able = {other: free for other, free in able.items() if free >= slots and after.allows(key, other)}
        wanted = after.tasks[key].get("affinityInfo", {}).get("affinityId", "").removeprefix("TVM:")
        if node not in able:
            return  # it came to the pool in this step
        if wanted in able:
            assert node == wanted, f"{key} is not on the node of its affinity"
        elif after.pool["taskSchedulingPolicy"]["nodeFillType"] == "Spread":
            assert able[node] == max(able.values()), f"{key} was not spread: {node} of {able}"
        else:
            assert able[node] == min(able.values()), f"{key} was not packed: {node} of {able}"

    def _check_ends(self) -> None:
        """What the end of a task does to its job, and to the counts of its nodes."""
        before, after = self.before, self.after
        ended = [
            key
            for key, task in after.tasks.items()
            if task["state"] == "completed" and key in before.tasks and before.tasks[key]["state"] in RUNNING
        ]
        ran: Counter[str] = Counter()
        won: Counter[str] = Counter()
        for key in ended:
            task = after.tasks[key]
            ran.update(nodes_of({**before.tasks[key], "subtaskNodes": before.tasks[key].get("subtaskNodes", ())}))
            if task["executionInfo"]["result"] == "success":
                won.update(nodes_of(before.tasks[key]))
        for node in before.nodes.keys() & after.nodes.keys():
            old, new = before.nodes[node], after.nodes[node]
            assert new["totalTasksRun"] - old["totalTasksRun"] == ran[node], (node, ran)
            assert new["totalTasksSucceeded"] - old["totalTasksSucceeded"] == won[node], (node, won)
        for job in {job for job, _ in ended}:
            actions = {self._action(key) for key in ended if key[0] == job}
            state = after.jobs[job]["state"]
            if before.jobs[job]["state"] != "active" or before.jobs[job]["onTaskFailure"] == "noaction":
                continue
            if "terminate" in actions:
                assert state in ("terminating", "completed"), (job, state)
                assert after.jobs[job]["executionInfo"]["terminateReason"] == "TaskFailed"
            elif "disable" in actions:
                assert state in ("disabling", "disabled", "terminating"), (job, state)
            elif not self.disturbed:
                assert state == "active", (job, state, actions)

    def _action(self, key: TaskKey) -> str:
        task = self.after.tasks[key]
        if "exitCode" not in task["executionInfo"]:
            return "none"  # its user has ended it
        failed = task["executionInfo"]["result"] == "failure"
        return str(exit_options(task).get("jobAction", "terminate" if failed else "none"))
