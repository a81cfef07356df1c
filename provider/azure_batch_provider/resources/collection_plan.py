"""What a collection of tasks is planned to become, and what is said of that before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle import refusals as shared
from azure_batch_provider.lifecycle.imported import IMPORTED, Import
from azure_batch_provider.lifecycle.naming import auto_name
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.common import OnMissing, ends
from azure_batch_provider.models.completion import OnFailure
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.sweep import task_id_format
from azure_batch_provider.properties.task_set import SOURCES, TaskSet
from azure_batch_provider.resources.collection_changes import Changes, changes
from azure_batch_provider.resources.collection_check import inspected
from azure_batch_provider.resources.collection_forecast import CollectionForecast
from azure_batch_provider.resources.completion import FAILED
from azure_batch_provider.resources.ids import collection_id, job_id, split_collection_id, task_id
from azure_batch_provider.resources.task_job import END_TWICE
from azure_batch_provider.resources.task_record import recorded_tasks
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.inputs import Inputs

END: Final = "onAllTasksComplete"
FAILED_TASKS: Final = "failed"
"""In what a state remembers: the ids of tasks that were waited for and have failed."""


class CollectionPlan(Lifecycle):
    """Which tasks exist is known from what the state remembers and from the service, never from old inputs alone:
    after an update that failed these are older than what is there."""

    model = TaskCollection
    token = "azure-batch:index:TaskCollection"
    noun = "collection"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId",)
    imports = False
    left: Unfinished | None = None

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return collection_id(inputs.get("jobId"), auto_name(self.call.name, self.call.urn))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobId": split_collection_id(id)}

    # Check

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        if not sound:
            return Findings([], [])
        found = inspected(inputs)
        job, end = inputs["jobId"], inputs.get(END)
        if isinstance(job, str) and ends(end):
            for urn in self.ledger.declares_end(self.call.urn, job, str(end)):
                found.violations.append(Violation((END,), END_TWICE.format(urn=urn)))
        return found

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        """With the format of the sweep's ids that was chosen first: another one would be other tasks."""
        sweep = news.values.get("sweep")
        if not isinstance(sweep, Mapping) or sweep.get("taskIdFormat") is not None:
            return news.values
        before = olds.get("sweep")
        kept = before.get("taskIdFormat") if isinstance(before, Mapping) else None
        return {**news.values, "sweep": {**sweep, "taskIdFormat": task_id_format(sweep, kept)}}

    # Diff

    def compared(self, old: State, news: Mapping[str, Any]) -> Iterable[Difference]:
        """Differences that change a task; what only says the same otherwise is none."""
        found = list(differences(TaskCollection, old.inputs, news))
        of_tasks = [item for item in found if item.path[0] in SOURCES]
        rest = [item for item in found if item.path[0] not in SOURCES]
        due = self.due(old, news)
        self._hold_recorded(old)
        if not due:
            hidden = Import(TaskCollection, old.private)
            return [*(item for item in of_tasks if hidden.records(item)), *rest]
        if not due.open:  # what only moved to the defaults, or is written otherwise, is no change of its task
            changed = {id.casefold() for id in (*due.added, *due.removed, *due.again)}
            of_tasks = [item for item in of_tasks if not _is_of_other_task(item, changed)]
        told = {str(item.path[1]).casefold() for item in of_tasks if item.path[0] == "tasks" and len(item.path) > 1}
        if any(item.path[0] != "tasks" for item in of_tasks) or ("tasks",) in [item.path for item in of_tasks]:
            return [*of_tasks, *rest]
        return [*of_tasks, *_by_task(due, told), *rest]

    def due(self, old: State, news: Mapping[str, Any]) -> Changes:
        imported = self.imports or old.private.get(IMPORTED) is True
        left = self.left or old.unfinished
        failed = left is not None and left.what == FAILED and news.get("awaitCompletion") is not None
        rerun = old.private.get(FAILED_TASKS, ()) if failed and OnFailure.RERUN.matches(news.get("onFailure")) else ()
        return changes(old.inputs, recorded_tasks(old.private), news, imported=imported, rerun=rerun)

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """A job that this operation makes again has lost its tasks; and a wait that is not over goes on in an update,
        also where nothing tells the engine of it (a failure has no room for a large state)."""
        waits = old.unfinished is not None and new.get("awaitCompletion") is not None
        if waits and not found:
            return [Difference(("awaitCompletion",), "update", old.recorded("awaitCompletion"), new["awaitCompletion"])]
        job = old.recorded("jobId")
        remade = self.ledger.is_created(job_id(job)) and not self.ledger.is_created(old.id)
        ignored = OnMissing.IGNORE.matches(new.get("onMissing"))
        if not remade or ignored or any(item.path[0] == "jobId" for item in found):
            return []
        return [Difference(("jobId",), "update", job, new.get("jobId"))]

    @property
    def forecast(self) -> CollectionForecast:
        return CollectionForecast(self.session, self.call)

    # whose the tasks are

    def _hold_recorded(self, old: State) -> None:
        job = old.recorded("jobId")
        self.ledger.parts.hold(old.id, self.call.urn, parts(job, self.ids(old)))

    def hold(self, id: str, job: str, tasks: TaskSet) -> None:
        taken = self.ledger.hold(self.call.urn, id, parts(job, tasks), preview=self.call.preview)
        if taken is not None:
            id = next(task_id(job, name) for name in tasks if task_id(job, name).casefold() == taken[0])
            raise shared.ID_TAKEN(id=id, urn=taken[1])

    def unshared(self, id: str, job: str, ids: list[str]) -> list[str]:
        """Those of the tasks to delete that no other resource has taken over in this operation."""
        others = self.ledger.sharers(self.call.urn, id, parts(job, ids))
        if others:
            self.call.warn(
                f"{len(others):,} tasks are not deleted, because they belong to {next(iter(others.values()))} as well."
            )
        return [id for id in ids if task_id(job, id).casefold() not in others]

    def ids(self, old: State) -> Iterable[str]:
        record = recorded_tasks(old.private)
        return TaskSet(old.inputs) if record is None else [entry.id for entry in record]

    # Create

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        tasks, job = TaskSet(inputs), inputs.get("jobId")
        ids = list(tasks)
        due = Changes(again=ids, open=tasks.open) if replacing else Changes(added=ids, open=tasks.open)
        self.forecast.say(id, due)
        if not isinstance(job, str):
            return
        self.hold(id, job, tasks)
        if self.ledger.is_created(job_id(job)):
            return
        try:
            self.forecast.must_fit(job, tasks, due)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.call.warn(f"{job_id(job)} does not exist: `pulumi up` fails here unless something creates it before.")
            return
        self.ledger.plan(id)
        self.forecast.of_completion(job, inputs, tasks)
        if not replacing:
            self.forecast.must_not_differ(job, tasks, ids, awaited=inputs.get("awaitCompletion") is not None)


def parts(job: Any, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(task_id(job, id).casefold() for id in ids) if isinstance(job, str) else frozenset()


def _is_of_other_task(item: Difference, ids: set[str]) -> bool:
    return item.path[0] == "tasks" and len(item.path) > 1 and str(item.path[1]).casefold() not in ids


def _by_task(due: Changes, told: set[str]) -> list[Difference]:
    """A difference for each task that no difference of the inputs names."""
    kinds: tuple[tuple[Any, list[str]], ...] = (("add", due.added), ("delete", due.removed), ("update", due.again))
    return [
        Difference(("tasks", id), kind, None if kind == "add" else {}, None if kind == "delete" else {})
        for kind, ids in kinds
        for id in ids
        if id.casefold() not in told
    ]
