"""Whatever is added, and whatever happens to nodes, jobs and tasks: each step is judged by a reference of its own."""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.emulator.in_process import InProcess
from tests.emulator.parts import MACHINE
from tests.emulator.scheduling_reference import RUNNING, Json, Snapshot, Step, TaskKey, moment, nodes_of, satisfies

START = 638_000_000_000_000_000
TICK = 5
"""Seconds: whatever takes time here takes a multiple of it, so that nothing happens unseen."""
JOBS = ("a", "b", "c")
OPTIONS = ("requeue", "terminate", "taskcompletion", "taskcompletion")
EXITS = [
    ("", "", ""),
    ("exitCodes", "disable", "satisfy"),
    ("exitCodeRanges", "none", "block"),
    ("both", "disable", "satisfy"),
    ("default", "none", "satisfy"),
    ("default", "none", "block"),
]
TASK = st.fixed_dictionaries(
    {
        "slots": st.sampled_from([1, 1, 1, 2, 2, 3, 4]),
        "ids": st.sampled_from([[], [], [], [1], [2], [1, 3], [2, -1]]),
        "spans": st.sampled_from([[], [], [], [(1, 0)], [(3, 2)], [(2, 1)], [(3, 0)]]),
        "retries": st.sampled_from([0, 0, 1, 2]),
        "near": st.none() | st.integers(0, 3),
        "exits": st.sampled_from([0, 0, 1, 2, 3, 4, 5]),
        "limited": st.booleans(),
        "instances": st.sampled_from([0, 0, 0, 0, 2, 3]),
        "zero": st.booleans(),
    }
)
TASKS = st.lists(TASK, min_size=1, max_size=4)
JOB = st.fixed_dictionaries(
    {
        "priority": st.sampled_from([0, 0, 0, 1, 5]),
        "most": st.sampled_from([-1, -1, -1, 1, 2]),
        "yields": st.booleans(),
        "prepares": st.sampled_from(["", "", "", "good", "bad"]),
        "acts": st.booleans(),
        "manager": st.sampled_from([None, None, (True, False), (False, True), (False, False)]),
    }
)
NUMBER = st.integers(0, 99)


def conditions(name: str, job: str, dependency: str, *, acts: bool) -> Json:
    """Of tasks that end with 0, 1 or 4. A job that does not act on failures allows no action."""
    options = {"dependencyAction": dependency, **({"jobAction": job} if acts else {})}
    bounds = {"exitCodes": {"code": 1}, "exitCodeRanges": {"start": 0, "end": 1}}
    if name == "both":  # the code's own beat those of its range
        blocks = [{**bounds["exitCodeRanges"], "exitOptions": {"dependencyAction": "block"}}]
        return {**conditions("exitCodes", job, dependency, acts=acts), "exitCodeRanges": blocks}
    return {name: [{**bounds[name], "exitOptions": options}] if name in bounds else options}


