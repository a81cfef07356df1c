"""Places for resources on a random server and in a random program, and how each of the two is changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, ClassVar, Final

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.validation.check import check
from tests.e2e.programs import resource
from tests.emulator_process import V2025, EmulatorProcess
from tests.generated.bodies import bodies
from tests.soak.draws import drawn

Body = dict[str, Any]

HOST: Final[Body] = {
    "id": "host",
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
}
"""A job that no stack manages and that any task fits into."""
MACHINE: Final[Body] = {
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
_LISTS: Final[Body] = {"applicationPackageReferences": [], "metadata": []}


class Slot(ABC):
    """One resource: `declared` is what the program says of it, None when it says nothing."""

    kind: ClassVar[str]
    model: ClassVar[type[Model]]

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body]) -> None:
        self.number = number
        self.random = random
        self.declared: Body | None = None
        self._bodies = pool_of_bodies

    @property
    def name(self) -> str:
        return f"{self.kind.lower()}-{self.number}"

    @property
    @abstractmethod
    def id(self) -> str: ...

    @abstractmethod
    def placed(self, body: Body) -> Body:
        """The inputs with their ids, and without what this run has no use for."""

    @abstractmethod
    def disturb(self, account: EmulatorProcess) -> None:
        """Another client changes the server."""

    def fresh(self) -> Body:
        return self.placed(exact(FieldType("object", model=self.model), written(self.random.choice(self._bodies))))

    def server(self, account: EmulatorProcess) -> Body | None:
        """What the service has of the properties that the resource manages; None when it is not there."""
        reply = account.call("GET", f"/{self.id}")
        if reply.status == 404 or reply.body.get("state") == "deleting":
            return None
        wire = [name for name, prop in self.model.properties().items() if prop.traits.in_body]
        return {name: reply.body[name] for name in wire if name in reply.body}

    def rewrite(self) -> None:
        """The program is edited: a property, all of them, or the resource itself."""
        if self.declared is None:
            self.declared = self.fresh() if self.random.random() < 0.7 else None
            return
        chance = self.random.random()
        if chance < 0.3:
            return
        if chance < 0.45:
            self.declared = None
        elif chance < 0.7:
            self.declared = self.fresh()
        else:
            other = self.fresh()
            names = [name for name in {**self.declared, **other} if self._optional(name)]
            changed = {name for name in names if self.random.random() < 0.3}
            kept = {name: value for name, value in self.declared.items() if name not in changed}
            body = self.placed({**kept, **{name: value for name, value in other.items() if name in changed}})
            self.declared = self.fresh() if check(self.model, body, V2025).violations else body

    def _optional(self, name: str) -> bool:
        return not self.model.properties()[name].required

    def program(self) -> dict[str, Any] | None:
        """As a YAML program has it."""
        return None if self.declared is None else resource(self.kind, escaped(self.declared))


class PoolSlot(Slot):
    kind = "PoolProperties"
    model = PoolProperties

    @property
    def id(self) -> str:
        return f"pools/p{self.number}"

    def placed(self, body: Body) -> Body:
        return {**body, "poolId": f"p{self.number}", "takeOver": True}

    def make(self, account: EmulatorProcess) -> None:
        account.post("/pools", {"id": f"p{self.number}", **MACHINE})

    def disturb(self, account: EmulatorProcess) -> None:
        chosen = {name: value for name, value in self.fresh().items() if name in (*_LISTS, "startTask") and value}
        account.post(f"/{self.id}/updateproperties", {**_LISTS, **chosen})


class JobSlot(Slot):
    kind = "Job"
    model = Job

    @property
    def id(self) -> str:
        return f"jobs/j{self.number}"

    def placed(self, body: Body) -> Body:
        # What ends a job by itself, keeps it when it is to be replaced, or never changes has tests of its own.
        left = ("displayName", "onAllTasksComplete", "deletionPolicy", "onMissing")
        own = {name: value for name, value in body.items() if name not in left}
        if isinstance(own.get("constraints"), Mapping):
            own["constraints"] = {k: v for k, v in own["constraints"].items() if k != "maxWallClockTime"}
        return {**own, "jobId": f"j{self.number}", "takeOver": True}

    def disturb(self, account: EmulatorProcess) -> None:
        there = self.server(account) is not None
        if not there:
            return
        if self.random.random() < 0.3:
            account.call("DELETE", f"/{self.id}")
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

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body], parent: JobSlot | None) -> None:
        super().__init__(number, random, pool_of_bodies)
        self.parent = parent

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

    def disturb(self, account: EmulatorProcess) -> None:
        if self.declared is None or self.server(account) is None:
            return
        assert account.call("DELETE", f"/{self.id}").status == 200
        if self.random.random() < 0.5:
            body = {"id": f"t{self.number}", "commandLine": "what another client runs"}
            assert account.call("POST", f"/jobs/{self.job}/tasks", body).status == 201


def slots(count: int, random: Random) -> list[Slot]:
    """Of every kind, jobs before the tasks in them."""
    found: list[Slot] = []
    drawn_bodies = {
        model: drawn(bodies(model, V2025), 10 * count, random.randrange(10**6))
        for model in (PoolProperties, Job, JobSchedule, Task)
    }
    jobs = [JobSlot(number, random, drawn_bodies[Job]) for number in range(count // 4)]
    found += jobs
    for number in range(count // 8):
        found.append(ScheduleSlot(number, random, drawn_bodies[JobSchedule]))
    for number in range(count // 3):
        found.append(PoolSlot(number, random, drawn_bodies[PoolProperties]))
    for number in range(count - len(found)):
        parent = random.choice(jobs) if jobs and number % 3 == 0 else None
        found.append(TaskSlot(number, random, drawn_bodies[Task], parent))
    return found


def exact(field_type: FieldType, value: Any) -> Any:
    """With enumerated words in the casing of the schema: a YAML program takes no other."""
    if isinstance(value, Mapping) and field_type.model is not None:
        inner = field_type.model.properties()
        return {name: exact(inner[name].type, item) for name, item in value.items() if item is not None}
    if isinstance(value, list) and field_type.item is not None:
        item_shape = field_type.item
        return [exact(item_shape, item) for item in value]
    if isinstance(value, str) and field_type.enum is not None:
        return next(str(word.value) for word in field_type.enum if str(word.value).casefold() == value.casefold())
    return value


def escaped(value: Any) -> Any:
    """With `${` as a YAML program must spell it."""
    return spelled(value, lambda text: text.replace("${", "$${"))


def written(value: Any) -> Any:
    """With only such characters as a YAML file may have as they are, or by the escapes that JSON has for them."""
    return spelled(value, lambda text: "".join(c if c.isprintable() and c <= "\ud7ff" else _other(c) for c in text))


def _other(character: str) -> str:
    return chr(0x4E00 + ord(character) % 0x5000)


def spelled(value: Any, spell: Callable[[str], str]) -> Any:
    """A copy with every text spelled in another way."""
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, Mapping):
        return {spell(name): spelled(item, spell) for name, item in value.items()}
    if isinstance(value, list):
        return [spelled(item, spell) for item in value]
    return value
