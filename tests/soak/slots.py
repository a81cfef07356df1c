"""Places for jobs, job schedules and tasks, and all the places of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.models.task import Task
from tests.emulator_process import EmulatorProcess
from tests.soak.collection_slot import JOB, TaskCollectionSlot
from tests.soak.pool_slots import PoolPropertiesSlot, PoolSlot
from tests.soak.slot import Body, Slot, Step

HOST: Final[Body] = {"id": "host", **JOB}
"""A job that no stack manages and that any task fits into."""


DISABLE: Final[Body] = {"disableTasks": "requeue"}


class JobSlot(Slot):
    kind = "Job"
    model = Job

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body], pools: list[PoolSlot]) -> None:
        super().__init__(number, random, pool_of_bodies)
        self._pools = pools

    @property
    def id(self) -> str:
        return f"jobs/j{self.number}"

    def placed(self, body: Body) -> Body:
        # What ends a job by itself, keeps it when it is to be replaced, or never changes has tests of its own.
        left = ("displayName", "onAllTasksComplete", "deletionPolicy", "onMissing")
        own = {name: value for name, value in body.items() if name not in left}
        if isinstance(own.get("constraints"), Mapping):
            own["constraints"] = {k: v for k, v in own["constraints"].items() if k != "maxWallClockTime"}
        if self._pools and self.random.random() < 0.5:
            own["poolInfo"] = {"poolId": f"w{self.random.choice(self._pools).number}"}
        if self.random.random() < 0.3:
            own["movePool"] = True
        if own.get("disableTasks") == "wait":
            # No node runs what other clients have added: it would never end.
            own["disableTasks"] = "requeue"
        return {**own, "jobId": f"j{self.number}", "takeOver": True}

    def program(self) -> dict[str, Any] | None:
        """Half of the jobs refer to a pool of the same program that they name. They come after the pools: what the
        engine does with one that leaves a pool which is replaced depends on which of the two comes first."""
        found = super().program()
        if found is None or self.number % 2 == 0:
            return found
        found["options"] = {"dependsOn": [f"${{{pool.name}}}" for pool in self._pools if pool.declared is not None]}
        for pool in self._pools:
            if pool.declared is not None and found["properties"]["poolInfo"].get("poolId") == f"w{pool.number}":
                found["properties"]["poolInfo"] = {"poolId": "${" + pool.name + ".poolId}"}
        return found

    def sent(self, entry: Mapping[str, Any]) -> str | None:
        found = str(entry["path"]).lstrip("/").removeprefix(f"{self.id}/")
        return found if entry["method"] == "POST" and found in ("disable", "enable") else super().sent(entry)

    def agrees(self, step: Step) -> bool:
        """One that moves is disabled for that."""
        moves = f"{self.id} moves to " in step.plan.diagnostics or f"{self.id} gets another `" in step.plan.diagnostics
        if not moves or step.operation not in ("update", "create"):
            return super().agrees(step)
        return list(step.sent) == ["disable", "PATCH", "enable"]

    def disturb(self, account: EmulatorProcess) -> None:
        if self.server(account) is None:
            return
        if self.random.random() < 0.3:
            account.call("DELETE", f"/{self.id}")
            account.settle()
            return
        if self.random.random() < 0.2:
            disabled = account.get(f"/{self.id}")["state"] == "disabled"
            account.post(f"/{self.id}/{'enable' if disabled else 'disable'}", None if disabled else DISABLE)
            account.settle()
            return
        if self.random.random() < 0.5:
            task = f"of-others-{self.random.randrange(10**6)}"
            assert account.call("POST", f"/{self.id}/tasks", {"id": task, "commandLine": "true"}).status == 201
            if self.random.random() < 0.5:
                account.run_task(f"j{self.number}", task, state="running")
            return
        changes = {
            "priority": self.random.randrange(-1000, 1001),
            "maxParallelTasks": self.random.choice([-1, 1, 5]),
            "allowTaskPreemption": self.random.random() < 0.5,
            "metadata": [{"name": "owner", "value": "another client"}],
            "constraints": {"maxTaskRetryCount": self.random.randrange(-1, 5)},
        }
        chosen = self.random.sample(sorted(changes), self.random.randint(1, len(changes)))
        reply = account.call("PATCH", f"/{self.id}", {name: changes[name] for name in chosen})
        assert reply.status == 200, reply.body


class ScheduleSlot(Slot):
    """A job schedule whose time is yet to come: what it makes is not its business any more."""

    kind = "JobSchedule"
    model = JobSchedule

    @property
    def id(self) -> str:
        return f"jobschedules/s{self.number}"

    def placed(self, body: Body) -> Body:
        left = ("displayName", "deletionPolicy", "onMissing")
        own = {name: value for name, value in body.items() if name not in left}
        return {**own, "schedule": self._times(), "jobScheduleId": f"s{self.number}", "takeOver": True}

    def server(self, account: EmulatorProcess) -> Body | None:
        """Without the retries that a job manager has from its job."""
        found = super().server(account)
        specification = (found or {}).get("jobSpecification") or {}
        manager = (specification.get("jobManagerTask") or {}).get("constraints") or {}
        if manager.get("maxTaskRetryCount") == (specification.get("constraints") or {}).get("maxTaskRetryCount"):
            manager.pop("maxTaskRetryCount", None)
        return found

    def _times(self) -> Body:
        return {"doNotRunUntil": "2099-01-01T00:00:00Z", "recurrenceInterval": f"P{self.random.randint(1, 9)}D"}

    def disturb(self, account: EmulatorProcess) -> None:
        if self.server(account) is None:
            return
        if self.random.random() < 0.3:
            account.call("DELETE", f"/{self.id}")
            account.settle()
            return
        changes = {
            "schedule": self._times(),
            "jobSpecification": self.fresh()["jobSpecification"],
            "metadata": [{"name": "owner", "value": "another client"}],
        }
        chosen = self.random.sample(sorted(changes), self.random.randint(1, len(changes)))
        reply = account.call("PATCH", f"/{self.id}", {name: changes[name] for name in chosen})
        assert reply.status == 200, reply.body


class TaskSlot(Slot):
    """A task in a job of nobody's, or in one that the same program declares."""

    kind = "Task"
    model = Task

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body], jobs: list[JobSlot]) -> None:
        super().__init__(number, random, pool_of_bodies)
        self.parent = random.choice(jobs) if jobs and number % 3 == 0 else None

    @property
    def job(self) -> str:
        return "host" if self.parent is None else f"j{self.parent.number}"

    @property
    def id(self) -> str:
        return f"jobs/{self.job}/tasks/t{self.number}"

    def placed(self, body: Body) -> Body:
        own = {"jobId": self.job, "taskId": f"t{self.number}"}
        if self.parent is None:
            # No node runs a task here: what waits for its end has tests of its own.
            return {**{k: v for k, v in body.items() if k not in ("awaitCompletion", "onFailure")}, **own}
        return {"commandLine": body["commandLine"], "requiredSlots": self.random.randint(1, 3), **own}

    def program(self) -> dict[str, Any] | None:
        found = super().program()
        if found is None or self.parent is None:
            return found
        if self.parent.declared is None:
            return None
        found["properties"]["jobId"] = "${" + self.parent.name + ".jobId}"
        return found

    def _may_be_gone(self, step: Step) -> bool:
        """A job that goes takes its tasks with it."""
        return True

    def disturb(self, account: EmulatorProcess) -> None:
        if self.declared is None or self.server(account) is None:
            return
        assert account.call("DELETE", f"/{self.id}").status == 200
        if self.random.random() < 0.5:
            body = {"id": f"t{self.number}", "commandLine": "what another client runs"}
            assert account.call("POST", f"/jobs/{self.job}/tasks", body).status == 201


def slots(count: int, random: Random) -> list[Slot]:
    """Of every kind, pools before the jobs that name them, and jobs before the tasks in them."""
    pools = PoolSlot.made(count // 8, random)
    jobs = JobSlot.made(count // 4, random, pools)
    apart: list[Slot] = []
    for kind, share in ((ScheduleSlot, 8), (PoolPropertiesSlot, 6), (TaskCollectionSlot, 12)):
        apart += kind.made(count // share, random)
    tasks = TaskSlot.made(count - len(pools) - len(jobs) - len(apart), random, jobs)
    return [*pools, *jobs, *apart, *tasks]
