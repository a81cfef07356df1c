"""Brings the service into each state of the matrix, for each cell by ids of its own, so that many can share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.lifecycle.naming import auto_name
from tests.e2e.conftest import POOL
from tests.e2e.programs import collection, job, resource, task
from tests.emulator_process import EmulatorProcess
from tests.matrix.states import IMPORTED, Resource

FOREVER: Final = 10**6
LOOKS: Final = 8
"""Answers in which a transition is still under way: more than an operation needs before it waits for the end."""
MOMENT: Final = 0.5
"""Seconds before a refusal: a YAML program must have registered all that it declares before anything of it fails."""
START: Final[dict[str, Any]] = {"commandLine": "cmd /c declared"}
NOTHING: Final[dict[str, Any]] = {"applicationPackageReferences": [], "metadata": []}
BODY: Final[dict[str, Any]] = {"commandLine": "cmd /c echo", "constraints": {"retentionTime": "P1D"}}
FAULTS: Final[dict[str, dict[str, Any]]] = {
    "refused-401": {"status": 401, "code": "AuthenticationFailed", "delay": MOMENT},
    "refused-403": {"status": 403, "code": "InsufficientAccountPermissions", "delay": MOMENT},
    "fails-500": {"status": 500, "delay": MOMENT},
    "times-out": {"delay": 6.0},
}
WAITED_FOR: Final = ("imported-awaitCompletion", "imported-onFailure")
OWN: Final[dict[str, dict[str, Any]]] = {
    "gone-ignored": {"onMissing": "ignore"},
    "imported-deletionPolicy": {"deletionPolicy": "retain"},
    "imported-takeOver": {"takeOver": True},
    "imported-triggers": {"triggers": ["now"]},
    "imported-rollout": {"rollout": {"strategy": "reboot"}},
    "imported-onMissing": {"onMissing": "ignore"},
    "imported-awaitCompletion": {"awaitCompletion": {}},
    "imported-onFailure": {"awaitCompletion": {}, "onFailure": "rerun"},
    "imported-waitForSteady": {"waitForSteady": False},
    "imported-stopPendingResize": {"stopPendingResize": True},
    "imported-nodeDeallocationOption": {"nodeDeallocationOption": "terminate"},
    "imported-movePool": {"movePool": True},
    "imported-disableTasks": {"movePool": True, "disableTasks": "wait"},
    "imported-rerunDependents": {"rerunDependents": True},
    "imported-onAllTasksComplete": {"onAllTasksComplete": "terminatejob"},
}
"""What the program says of the resource that only the provider knows."""


class Place:
    """The entities of one cell in an account, by the name of its state or what else it is `called`.

    Attributes:
        name: of the resource in programs.
        pool, job, task: ids of the entities; a collection has a second task, and a job schedule the id of a job.
        id, parent: of the resource, and of what it belongs to.
        path: that an operation reads.
        in_job: whether it belongs to a job.
    """

    def __init__(self, kind: Resource, state: str, emulator: EmulatorProcess, *, called: str = "") -> None:
        self.kind = kind
        self.state = state
        self.called = called or state
        self.name = f"{kind}-{self.called}"
        self.pool = f"{kind}-pool-{self.called}"
        self.job = f"{kind}-job-{self.called}"
        self.task = "task1"
        own = auto_name(self.name, f"urn:pulumi:dev::e2e::azure-batch:index:TaskCollection::{self.name}")
        ids = {
            "Pool": f"pools/{self.pool}",
            "PoolProperties": f"pools/{self.pool}",
            "Job": f"jobs/{self.job}",
            "JobSchedule": f"jobschedules/{self.job}",
            "Task": f"jobs/{self.job}/tasks/{self.task}",
            "TaskCollection": f"jobs/{self.job}/collections/{own}",
        }
        self.id = ids[kind]
        self.path = f"/jobs/{self.job}/tasks" if kind == "TaskCollection" else f"/{self.id}"
        self.in_job = kind in ("Task", "TaskCollection")
        self.parent = f"jobs/{self.job}" if self.in_job else f"pools/{self.pool}"
        self._emulator = emulator

    def computed(self, text: str) -> str:
        """A text of the matrix with the ids of this place."""
        job = f"/jobs/{self.job}"
        tasks = {"tasks": f"{job}/tasks", "task": f"{job}/tasks/{self.task}", "task2": f"{job}/tasks/task2"}
        paths = {"pool": f"/pools/{self.pool}", "job": job, "schedule": f"/jobschedules/{self.job}", **tasks}
        return text.format(id=self.id, parent=self.parent, path=self.path, **paths)

    def spelt(self, entry: Mapping[str, Any]) -> str:
        """The path of a request, as the matrix has it."""
        return str(entry["path"])

    def owns(self, entry: Mapping[str, Any]) -> bool:
        """Whether a request was about this place."""
        parts = entry["path"].split("/")[1:]
        if parts == ["pools"]:
            return bool(entry["body"] and entry["body"].get("id") == self.pool)
        if parts in (["jobs"], ["jobschedules"]):
            return bool(entry["body"] and entry["body"].get("id") == self.job)
        return parts[:2] in (["pools", self.pool], ["jobs", self.job], ["jobschedules", self.job])

    def program(self) -> dict[str, Any]:
        """What a program declares for it."""
        own = OWN.get(self.state, {})
        if self.kind == "Pool":
            return {self.name: resource("Pool", {**self._pool(), **own})}
        if self.kind == "PoolProperties":
            return {self.name: resource("PoolProperties", {"poolId": self.pool, "startTask": START, **own})}
        if self.kind == "Job":
            return {self.name: job(self.job, poolInfo={"poolId": self.pool}, priority=5, **own)}
        if self.kind == "JobSchedule":
            return {self.name: resource("JobSchedule", {"jobScheduleId": self.job, **self._schedule(5), **own})}
        if self.state != "parent-remade":
            return {self.name: self._tasks(self.job, own)}
        parent = f"{self.name}-parent"
        declared = self._tasks(f"${{{parent}.jobId}}", {})
        return {parent: job(self.job, poolInfo={"poolId": self.pool}), self.name: declared}

    def _pool(self) -> dict[str, Any]:
        """One with a node; where it is being deleted by another client, without: a deletion takes them away first."""
        machine = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}
        nodes = {} if self.state == "pool-deleting" else {"targetDedicatedNodes": 1}
        return {"poolId": self.pool, **machine, **nodes}

    def _schedule(self, priority: int) -> dict[str, Any]:
        """Of a schedule whose time is yet to come."""
        return {
            "schedule": {"doNotRunUntil": "2099-01-31T18:00:00Z"},
            "jobSpecification": {"poolInfo": {"poolId": self.pool}, "priority": priority},
        }

    def _tasks(self, job: str, own: dict[str, Any]) -> dict[str, Any]:
        if self.kind == "Task":
            return task(job, self.task, **BODY, **own)
        return collection(job, tasks={self.task: BODY, "task2": BODY}, **own)

    @property
    def is_imported(self) -> bool:
        """Whether its state is one of a resource that was imported."""
        return self.state.startswith(IMPORTED)

    def importing(self) -> dict[str, Any]:
        """The same, taken in by the `import` option."""
        program = self.program()
        program[self.name]["options"] = {"import": self.path.removeprefix("/")}
        return program

    def make_parents(self) -> None:
        """What must be there before an `up` can make the rest."""
        if self.kind != "Pool":
            self._emulator.post("/pools", {**POOL, "id": self.pool})
        if self.in_job and self.state != "parent-remade":
            self._make_job()

    def make(self) -> None:
        """The entity itself, as the program declares it, made by other means."""
        if self.kind == "Pool":
            sent = {name: value for name, value in self._pool().items() if name != "poolId"}
            self._emulator.post("/pools", {**sent, "id": self.pool})
            self._emulator.settle()
        elif self.kind == "PoolProperties":
            self._emulator.post(f"/pools/{self.pool}/updateproperties", {**NOTHING, "startTask": START})
        elif self.kind == "Job":
            self._emulator.post("/jobs", {"id": self.job, "poolInfo": {"poolId": self.pool}, "priority": 5})
        elif self.kind == "JobSchedule":
            self._emulator.post("/jobschedules", {"id": self.job, **self._schedule(5)})
        else:
            for id in self._ids:
                self._emulator.post(f"/jobs/{self.job}/tasks", {"id": id, **BODY})
                if self.state in WAITED_FOR:
                    self._emulator.run_task(self.job, id, state="completed", exitCode=0)

    def move(self) -> None:
        """From as declared into the cell's state. What is on its way then stays so for the `looks` of the account."""
        pool, task = f"/pools/{self.pool}", f"/jobs/{self.job}/tasks/{self.task}"
        job = f"/{self.id}" if self.kind == "JobSchedule" else f"/jobs/{self.job}"
        parent = job if self.in_job else pool
        tasks = tuple(f"{job}/tasks/{id}" for id in self._ids)
        state = self.state
        if state in FAULTS:
            for path in (parent, f"{parent}/*", job, f"{job}/*"):
                self._emulator.fault(path=path, times=FOREVER, **FAULTS[state])
        elif state == "drifted":
            self._drift()
        elif state in ("gone", "gone-ignored", "imported-onMissing"):
            for path in {"PoolProperties": ("",), "Pool": (pool,), "Job": (job,), "JobSchedule": (job,)}.get(
                self.kind, tasks
            ):
                self._remove(path)
        elif state == "some-gone":
            self._remove(task)
        elif state == "others":
            self._emulator.post(f"{job}/tasks", {"id": "other", **BODY})
        elif state == "stuck":
            self._emulator.fault(method="DELETE", path=task, times=FOREVER, status=409, code="TaskBusy")
        elif state in ("parent-gone", "parent-remade"):
            self._remove(parent)
        elif state == "parent-younger":
            self._remove(parent)
            self._emulator.advance(60)
            self._make_job() if self.in_job else self._emulator.post("/pools", {**POOL, "id": self.pool})
        elif state == "task-failed":
            self._emulator.run_task(self.job, self.task, state="completed", exitCode=1)
        elif state == "pool-deleting":
            self._begin("DELETE", pool)
        elif state == "job-disabled":
            body = None if self.kind == "JobSchedule" else {"disableTasks": "requeue"}
            assert self._emulator.call("POST", f"{job}/disable", body).status < 300
            self._until("disabled", job)
        elif state != "as-declared" and not state.startswith(("another-account", IMPORTED)):
            if state.startswith("gone-"):
                for path in tasks:
                    self._remove(path)
            if state.endswith("completed"):
                assert self._emulator.call("POST", f"{job}/terminate").status == 202
                self._until("completed", job)
            elif state.endswith("terminating"):
                self._begin("POST", f"{job}/terminate")
            else:
                self._begin("DELETE", job)

    @property
    def _ids(self) -> tuple[str, ...]:
        return (self.task, "task2") if self.kind == "TaskCollection" else (self.task,)

    def _make_job(self) -> None:
        self._emulator.post("/jobs", {"id": self.job, "poolInfo": {"poolId": self.pool}})

    def _drift(self) -> None:
        if self.kind == "Pool":
            self._emulator.post(f"/pools/{self.pool}/resize", {"targetDedicatedNodes": 2})
            self._emulator.settle()
        elif self.kind == "PoolProperties":
            changed = {**NOTHING, "startTask": {"commandLine": "cmd /c of another client"}}
            self._emulator.post(f"/pools/{self.pool}/updateproperties", changed)
        elif self.kind == "Job":
            assert self._emulator.call("PATCH", f"/jobs/{self.job}", {"priority": 77}).status == 200
        elif self.kind == "JobSchedule":
            changed = {"jobSpecification": self._schedule(77)["jobSpecification"]}
            assert self._emulator.call("PATCH", f"/{self.id}", changed).status == 200
        else:
            changed = {"constraints": {"retentionTime": "P2D"}}
            assert self._emulator.call("PUT", f"/jobs/{self.job}/tasks/{self.task}", changed).status == 200

    def _remove(self, path: str) -> None:
        if not path:
            self._emulator.post(f"/pools/{self.pool}/updateproperties", NOTHING)
            return
        assert self._emulator.call("DELETE", path).status in (200, 202)
        for _ in range(10):
            if self._emulator.call("GET", path).status == 404:
                return
        raise AssertionError(f"{path} is still there")

    def _begin(self, method: str, path: str) -> None:
        """A transition that the operation still sees, and that ends while it is waited for."""
        self._emulator.switch("looks", LOOKS)
        assert self._emulator.call(method, path).status == 202
        self._emulator.switch("looks", 1)

    def _until(self, state: str, path: str) -> None:
        for _ in range(10):
            if self._emulator.get(path)["state"] == state:
                return
        raise AssertionError(f"{path} is {self._emulator.get(path)['state']}")
