"""Whatever is added, and whatever happens to nodes and tasks.

No node has more than its slots, no task runs before what it depends on has ended, and every task that can run ends.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from batch_emulator.bodies.job import JobAdd
from batch_emulator.bodies.pool import PoolAdd
from batch_emulator.operations.tasks import accept_task, fit_task
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.versions import V2025
from batch_emulator.simulation import job_states, node_states, pool_states, task_states
from batch_emulator.simulation.loop import Loop
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.scripts import Script
from batch_emulator.simulation.task_runs import satisfies_dependents
from batch_emulator.state.clock import parse_time
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.journal import MemoryJournal
from batch_emulator.state.switches import Switches
from tests.emulator.parts import MACHINE

START = 638_000_000_000_000_000
JOBS = ("a", "b")
FIRST = 10
TASK = st.fixed_dictionaries(
    {
        "slots": st.sampled_from([1, 1, 1, 2, 2, 3, 4]),
        "ids": st.lists(st.integers(1, 3), max_size=1) | st.lists(st.integers(-2, 3), max_size=2),
        "spans": st.lists(st.tuples(st.sampled_from([3, 3, 4, 2, 1]), st.integers(0, 2)), max_size=1),
        "retries": st.integers(0, 1),
    }
)
RUNNING = ("preparing", "running")


class Scheduling(RuleBasedStateMachine):
    @initialize(
        nodes=st.integers(1, 3),
        slots=st.integers(1, 3),
        fill=st.sampled_from(["spread", "pack"]),
        most=st.sampled_from([-1, 1, 2]),
        prepares=st.booleans(),
        tasks=st.lists(TASK, min_size=5, max_size=8),
    )
    def begin(self, nodes: int, slots: int, fill: str, most: int, prepares: bool, tasks: list[dict[str, Any]]) -> None:
        switches = Switches({"scheduling": "on"})
        self.account = SimulatedAccount(MemoryJournal(), switches)
        self.account.clock.restore({"frozen": START})
        self.loop = Loop(self.account)
        self.context = Context(V2025, switches)
        self.added = dict.fromkeys(JOBS, FIRST)
        self.ended: dict[tuple[str, str], int] = {}
        """By the keys of job and task, when it first had ended so that dependents can run."""
        sent: dict[str, Any] = {"vmSize": "x", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": nodes}
        policy = {"nodeFillType": fill}
        body = PoolAdd.accept(
            {"id": "p", **sent, "taskSlotsPerNode": slots, "taskSchedulingPolicy": policy}, "", self.context
        )
        del body["id"]
        self.loop.run(lambda: pool_states.add(self.account, Pool.new("p", body, self.account.clock.stamp())))
        self.loop.run(self.account.settle_all)
        for priority, job_id in enumerate(JOBS):
            job: dict[str, Any] = {"poolInfo": {"poolId": "p"}, "usesTaskDependencies": True, "priority": priority}
            if prepares:
                job["jobPreparationTask"] = {"commandLine": "x"}
            self._add_job(job_id, {**job, "maxParallelTasks": most})
        self.account.scripted.scripts = [
            Script("*", duration=60, exit_code=1, job="a", times=2),
            Script("*", kind="preparation", duration=5),
            Script("*[0-4]", duration=60),
        ]
        for job_id in JOBS:
            self.add(job_id=job_id, tasks=tasks)

    def _add_job(self, job_id: str, sent: dict[str, Any]) -> None:
        body = JobAdd.accept({"id": job_id, **sent}, "", self.context)
        del body["id"]
        self.loop.run(lambda: job_states.add(self.account, job_id, body))

    def _tasks(self) -> list[Task]:
        return [task for job in JOBS for task in self.account.store.of(Task, job)]

    def _nodes(self) -> list[Node]:
        return list(self.account.store.of(Node, "p"))

    @rule(job_id=st.sampled_from(JOBS), tasks=st.lists(TASK, min_size=1, max_size=5))
    def add(self, job_id: str, tasks: list[dict[str, Any]]) -> None:
        """Their ids are numbers that go on; what they depend on is near, mostly before them."""
        job = self.account.store.of(Job)[job_id]
        for drawn in tasks:
            self.added[job_id] += 1
            number = self.added[job_id]
            spans = [{"start": number - back, "end": number - back + more} for back, more in drawn["spans"]]
            depends_on = {
                "taskIds": [str(number - back) for back in drawn["ids"] if number - back > FIRST],
                "taskIdRanges": [span for span in spans if span["start"] > FIRST],
            }
            sent = {"commandLine": "x", "requiredSlots": drawn["slots"], "dependsOn": depends_on}
            constraints = {"maxTaskRetryCount": drawn["retries"]}
            body = accept_task({"id": str(number), **sent, "constraints": constraints}, self.context)
            body = fit_task(job, body, self.context)
            del body["id"]
            task = Task.new(str(number), body, self.account.clock.stamp(), parent=job_id)
            self.loop.run(partial(self.account.store.save, task))

    @rule(seconds=st.sampled_from([1, 30, 60, 600]))
    def wait(self, seconds: int) -> None:
        self.account.clock.advance(seconds)
        self.loop.run(lambda: None)

    @rule()
    def read(self) -> None:
        self.loop.run(lambda: self.account.shown(tasks=True))

    @rule(draw=st.integers(0, 99), delete=st.booleans())
    def end_task(self, draw: int, delete: bool) -> None:
        tasks = self._tasks()
        if tasks:
            task = tasks[draw % len(tasks)]
            if delete:
                self.loop.run(lambda: task_states.delete(self.account, task))
            elif task.state != "completed":
                self.loop.run(lambda: task_states.terminate(self.account, task))

    @rule(draw=st.integers(0, 99), option=st.sampled_from(["requeue", "terminate", "taskcompletion"]))
    def reboot(self, draw: int, option: str) -> None:
        node = self._nodes()[draw % len(self._nodes())]
        if node.state in node_states.USABLE:
            self.loop.run(lambda: node_states.act(self.account, node, "reboot", option))

    @rule(draw=st.integers(0, 99))
    def stop_scheduling(self, draw: int) -> None:
        node = self._nodes()[draw % len(self._nodes())]
        if node.scheduling == "enabled":
            self.loop.run(lambda: node_states.disable_scheduling(self.account, node, "requeue"))
        else:
            self.loop.run(lambda: node_states.enable_scheduling(self.account, node))

    @rule()
    def start_again(self) -> None:
        """What is kept in memory only is made from the entities."""
        self.account.store.changed = None
        self.loop.run(lambda: None)

    @invariant()
    def slots_hold(self) -> None:
        if not hasattr(self, "account"):
            return
        each = self.account.store.of(Pool)["p"].body["taskSlotsPerNode"]
        running = [task for task in self._tasks() if task.state in RUNNING]
        for node in self._nodes():
            slots = [task.body["requiredSlots"] for task in running if (task.node_info or {})["nodeId"] == node.id]
            assert sum(slots) <= each
            assert (node.running_tasks, node.running_slots) == (len(slots), sum(slots))
            assert not slots or node.state == "running"
        for job_id in JOBS:
            most = self.account.store.of(Job)[job_id].body["maxParallelTasks"]
            assert most == -1 or sum(task.parent == job_id for task in running) <= most

    @invariant()
    def dependencies_hold(self) -> None:
        if not hasattr(self, "account"):
            return
        for task in self._tasks():
            if task.state == "completed" and satisfies_dependents(task):
                self.ended.setdefault((task.parent, task.id), parse_time(task.execution["endTime"]))
        for task in self._tasks():
            if "startTime" in task.execution:
                for other in self._needs(task):
                    assert self.ended[task.parent, other] <= parse_time(task.execution["startTime"])

    def _needs(self, task: Task) -> list[str]:
        depends_on = task.body["dependsOn"]
        spans = depends_on.get("taskIdRanges", ())
        numbers = [number for span in spans for number in range(span["start"], span["end"] + 1)]
        return [*depends_on.get("taskIds", ()), *map(str, numbers)]

    def teardown(self) -> None:
        """With all nodes in use and time enough, only what cannot run is left."""
        if not hasattr(self, "account"):
            return
        for node in self._nodes():
            if node.scheduling == "disabled":
                node_states.enable_scheduling(self.account, node)
        for _ in range(60):
            self.loop.run(self.account.settle_all)
            self.account.clock.advance(600)
            self.loop.run(lambda: self.account.shown(tasks=True))
        self.slots_hold()
        self.dependencies_hold()
        each = self.account.store.of(Pool)["p"].body["taskSlotsPerNode"]
        for task in self._tasks():
            needs = all((task.parent, other) in self.ended for other in self._needs(task))
            fits = task.body["requiredSlots"] <= each
            assert (
                task.state == ("completed" if needs and fits else "active") or task.execution.get("result") == "failure"
            )


TestScheduling = Scheduling.TestCase
TestScheduling.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
