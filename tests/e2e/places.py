"""Brings the service into each state of the matrix, for each cell by ids of its own, so that many can share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.e2e.conftest import POOL
from tests.e2e.programs import job, resource, task
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
OWN: Final[dict[str, dict[str, Any]]] = {
    "gone-ignored": {"onMissing": "ignore"},
    "imported-deletionPolicy": {"deletionPolicy": "retain"},
    "imported-takeOver": {"takeOver": True},
    "imported-triggers": {"triggers": ["now"]},
    "imported-onMissing": {"onMissing": "ignore"},
    "imported-awaitCompletion": {"awaitCompletion": {}},
    "imported-onFailure": {"awaitCompletion": {}, "onFailure": "rerun"},
}
"""What the program says of the resource that only the provider knows."""


class Place:
    """The entities of one cell in an account, by the name of its state or what else it is `called`.

    Attributes:
        name: of the resource in programs.
        pool, job, task: ids of the entities.
        id, parent: of the resource, and of what it belongs to.
    """

    def __init__(self, kind: Resource, state: str, emulator: EmulatorProcess, *, called: str = "") -> None:
        self.kind = kind
        self.state = state
        self.called = called or state
        self.name = f"{kind}-{self.called}"
        self.pool = f"{kind}-pool-{self.called}"
        self.job = f"{kind}-job-{self.called}"
        self.task = "task1"
        ids = {"PoolProperties": f"pools/{self.pool}", "Job": f"jobs/{self.job}"}
        self.id = ids.get(kind, f"jobs/{self.job}/tasks/{self.task}")
        self.parent = f"jobs/{self.job}" if kind == "Task" else f"pools/{self.pool}"
        self._emulator = emulator

    def computed(self, text: str) -> str:
        """A text of the matrix with the ids of this place."""
        job = f"/jobs/{self.job}"
        paths = {"pool": f"/pools/{self.pool}", "job": job, "tasks": f"{job}/tasks", "task": f"{job}/tasks/{self.task}"}
        return text.format(id=self.id, parent=self.parent, path=f"/{self.id}", **paths)

    def owns(self, entry: Mapping[str, Any]) -> bool:
        """Whether a request was about this place."""
        parts = entry["path"].split("/")[1:]
        if parts == ["jobs"]:
            return bool(entry["body"] and entry["body"].get("id") == self.job)
        return parts[:2] in (["pools", self.pool], ["jobs", self.job])

    def program(self) -> dict[str, Any]:
        """What a program declares for it."""
        own = OWN.get(self.state, {})
        if self.kind == "PoolProperties":
            return {self.name: resource("PoolProperties", {"poolId": self.pool, "startTask": START, **own})}
        if self.kind == "Job":
            return {self.name: job(self.job, poolInfo={"poolId": self.pool}, priority=5, **own)}
        if self.state != "parent-remade":
            return {self.name: task(self.job, self.task, **BODY, **own)}
        parent = f"{self.name}-parent"
        declared = task(f"${{{parent}.jobId}}", self.task, **BODY)
        return {parent: job(self.job, poolInfo={"poolId": self.pool}), self.name: declared}

    @property
    def is_imported(self) -> bool:
        """Whether its state is one of a resource that was imported."""
        return self.state.startswith(IMPORTED)

    def importing(self) -> dict[str, Any]:
        """The same, taken in by the `import` option."""
        program = self.program()
        program[self.name]["options"] = {"import": self.id}
        return program

    def make_parents(self) -> None:
        """What must be there before an `up` can make the rest."""
        self._emulator.post("/pools", {**POOL, "id": self.pool})
        if self.kind == "Task" and self.state != "parent-remade":
            self._make_job()

    def make(self) -> None:
        """The entity itself, as the program declares it, made by other means."""
        if self.kind == "PoolProperties":
            self._emulator.post(f"/pools/{self.pool}/updateproperties", {**NOTHING, "startTask": START})
        elif self.kind == "Job":
            self._emulator.post("/jobs", {"id": self.job, "poolInfo": {"poolId": self.pool}, "priority": 5})
        else:
            self._emulator.post(f"/jobs/{self.job}/tasks", {"id": self.task, **BODY})
            if self.state in ("imported-awaitCompletion", "imported-onFailure"):
                self._emulator.run_task(self.job, self.task, state="completed", exitCode=0)

    def move(self) -> None:
        """From as declared into the cell's state. What is on its way then stays so for the `looks` of the account."""
        pool, job, task = f"/pools/{self.pool}", f"/jobs/{self.job}", f"/jobs/{self.job}/tasks/{self.task}"
        parent = job if self.kind == "Task" else pool
        state = self.state
        if state in FAULTS:
            for path in (parent, f"{parent}/*", job, f"{job}/*"):
                self._emulator.fault(path=path, times=FOREVER, **FAULTS[state])
        elif state == "drifted":
            self._drift()
        elif state in ("gone", "gone-ignored", "imported-onMissing"):
            self._remove({"PoolProperties": "", "Job": job, "Task": task}[self.kind])
        elif state in ("parent-gone", "parent-remade"):
            self._remove(parent)
        elif state == "parent-younger":
            self._remove(parent)
            self._emulator.advance(60)
            self._make_job() if self.kind == "Task" else self._emulator.post("/pools", {**POOL, "id": self.pool})
        elif state == "task-failed":
            self._emulator.run_task(self.job, self.task, state="completed", exitCode=1)
        elif state == "pool-deleting":
            self._begin("DELETE", pool)
        elif state == "job-disabled":
            self._emulator.post(f"{job}/disable", {"disableTasks": "requeue"})
            self._until("disabled", job)
        elif state != "as-declared" and not state.startswith(("another-account", IMPORTED)):
            if state.startswith("gone-"):
                self._remove(task)
            if state.endswith("completed"):
                assert self._emulator.call("POST", f"{job}/terminate").status == 202
                self._until("completed", job)
            elif state.endswith("terminating"):
                self._begin("POST", f"{job}/terminate")
            else:
                self._begin("DELETE", job)

    def _make_job(self) -> None:
        self._emulator.post("/jobs", {"id": self.job, "poolInfo": {"poolId": self.pool}})

    def _drift(self) -> None:
        if self.kind == "PoolProperties":
            changed = {**NOTHING, "startTask": {"commandLine": "cmd /c of another client"}}
            self._emulator.post(f"/pools/{self.pool}/updateproperties", changed)
        elif self.kind == "Job":
            assert self._emulator.call("PATCH", f"/jobs/{self.job}", {"priority": 77}).status == 200
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
