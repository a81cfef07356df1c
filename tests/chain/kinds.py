"""What the life of a property is for each type: how its entities change on the server, and what needs a new one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import replace
from typing import Any, ClassVar, Final

from azure_batch_provider import registry
from azure_batch_provider.models.base import API_2024, API_2025, Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.models.pool import Pool
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.task_set import SOURCES
from tests.chain.entities import Entity, gathered, shared
from tests.chain.links import Hidden, Kept, Link, in_entry, links
from tests.e2e.conftest import POOL
from tests.emulator_process import EmulatorProcess

PARENT: Final = {
    "id": "parent",
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
}
RESET: Final[dict[str, Any]] = {
    "priority": 0,
    "maxParallelTasks": -1,
    "allowTaskPreemption": False,
    "constraints": {},
    "metadata": [],
}
"""What a PATCH says to take a property back; what is not here cannot be taken back."""
PATCHED: Final = frozenset({*RESET, "onAllTasksComplete", "networkConfiguration"})
KEPT_BUSY: Final = {"id": "manager", "commandLine": "work"}
LISTS: Final = {
    API_2025: ("metadata", "applicationPackageReferences"),
    API_2024: ("metadata", "applicationPackageReferences", "certificateReferences"),
}
"""What a replacement of the properties must hold, by api-version."""

SIZED: Final = (
    *("targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"),
    *("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval"),
)
"""What another request than PATCH changes, and what changes together."""


class Kind(ABC):
    """A type of resource in one api-version, on an account."""

    model: ClassVar[type[Model]]
    takes_secrets_later: ClassVar[bool] = False
    """Whether what the service never shows can be sent to what is there already."""

    def __init__(self, emulator: EmulatorProcess, version: str) -> None:
        self.emulator = emulator
        self.version = version

    @classmethod
    def token(cls) -> str:
        return f"azure-batch:index:{cls.model.__name__}"

    @property
    def type(self) -> str:
        return self.model.__name__

    def entities(self) -> list[Entity]:
        """Entities with all properties, and on the server what they need before they can be made."""
        suffix = "" if self.version == API_2025 else "-2024"
        found = shared(self, self.links())
        return [
            self.placed(replace(entity, name=f"{self.type}{number}{suffix}"), f"{self.type}{number}{suffix}")
            for number, entity in enumerate(found)
        ]

    def links(self) -> list[Link]:
        """Every property that has a life of its own."""
        return links(self.model, self.version)

    @abstractmethod
    def placed(self, entity: Entity, name: str) -> Entity:
        """The entity where it belongs, under this name."""

    @abstractmethod
    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        """Whether a change of the property from a value, of a kind (`add`, `delete`, `update`), needs a new entity."""

    @abstractmethod
    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        """Make the entity on the server have this body, behind the engine's back."""

    def alone(self, link: Link) -> Hashable:
        """Links share an entity only where this is the same."""
        return None

    def besides(self, entity: Entity) -> dict[str, Any]:
        """Another top-level property than the links', with a value that can be added to any entity in place."""
        return {}

    def checked(self, declared: dict[str, Any]) -> dict[str, Any]:
        """What a program declares, with what the provider adds to it."""
        return declared

    def compared(self, old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
        """What tells two declarations apart."""
        return list(differences(self.model, old, new))

    def spelt(self, declared: dict[str, Any]) -> dict[str, Any]:
        """What a program in YAML says for it."""
        return declared

    def sent(self, declared: dict[str, Any]) -> dict[str, Any]:
        """The request body of what a program declares."""
        properties = self.model.properties()
        said = [(properties[name], part) for name, part in declared.items()]
        return {prop.wire_name: part for prop, part in said if prop.traits.in_body}

    def server(self, entity: Entity) -> dict[str, Any]:
        """The entity as the service shows it."""
        return dict(self.emulator.get(f"/{entity.id}", self.version))


class Tasks(Kind):
    """Tasks of one job; on the server a task can only be changed by adding another one of its id."""

    model = Task

    def entities(self) -> list[Entity]:
        found = super().entities()
        if found:
            self.emulator.post("/jobs", PARENT)
        return found

    def placed(self, entity: Entity, name: str) -> Entity:
        return replace(entity, id=f"jobs/parent/tasks/{name}", own={"jobId": "parent", "taskId": name})

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return self.model.requires_replace(str(link.sample.path[0]))

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        assert self.emulator.call("DELETE", f"/{entity.id}").status == 200
        self.emulator.post("/jobs/parent/tasks", body)


class Collections(Kind):
    """Tasks of maps, each property in a task of its own, all in one collection for each fate. The properties of
    defaults and of a sweep's task are those of any task: of them one stands for all here."""

    model = TaskCollection

    def entities(self) -> list[Entity]:
        found = self.links()
        own = [link for link in found if link.sample.path[0] == "tasks" and len(link.sample.path) > 1]
        entries = [in_entry(link, f"t{number}") for number, link in enumerate(own)]
        entities = [*gathered(self, entries), *shared(self, [kept for link in found if (kept := _of_all(link))])]
        return [
            self.placed(replace(entity, name=f"{self.type}{number}"), f"c{number}")
            for number, entity in enumerate(entities)
        ]

    def placed(self, entity: Entity, name: str) -> Entity:
        self.emulator.post("/jobs", {**PARENT, "id": name})
        return replace(entity, id=f"jobs/{name}/tasks", own={"jobId": name})

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return self.model.requires_replace(str(link.sample.path[0]))

    def alone(self, link: Link) -> Hashable:
        return link.sample.path[0] if link.sample.path[0] in SOURCES else None  # one may hide what another says

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        job = entity.own["jobId"]
        for id in body["tasks"]:
            assert self.emulator.call("DELETE", f"/jobs/{job}/tasks/{id}").status == 200
        tasks = [{"id": id, **task} for id, task in body["tasks"].items()]
        for start in range(0, len(tasks), 100):
            self.emulator.post(f"/jobs/{job}/addtaskcollection", {"value": tasks[start : start + 100]})

    def besides(self, entity: Entity) -> dict[str, Any]:
        return {"onAllTasksComplete": "terminatejob"}

    def server(self, entity: Entity) -> dict[str, Any]:
        tasks = {task["id"]: task for task in super().server(entity)["value"]}
        job = self.emulator.get(f"/jobs/{entity.own['jobId']}", self.version)
        return {"tasks": tasks, "onAllTasksComplete": job["onAllTasksComplete"]}


def _of_all(link: Link) -> Link | None:
    """A link to what is of all tasks of a collection, None for what is not tried on the engine."""
    path = link.sample.place.path
    if path[0] == "tasks":
        return link if len(path) == 1 else None
    if path == ("sweep", "taskIdFormat"):
        return Kept(link.sample)
    inner = path[1:] if path[0] == "defaults" else path[2:] if path[:2] == ("sweep", "task") else ("commandLine",)
    if link.sample.second is None or inner not in ((), ("commandLine",)):
        return None
    return Hidden(link.sample)


class Jobs(Kind):
    """What PATCH cannot change takes a new job, on the server as well."""

    model = Job

    def placed(self, entity: Entity, name: str) -> Entity:
        own: dict[str, Any] = {"jobId": name}
        if entity.tops == {"onAllTasksComplete"}:
            own["jobManagerTask"] = KEPT_BUSY  # a job without tasks would end at once
        return replace(entity, id=f"jobs/{name}", own=own)

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        if not link.in_body or link.prop.traits.fixed:
            return False
        top = link.sample.path[0]
        if top == "onAllTasksComplete":
            return bool(old == "terminatejob")
        if top == "networkConfiguration" and link.sample.path == (top,):
            return kind == "delete"
        return top not in PATCHED

    def alone(self, link: Link) -> Hashable:
        top = link.sample.path[0]
        return top if top in PATCHED or link.prop.traits.fixed else None

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        top = min(entity.tops)
        if top in RESET or (top in PATCHED and top in body and top != "onAllTasksComplete"):
            assert self.emulator.call("PATCH", f"/{entity.id}", {top: body.get(top, RESET.get(top))}).status == 200
            return
        assert self.emulator.call("DELETE", f"/{entity.id}").status == 202
        assert self.emulator.call("GET", f"/{entity.id}").status == 404
        self.emulator.post("/jobs", body, self.version)

    def besides(self, entity: Entity) -> dict[str, Any]:
        return {"maxParallelTasks": 77} if "priority" in entity.tops else {"priority": 77}


class Schedules(Kind):
    """All but the name changes in place. None makes a job: what its jobs are is not its business any more."""

    model = JobSchedule
    takes_secrets_later = True

    def placed(self, entity: Entity, name: str) -> Entity:
        own: dict[str, Any] = {"jobScheduleId": name}
        if "schedule" not in entity.tops:
            own["schedule"] = {"doNotRunUntil": "2099-01-31T18:00:00Z"}
        return replace(entity, id=f"jobschedules/{name}", own=own)

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return False

    def alone(self, link: Link) -> Hashable:
        return link.sample.path[0]

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        (top,) = entity.tops
        if top in ("schedule", "jobSpecification", "metadata"):
            assert self.emulator.call("PATCH", f"/{entity.id}", {top: body.get(top, [])}, self.version).status == 200
            return
        assert self.emulator.call("DELETE", f"/{entity.id}").status == 202
        assert self.emulator.call("GET", f"/{entity.id}").status == 404
        self.emulator.post("/jobschedules", body, self.version)

    def besides(self, entity: Entity) -> dict[str, Any]:
        if "metadata" in entity.tops:
            return {}
        return {"metadata": [{"name": "besides", "value": "this"}]}


class Pools(Kind):
    """Properties of pools, all of which change in place."""

    model = PoolProperties
    takes_secrets_later = True

    def placed(self, entity: Entity, name: str) -> Entity:
        self.emulator.post("/pools", {**POOL, "id": name})
        return replace(entity, id=f"pools/{name}", own={"poolId": name})

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return False

    def alone(self, link: Link) -> Hashable:
        return link.sample.path[0] == "metadata"

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        whole = {**{name: [] for name in LISTS[self.version]}, **body}
        self.emulator.post(f"/{entity.id}/updateproperties", whole, self.version)

    def besides(self, entity: Entity) -> dict[str, Any]:
        if "metadata" in entity.tops:
            return {"applicationPackageReferences": [{"applicationId": "besides"}]}
        return {"metadata": [{"name": "besides", "value": "this"}]}


class WholePools(Kind):
    """Pools without nodes, unless it is their number that changes: nearly all changes in place."""

    model = Pool
    takes_secrets_later = True

    def placed(self, entity: Entity, name: str) -> Entity:
        return replace(entity, id=f"pools/{name}", own={"poolId": name})

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        top = link.sample.path[0]
        return kind == "delete" and link.sample.path == (top,) and top in ("networkConfiguration", "upgradePolicy")

    def alone(self, link: Link) -> Hashable:
        top = link.sample.path[0]
        return "size" if top in SIZED else top if top == "metadata" or link.prop.traits.fixed else None

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        assert self.emulator.call("DELETE", f"/{entity.id}").status == 202
        assert self.emulator.call("GET", f"/{entity.id}").status == 404
        self.emulator.post("/pools", body, self.version)
        self.emulator.settle()

    def besides(self, entity: Entity) -> dict[str, Any]:
        if "metadata" in entity.tops:
            return {"applicationPackageReferences": [{"applicationId": "besides"}]}
        return {"metadata": [{"name": "besides", "value": "this"}]}


KINDS: Final[tuple[type[Kind], ...]] = (Tasks, Collections, Jobs, Schedules, Pools, WholePools)
DYNAMIC: Final = tuple(kind for kind in KINDS if registry.RESOURCES[kind.token()].dynamic)
"""Those that a program can also declare without the plugin."""


def is_nested(entity: Entity) -> bool:
    """Whether all its properties are those of the jobs that a schedule makes, or of the pools that a job makes."""
    if isinstance(entity.kind, Schedules):
        return entity.tops == {"jobSpecification"}
    pool = ("poolInfo", "autoPoolSpecification", "pool")
    return isinstance(entity.kind, Jobs) and all(link.sample.path[: len(pool)] == pool for link in entity.links)
