"""Places for collections of tasks, each in a job of another client, who adds tasks of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.lifecycle.naming import auto_name
from azure_batch_provider.models.task_collection import TaskCollection
from tests.emulator_process import EmulatorProcess
from tests.soak.slot import Body, Slot, Step

JOB: Final[Body] = {
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
}
"""One that any task fits into."""
_OTHERS: Final = "of-others-"


class TaskCollectionSlot(Slot):
    """No node runs its tasks: what waits for their end, or follows from it, has tests of its own."""

    kind = "TaskCollection"
    model = TaskCollection

    @property
    def job(self) -> str:
        return f"c{self.number}"

    @property
    def id(self) -> str:
        name = auto_name(self.name, f"urn:pulumi:dev::e2e::azure-batch:index:TaskCollection::{self.name}")
        return f"jobs/{self.job}/collections/{name}"

    def make(self, account: EmulatorProcess) -> None:
        account.post("/jobs", {"id": self.job, **JOB})

    def placed(self, body: Body) -> Body:
        left = ("awaitCompletion", "onFailure", "onAllTasksComplete", "onMissing", "triggers")
        return {**{name: value for name, value in body.items() if name not in left}, "jobId": self.job}

    def _optional(self, name: str) -> bool:
        """What tasks are made of is changed together: a default may be all that one of them has."""
        return name not in ("defaults", "tasks", "sweep") and super()._optional(name)

    def server(self, account: EmulatorProcess) -> Body | None:
        """The tasks of others, which nothing may happen to."""
        return {task["id"]: task for task in self._tasks(account) if task["id"].startswith(_OTHERS)}

    def _tasks(self, account: EmulatorProcess) -> list[Body]:
        found: list[Body] = account.get(f"/jobs/{self.job}/tasks?$select=id,commandLine,creationTime")["value"]
        return found

    def disturb(self, account: EmulatorProcess) -> None:
        task = f"{_OTHERS}{self.random.randrange(10**6)}"
        account.post(f"/jobs/{self.job}/tasks", {"id": task, "commandLine": "what another client runs"})
        own = [task["id"] for task in self._tasks(account) if not task["id"].startswith(_OTHERS)]
        for id in own if self.declared is not None else ():
            if self.random.random() < 0.3:
                assert account.call("DELETE", f"/jobs/{self.job}/tasks/{id}").status == 200
                if self.random.random() < 0.5:
                    account.post(f"/jobs/{self.job}/tasks", {"id": id, "commandLine": "what another client runs"})

    def sent(self, entry: Mapping[str, Any]) -> str | None:
        path = str(entry["path"])
        if path == f"/jobs/{self.job}/addtaskcollection":
            return " ".join(["add", *(task["id"] for task in entry["body"]["value"])])
        tasks = f"/jobs/{self.job}/tasks/"
        return f"{entry['method']} {path[len(tasks) :]}" if path.startswith(tasks) else None

    def agrees(self, step: Step) -> bool:
        """Whether as many tasks were added, removed and added again as the preview said."""
        added = [id for what in step.sent if what.startswith("add ") for id in what.split(" ")[1:]]
        removed = [what.partition(" ")[2] for what in step.sent if what.startswith("DELETE ")]
        if any(id.startswith(_OTHERS) for id in (*added, *removed)):
            return False
        if step.operation in ("same", "delete"):
            return added == [] and (step.operation == "delete" or removed == [])
        again = set(added) & set(removed)
        counts = {"adds": len(added) - len(again), "removes": len(removed) - len(again), "re-adds": len(again)}
        said = {name: self._said(step, name) for name in counts}
        return counts == said

    def _said(self, step: Step, what: str) -> int:
        lines = [line for line in step.plan.diagnostics.splitlines() if line.startswith(f"{self.id} ")]
        found = [int(number) for line in lines for number in re.findall(rf"(?:^|[ ]){what} (\d+)", line)]
        return found[0] if found else 0