class Scheduling(RuleBasedStateMachine):
    @initialize(
        nodes=st.sampled_from([1, 2, 3]),
        spot=st.integers(0, 2),
        slots=st.sampled_from([1, 1, 2, 3, 4]),
        knows=st.booleans(),
        fill=st.sampled_from(["spread", "pack"]),
        order=st.sampled_from(["creationtime", "none"]),
        jobs=st.lists(JOB, min_size=len(JOBS), max_size=len(JOBS)),
        tasks=st.lists(st.lists(TASK, min_size=2, max_size=5), min_size=len(JOBS), max_size=len(JOBS)),
    )
    def begin(
        self,
        nodes: int,
        spot: int,
        slots: int,
        knows: bool,
        fill: str,
        order: str,
        jobs: list[Json],
        tasks: list[list[Json]],
    ) -> None:
        self.emulator = InProcess(START, scheduling="on", states="by-clock", **{"transition-delay": str(TICK)})
        self.added = dict.fromkeys(JOBS, 10)
        self.planned: set[str] = set()
        self.satisfied: set[tuple[str, str | int]] = set()
        scripts: list[Json] = [
            {"pattern": "bad", "kind": "preparation", "duration": TICK, "exitCode": 1},
            {"pattern": "*", "kind": "preparation", "duration": TICK},
            *({"pattern": f"*{digit}", "duration": 20, "exitCode": 1} for digit in "26"),
            *({"pattern": f"*{digit}", "duration": 10, "exitCode": 4} for digit in "37"),
            *({"pattern": f"*{digit}", "duration": 10 if digit % 2 else 20} for digit in range(10)),
        ]
        self.emulator.done("POST", "/_emulator/scripts", scripts)
        body = {
            "id": "p",
            "vmSize": "x",
            "virtualMachineConfiguration": MACHINE,
            "targetDedicatedNodes": nodes,
            "targetLowPriorityNodes": spot,
            "taskSlotsPerNode": slots,
            "enableInterNodeCommunication": knows,
            "taskSchedulingPolicy": {"nodeFillType": fill, "jobDefaultOrder": order},
        }
        assert self.emulator.done("POST", "/pools", body)
        for job, drawn in zip(JOBS, jobs, strict=True):
            self._add_job(job, drawn)
        self.emulator.done("POST", "/_emulator/clock", {"advance": 4 * TICK})
        self.last = self._look()
        for job, of_job in zip(JOBS, tasks, strict=True):
            self._add(job, of_job)
        self.wait(5)

    def _add_job(self, job: str, drawn: Json) -> None:
        body: Json = {
            "id": job,
            "poolInfo": {"poolId": "p"},
            "usesTaskDependencies": True,
            "priority": drawn["priority"],
            "maxParallelTasks": drawn["most"],
            "allowTaskPreemption": drawn["yields"],
            "onTaskFailure": "performexitoptionsjobaction" if drawn["acts"] else "noaction",
        }
        if drawn["prepares"]:
            body["jobPreparationTask"] = {"id": drawn["prepares"], "commandLine": "x"}
        if drawn["manager"] is not None:
            alone, spot = drawn["manager"]
            more = {"runExclusive": alone, "allowLowPriorityNode": spot, "killJobOnCompletion": False}
            body["jobManagerTask"] = {"id": "m9", "commandLine": "x", **more}
        assert self.emulator.done("POST", "/jobs", body)

    # What is seen.

    def _look(self) -> Snapshot:
        get = self.emulator.get
        jobs = {job["id"]: job for job in get("/jobs")["value"]}
        tasks: dict[TaskKey, Json] = {}
        preparations: dict[tuple[str, str], Json] = {}
        for job, found in jobs.items():
            for task in get(f"/jobs/{job}/tasks")["value"]:
                if "multiInstanceSettings" in task and task["state"] in RUNNING:
                    subtasks = get(f"/jobs/{job}/tasks/{task['id']}/subtasksinfo")["value"]
                    task = {**task, "subtaskNodes": [subtask["nodeInfo"]["nodeId"] for subtask in subtasks]}
                tasks[job, task["id"]] = task
            if "jobPreparationTask" in found:
                for item in get(f"/jobs/{job}/jobpreparationandreleasetaskstatus")["value"]:
                    preparations[job, item["nodeId"]] = item["jobPreparationTaskExecutionInfo"]
        for (job, task_id), task in tasks.items():
            if task["state"] == "completed" and satisfies(task):
                self.satisfied |= {(job, task_id)} | ({(job, int(task_id))} if task_id.isdigit() else set())
        nodes = {node["id"]: node for node in get("/pools/p/nodes")["value"]}
        self.planned = {node for node in self.planned if nodes.get(node, {}).get("state") in ("idle", "running")}
        now = moment(get("/_emulator/clock")["now"])
        counts = {job: get(f"/jobs/{job}/taskcounts") for job in jobs}
        seen = (frozenset(self.planned), frozenset(self.satisfied))
        return Snapshot(now, get("/pools/p"), nodes, jobs, tasks, counts, preparations, *seen)

    def _judge(self, *, disturbed: bool = False) -> Step:
        after = self._look()
        after.check()
        step = Step(self.last, after, disturbed)
        step.check()
        self.last = after
        return step

    # What happens.

    @rule(job=st.sampled_from(JOBS), tasks=TASKS)
    def add(self, job: str, tasks: list[Json]) -> None:
        self._add(job, tasks)

    def _add(self, job: str, tasks: list[Json]) -> None:
        """Their ids are numbers that go on; what they depend on is near, mostly before them."""
        for drawn in tasks:
            self.added[job] += 1
            self.emulator.done("POST", f"/jobs/{job}/tasks", self._task(job, self.added[job], drawn))
            self._judge()

    def _task(self, job: str, number: int, drawn: Json) -> Json:
        several = drawn["instances"]
        body: Json = {
            "id": f"{'0' * drawn['zero']}{number}",
            "commandLine": "x",
            "requiredSlots": 1 if several else drawn["slots"],
            "dependsOn": {
                "taskIds": [str(number - back) for back in drawn["ids"] if number - back > 10],
                "taskIdRanges": [
                    {"start": number - back, "end": min(number - back + more, number - 1)}
                    for back, more in drawn["spans"]
                    if number - back > 10
                ],
            },
            "constraints": {"maxTaskRetryCount": drawn["retries"]},
        }
        if several:
            body["multiInstanceSettings"] = {"numberOfInstances": drawn["instances"], "coordinationCommandLine": "x"}
        if drawn["limited"]:
            body["constraints"]["maxWallClockTime"] = "PT15S"
        if drawn["exits"]:
            acts = self.last.jobs[job]["onTaskFailure"] != "noaction"
            body["exitConditions"] = conditions(*EXITS[drawn["exits"]], acts=acts)
        if drawn["near"] is not None and self.last.nodes:
            names = sorted(self.last.nodes)
            body["affinityInfo"] = {"affinityId": f"TVM:{names[drawn['near'] % len(names)]}"}
        return body

    @rule(ticks=st.integers(1, 6))
    def wait(self, ticks: int) -> None:
        for _ in range(ticks):
            self.emulator.done("POST", "/_emulator/clock", {"advance": TICK})
            self._judge()

    @rule()
    def wait_for_a_moment(self) -> None:
        """Time passes more often than anything else happens."""
        self.wait(1)

    @precondition(lambda self: self.last.tasks)
    @rule(draw=NUMBER, what=st.sampled_from(["terminate", "delete"]))
    def end_task(self, draw: int, what: str) -> None:
        key = sorted(self.last.tasks)[draw % len(self.last.tasks)]
        path = f"/jobs/{key[0]}/tasks/{key[1]}"
        done = self.emulator.done(*(("DELETE", path) if what == "delete" else ("POST", f"{path}/{what}")))
        task = self._judge().after.tasks.get(key)
        assert (task is None) == (what == "delete")
        if done and task is not None:
            assert (task["state"], task["executionInfo"]["failureInfo"]["code"]) == ("completed", "TaskEnded")

    @precondition(lambda self: self._failed())
    @rule(draw=NUMBER)
    def reactivate(self, draw: int) -> None:
        """One that has been tried most often: what is forgotten then shows."""
        failed = self._failed()
        job, task_id = failed[draw % len(failed)]
        before = self.last.tasks[job, task_id]["executionInfo"]
        if self.emulator.done("POST", f"/jobs/{job}/tasks/{task_id}/reactivate"):
            task = self._judge().after.tasks[job, task_id]
            assert task["state"] != "completed" and task["executionInfo"]["retryCount"] == 0
            assert task["executionInfo"]["requeueCount"] == before["requeueCount"]

    def _failed(self) -> list[TaskKey]:
        """In jobs that take them again, those first that were retried or requeued most."""
        infos = {key: task["executionInfo"] for key, task in self.last.tasks.items()}
        failed = [key for key, info in infos.items() if info.get("result") == "failure" and self._goes_on(key[0])]
        tries = {key: infos[key]["retryCount"] + infos[key]["requeueCount"] for key in failed}
        most = max(tries.values(), default=0)
        return sorted(key for key in failed if tries[key] == most)

    def _goes_on(self, job: str) -> bool:
        return str(self.last.jobs[job]["state"]) in ("active", "disabling", "disabled")

    @precondition(lambda self: self.last.nodes)
    @rule(draw=NUMBER, noun=st.sampled_from(["Reboot", "Reimage", "Deallocate"]), option=st.sampled_from(OPTIONS))
    def restart(self, draw: int, noun: str, option: str) -> None:
        node = self._node(draw)
        if self.emulator.done("POST", f"/pools/p/nodes/{node}/{noun.lower()}", {f"node{noun}Option": option}):
            if option == "taskcompletion" and self.last.where[node]:
                self.planned.add(node)
            self._judge_displaced([node], option)

    @precondition(lambda self: self.last.nodes)
    @rule(draw=NUMBER, option=st.sampled_from(OPTIONS))
    def turn_scheduling(self, draw: int, option: str) -> None:
        node = self._node(draw)
        path = f"/pools/p/nodes/{node}"
        if self.last.nodes[node]["schedulingState"] == "disabled":
            self.emulator.done("POST", f"{path}/enablescheduling")
            self._judge()
        elif self.emulator.done("POST", f"{path}/disablescheduling", {"nodeDisableSchedulingOption": option}):
            self._judge_displaced([node], option)

    @precondition(lambda self: self.last.nodes)
    @rule(draw=NUMBER, state=st.sampled_from(["unusable", "unknown", "idle"]))
    def report(self, draw: int, state: str) -> None:
        node = self._node(draw)
        if self.last.nodes[node]["state"] == "deallocated":
            self.emulator.done("POST", f"/pools/p/nodes/{node}/start")
            self._judge()
        elif self.last.nodes[node]["state"] in ("idle", "running", "unusable", "unknown") and node not in self.planned:
            if state == "idle" and self.last.nodes[node]["state"] in ("idle", "running"):
                return
            self.emulator.done("POST", f"/_emulator/nodes/p/{node}", {"state": state})
            self._judge_displaced([node], "requeue")

    @rule(dedicated=st.integers(0, 3), spot=st.integers(0, 1), option=st.sampled_from(OPTIONS), stop=st.booleans())
    def resize(self, dedicated: int, spot: int, option: str, stop: bool) -> None:
        if self.last.pool["allocationState"] == "resizing" and stop:
            self.emulator.done("POST", "/pools/p/stopresize")
            self._judge()
            return
        body = {"targetDedicatedNodes": dedicated, "targetLowPriorityNodes": spot, "nodeDeallocationOption": option}
        if self.emulator.done("POST", "/pools/p/resize", body):
            nodes = self._look().nodes
            leaving = [node for node, found in nodes.items() if found["state"] == "leavingpool"]
            self._judge_displaced([node for node in leaving if self.last.nodes[node]["state"] != "leavingpool"], option)

    @rule(job=st.sampled_from(JOBS), option=st.sampled_from(["requeue", "terminate", "wait"]))
    def turn_job(self, job: str, option: str) -> None:
        if self.last.jobs[job]["state"] in ("disabling", "disabled"):
            self.emulator.done("POST", f"/jobs/{job}/enable")
            self._judge()
        elif self.emulator.done("POST", f"/jobs/{job}/disable", {"disableTasks": option}):
            keys = [key for key in self.last.tasks if key[0] == job and self.last.tasks[key]["state"] in RUNNING]
            self._judge_taken(keys, "taskcompletion" if option == "wait" else option)

    @rule(
        job=st.sampled_from(JOBS),
        change=st.fixed_dictionaries(
            {},
            optional={
                "priority": st.sampled_from([0, 1, 5]),
                "maxParallelTasks": st.sampled_from([-1, 1, 2]),
                "allowTaskPreemption": st.booleans(),
            },
        ),
    )
    def change_job(self, job: str, change: Json) -> None:
        self.emulator.done("PATCH", f"/jobs/{job}", change)
        self._judge()

    @rule()
    def load_again(self) -> None:
        self.emulator.load_again()
        before, after = self.last, self._look()
        assert (before.tasks, before.nodes, before.counts) == (after.tasks, after.nodes, after.counts)

    def _node(self, draw: int) -> str:
        return sorted(self.last.nodes)[draw % len(self.last.nodes)]

    def _judge_displaced(self, nodes: list[str], option: str) -> None:
        self._judge_taken([key for node in nodes for key in self.last.where[node]], option)

    def _judge_taken(self, keys: list[TaskKey], option: str) -> None:
        """The tasks whose nodes or jobs were taken from them: what was asked for has happened to them."""
        step = self._judge(disturbed=True)
        for key in keys:
            old, new = step.before.tasks[key], step.after.tasks[key]
            if option == "terminate":
                assert (new["state"], new["executionInfo"]["result"]) == ("completed", "failure"), key
            elif option == "requeue":
                assert new["executionInfo"]["requeueCount"] == old["executionInfo"]["requeueCount"] + 1, key
            else:
                assert new["state"] == old["state"] and nodes_of(new) == nodes_of(old), key


TestScheduling = Scheduling.TestCase
TestScheduling.settings = settings(
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    stateful_step_count=20,
    deadline=None,
    derandomize="EXAMPLES" not in os.environ,
)
