"""Carries out the operations of `batch.operations`: plain dicts in and out.

Knows queries, and which requests for tasks are made together (`task_reads`, `task_waits`). Every method takes
`deadline` and raises what `Transport.request` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.answers import entity_of, object_of
from azure_batch_provider.batch.at_once import Progress
from azure_batch_provider.batch.file_tails import Files, Tail, end_of_file, tail_of_file
from azure_batch_provider.batch.listing import Listing
from azure_batch_provider.batch.operations import Operation
from azure_batch_provider.batch.task_adds import Added, add_tasks
from azure_batch_provider.batch.task_lists import read_tasks
from azure_batch_provider.batch.task_reads import TaskReads
from azure_batch_provider.batch.task_removals import Removed, delete_tasks
from azure_batch_provider.batch.task_waits import TaskWaits
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ProtocolError

if TYPE_CHECKING:
    from azure_batch_provider.config.resolve import Configuration
    from azure_batch_provider.http.answer import Reply
    from azure_batch_provider.http.transport import Transport


class BatchClient:
    """Batch's data plane for one account."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._at_once = transport.max_concurrency
        self._reads = TaskReads(lambda job: self._listing(operations.LIST_TASKS, job))
        self._waits = TaskWaits(
            lambda job, filter: self.listing(operations.LIST_TASKS, job, select="id,state", filter=filter)
        )

    @classmethod
    def connect(
        cls,
        configuration: Configuration,
        *,
        log: Callable[[str], None] | None = None,
        user_agent: str = "azure-batch-provider",
    ) -> BatchClient:
        """A client for the configured account; nothing is sent yet.

        Raises:
            AuthenticationError: there are no usable credentials, or they would go over plain http.
        """
        from azure_batch_provider.batch.dialect import BatchDialect
        from azure_batch_provider.http.transport import Transport
        from azure_batch_provider.sign_in.credentials import credentials

        return cls(
            Transport(
                configuration.sends_to,
                credentials(configuration),
                BatchDialect(configuration.api_version),
                request_timeout=configuration.request_timeout,
                max_concurrency=configuration.max_concurrency,
                log=log,
                user_agent=user_agent,
            )
        )

    def close(self) -> None:
        self._transport.close()

    def call(
        self,
        operation: Operation,
        *ids: str,
        body: Mapping[str, Any] | None = None,
        if_match: str | None = None,
        deadline: Deadline | None = None,
    ) -> Reply:
        """Carry out an operation. With `if_match`, an ETag, another writer's change is 412 ConditionNotMet."""
        headers = {"If-Match": if_match} if if_match is not None else None
        deleting = self._waits.deleting(ids[0]) if operation is operations.DELETE_TASK else nullcontext()
        with deleting:
            return self._write(operation, ids, deadline, body=body, headers=headers)

    def get(
        self, operation: Operation, *ids: str, select: str | None = None, deadline: Deadline | None = None
    ) -> dict[str, Any]:
        """The pool, job or task that was asked for: an answer that shows another one is not believed.

        `select` is a comma-separated list of properties; the id is always among them. Without it, tasks that are read
        at about the same time come in pages: `TaskReads` says how old they may be.
        """
        query = {"$select": _with_id(select)} if select else {}

        if operation is not operations.GET_TASK or select:
            return self._ask(operation, ids, query, deadline)
        job, task = ids
        return self._reads.read(job, task, lambda: self._ask(operation, ids, query, deadline), deadline or Deadline())

    def watch_task(
        self, job: str, task: str, *, deadline: Deadline | None = None
    ) -> AbstractContextManager[Callable[[], str | None]]:
        """While a task is waited for that is being deleted: looks for its state, together with the others of its job,
        as `TaskWaits.watch` says."""

        def ask() -> str:
            return str(self.get(operations.GET_TASK, job, task, select="state", deadline=deadline).get("state", ""))

        return self._waits.watch(job, task, ask, deadline or Deadline())

    def list_all(
        self,
        operation: Operation,
        *ids: str,
        select: str | None = None,
        filter: str | None = None,
        deadline: Deadline | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All pages of a list, each fetched when it is reached; `filter` is OData."""
        listing = self.listing(operation, *ids, select=select, filter=filter)
        while listing.more:
            yield from listing.take(deadline)

    def listing(
        self,
        operation: Operation,
        *ids: str,
        select: str | None = None,
        filter: str | None = None,
        most: int | None = None,
    ) -> Listing:
        """The same list, for who takes it page by page; of `most` entries no page has more."""
        selected = _with_id(select) if select else None
        size = str(min(most, operation.page)) if most else None
        asked = (("$filter", filter), ("$select", selected), ("maxresults", size))
        query = {name: text for name, text in asked if text}
        return self._listing(operation, *ids, **query)

    def add_tasks(
        self,
        job: str,
        tasks: Iterable[dict[str, Any]],
        *,
        deadline: Deadline | None = None,
        progress: Progress | None = None,
    ) -> Added:
        """Add many tasks, given as whole bodies, which are taken as they are sent. Raises nothing that happens to them:
        `Added` says what became of each."""

        def send(body: dict[str, Any]) -> Reply:
            return self._write(operations.ADD_TASKS, (job,), deadline, body=body)

        return add_tasks(send, tasks, deadline=deadline or Deadline(), progress=progress, limit=self._at_once)

    def delete_tasks(
        self, job: str, ids: Iterable[str], *, deadline: Deadline | None = None, progress: Progress | None = None
    ) -> Removed:
        """Delete many tasks, and return when they are gone. Raises nothing that happens to them: `Removed` says what
        became of each."""

        def delete(id: str) -> Reply:
            # Not among those that `TaskWaits` brings together: these are waited for by lists of their own.
            return self._write(operations.DELETE_TASK, (job, id), deadline)

        return delete_tasks(
            delete,
            lambda: self._listing(operations.LIST_TASKS, job, **{"$select": "id,state"}),
            lambda id: self.get(operations.GET_TASK, job, id, select="id,state", deadline=deadline),
            ids,
            deadline=deadline or Deadline(),
            progress=progress,
            limit=self._at_once,
        )

    def read_tasks(
        self,
        job: str,
        ids: Collection[str],
        *,
        select: str | None = None,
        deadline: Deadline | None = None,
        progress: Progress | None = None,
    ) -> Iterator[dict[str, Any]]:
        """What the service says of those of many tasks that are there, each once and as it comes. What is not there is
        left out; a job that is not there is JobNotFound."""
        query = {"$select": _with_id(select)} if select else {}
        return read_tasks(
            self._listing(operations.LIST_TASKS, job, **query),
            lambda id: self._ask(operations.GET_TASK, (job, id), query, deadline),
            ids,
            deadline=deadline or Deadline(),
            progress=progress,
            limit=self._at_once,
        )

    def end_of_file(self, job: str, task: str, name: str, size: int, *, deadline: Deadline | None = None) -> str:
        """The last bytes of a text file in a task's directory, as `file_tails` says it."""
        return end_of_file(self._sending(deadline), Files.of_task(job, task), name, size)

    def end_of_node_file(self, pool: str, node: str, name: str, size: int, *, deadline: Deadline | None = None) -> str:
        """The same of a file below a node's root directory, such as `startup/stderr.txt`."""
        return end_of_file(self._sending(deadline), Files.of_node(pool, node), name, size)

    def tail_of_file(
        self, job: str, task: str, name: str, size: int, *, deadline: Deadline | None = None
    ) -> Tail | None:
        """That of any file in a task's directory, with what is known of it; None when it is not there."""
        return tail_of_file(self._sending(deadline), Files.of_task(job, task), name, size)

    def task_counts(self, job_id: str, *, deadline: Deadline | None = None) -> dict[str, int]:
        """How many tasks of a job are active, running, completed and so on; it lags behind by minutes."""
        path = operations.GET_JOB_TASK_COUNTS.at(job_id)
        found = object_of(self._send(operations.GET_JOB_TASK_COUNTS, (job_id,), deadline), path)
        counts = found.get("taskCounts")
        if not isinstance(counts, dict) or not all(isinstance(count, int) for count in counts.values()):
            raise ProtocolError(f"GET {path} was answered without counts: the answer is not one of Azure Batch.")
        return counts

    def _listing(self, operation: Operation, *ids: str, **query: str) -> Listing:
        return Listing(self._transport, operation, ids, query)

    def _ask(
        self, operation: Operation, ids: tuple[str, ...], query: Mapping[str, str], deadline: Deadline | None
    ) -> dict[str, Any]:
        return entity_of(self._send(operation, ids, deadline, query=query), operation.at(*ids), ids[-1])

    def _write(self, operation: Operation, ids: tuple[str, ...], deadline: Deadline | None, **options: Any) -> Reply:
        try:
            return self._send(operation, ids, deadline, **options)
        finally:
            if operation.is_write_in_job:
                self._reads.written(ids[0])

    def _sending(self, deadline: Deadline | None) -> Callable[..., Reply]:
        """What carries out an operation within a deadline."""
        return lambda operation, ids, **options: self._send(operation, ids, deadline, **options)

    def _send(self, operation: Operation, ids: tuple[str, ...], deadline: Deadline | None, **options: Any) -> Reply:
        path = operation.at(*ids)
        return self._transport.request(operation.method, path, gone=operation.gone, deadline=deadline, **options)


def _with_id(select: str) -> str:
    """The properties to ask for, and the id: without it nothing says whose they are."""
    return select if "id" in select.split(",") else f"id,{select}"
