"""The operations of the service that the resources use: one method each, plain dicts in and out.

Knows queries, paging, and whether an answer shows what was asked for. Every method takes `deadline` and raises what
`Transport.request` raises; "REST:" names the operation's page below
https://learn.microsoft.com/rest/api/batchservice/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.operations import Operation
from azure_batch_provider.http.errors import ProtocolError
from azure_batch_provider.values.endpoint import parse_endpoint

if TYPE_CHECKING:
    from azure_batch_provider.config.resolve import Configuration
    from azure_batch_provider.http.answer import Reply
    from azure_batch_provider.http.deadline import Deadline
    from azure_batch_provider.http.transport import Transport


class BatchClient:
    """Batch's data plane for one account."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

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
                configuration.endpoint,
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

    # pools

    def get_pool(self, pool_id: str, *, select: str | None = None, deadline: Deadline | None = None) -> dict[str, Any]:
        """REST: Pools - Get Pool. `select` is a comma-separated list of properties; the id is always among them."""
        return self._entity(operations.GET_POOL, (pool_id,), select, deadline)

    def replace_pool_properties(
        self, pool_id: str, body: Mapping[str, Any], *, deadline: Deadline | None = None
    ) -> None:
        """REST: Pools - Replace Pool Properties. What `body` does not hold is removed from the pool."""
        self._call(operations.REPLACE_POOL_PROPERTIES, pool_id, body=body, deadline=deadline)

    # jobs

    def create_job(self, body: Mapping[str, Any], *, deadline: Deadline | None = None) -> Reply:
        """REST: Jobs - Create Job. The headers' Location and DataServiceId do not tell the job's id."""
        return self._call(operations.CREATE_JOB, body=body, deadline=deadline)

    def get_job(self, job_id: str, *, select: str | None = None, deadline: Deadline | None = None) -> dict[str, Any]:
        """REST: Jobs - Get Job."""
        return self._entity(operations.GET_JOB, (job_id,), select, deadline)

    def patch_job(
        self,
        job_id: str,
        body: Mapping[str, Any],
        *,
        if_match: str | None = None,
        deadline: Deadline | None = None,
    ) -> Reply:
        """REST: Jobs - Update Job. With `if_match`, an ETag, another writer's change is 412 ConditionNotMet."""
        headers = {"If-Match": if_match} if if_match is not None else None
        return self._call(operations.UPDATE_JOB, job_id, body=body, headers=headers, deadline=deadline)

    def delete_job(self, job_id: str, *, deadline: Deadline | None = None) -> None:
        """REST: Jobs - Delete Job. Answered before the job is gone."""
        self._call(operations.DELETE_JOB, job_id, deadline=deadline)

    def terminate_job(self, job_id: str, reason: str | None = None, *, deadline: Deadline | None = None) -> None:
        """REST: Jobs - Terminate Job. Answered before the job is completed."""
        body = {"terminateReason": reason} if reason is not None else None
        self._call(operations.TERMINATE_JOB, job_id, body=body, deadline=deadline)

    def list_jobs(
        self, *, select: str | None = None, filter: str | None = None, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """REST: Jobs - List Jobs. All pages, each fetched when it is reached; `filter` is OData."""
        return self._list(operations.LIST_JOBS, (), select, filter, deadline)

    def get_task_counts(self, job_id: str, *, deadline: Deadline | None = None) -> dict[str, Any]:
        """REST: Jobs - Get Job Task Counts. `{taskCounts, taskSlotCounts}`, which lag behind by minutes."""
        path = operations.GET_JOB_TASK_COUNTS.at(job_id)
        found = _object(self._call(operations.GET_JOB_TASK_COUNTS, job_id, deadline=deadline), path)
        counts = found.get("taskCounts")
        if not isinstance(counts, dict) or not all(isinstance(count, int) for count in counts.values()):
            raise ProtocolError(f"GET {path} was answered without counts: the answer is not one of Azure Batch.")
        return found

    # tasks

    def add_task(self, job_id: str, body: Mapping[str, Any], *, deadline: Deadline | None = None) -> Reply:
        """REST: Tasks - Create Task (Task - Add)."""
        return self._call(operations.CREATE_TASK, job_id, body=body, deadline=deadline)

    def get_task(
        self, job_id: str, task_id: str, *, select: str | None = None, deadline: Deadline | None = None
    ) -> dict[str, Any]:
        """REST: Tasks - Get Task."""
        return self._entity(operations.GET_TASK, (job_id, task_id), select, deadline)

    def delete_task(self, job_id: str, task_id: str, *, deadline: Deadline | None = None) -> None:
        """REST: Tasks - Delete Task. A running task can stay visible for a while."""
        self._call(operations.DELETE_TASK, job_id, task_id, deadline=deadline)

    def list_tasks(
        self, job_id: str, *, select: str | None = None, filter: str | None = None, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """REST: Tasks - List Tasks. All pages, each fetched when it is reached; `filter` is OData."""
        return self._list(operations.LIST_TASKS, (job_id,), select, filter, deadline)

    def _call(self, operation: Operation, *ids: str, deadline: Deadline | None, **options: Any) -> Reply:
        path = operation.at(*ids)
        return self._transport.request(operation.method, path, gone=operation.gone, deadline=deadline, **options)

    def _entity(
        self, operation: Operation, ids: tuple[str, ...], select: str | None, deadline: Deadline | None
    ) -> dict[str, Any]:
        """The pool, job or task that was asked for: an answer that shows another one is not believed."""
        query = {"$select": _with_id(select)} if select else {}
        path = operation.at(*ids)
        found = _object(self._call(operation, *ids, query=query, deadline=deadline), path)
        shown = found.get("id")
        if not isinstance(shown, str) or not _is_same_id(shown, ids[-1]):
            what = (
                f"with {shown[:80]!r}, which is not what was asked for" if isinstance(shown, str) else "without an id"
            )
            raise ProtocolError(f"GET {path} was answered {what}: the answer was not used. {_LOOK_FOR_A_PROXY}")
        for name, kind in _OF_EVERY_ENTITY.items():
            if not isinstance(found.get(name), (kind, type(None))):
                raise ProtocolError(f"GET {path} was answered with a `{name}` of another type. {_LOOK_FOR_A_PROXY}")
        return found

    def _list(
        self,
        operation: Operation,
        ids: tuple[str, ...],
        select: str | None,
        filter: str | None,
        deadline: Deadline | None,
    ) -> Iterator[dict[str, Any]]:
        selected = _with_id(select) if select else None
        query = {name: text for name, text in (("$filter", filter), ("$select", selected)) if text}
        path = operation.at(*ids)
        seen: set[str] = set()
        while True:
            reply = self._transport.request("GET", path, query=query, gone=operation.gone, deadline=deadline)
            page = _object(reply, path)
            items = page.get("value")
            if not isinstance(items, list):
                raise ProtocolError(f"GET {path} was answered without a list: the answer is not one of Azure Batch.")
            if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items):
                raise ProtocolError(f"GET {path} was answered with a list of things without ids. {_LOOK_FOR_A_PROXY}")
            yield from items
            link = page.get("odata.nextLink")
            if not link:
                return
            if not isinstance(link, str):
                raise ProtocolError(
                    f"GET {path} was answered with a further page that is not a URL: it is not followed."
                )
            if link in seen:
                raise ProtocolError(f"GET {path} was answered with a page that leads back to an earlier one.")
            seen.add(link)
            path, query = self._follow(path, link)

    def _follow(self, path: str, link: str) -> tuple[str, dict[str, str]]:
        """The path and query of a further page, which must be on the host that we talk to: requests are signed."""
        try:
            url = urlsplit(link)
        except ValueError:
            raise ProtocolError(
                f"GET {path} was answered with a further page that is not a URL: it is not followed."
            ) from None
        try:
            host = parse_endpoint(f"{url.scheme}://{url.netloc}")
        except ValueError:
            host = None
        if host != self._transport.endpoint:
            raise ProtocolError(
                f"GET {path} was answered with a further page on {url.scheme}://{url.netloc}, not on"
                f" {self._transport.endpoint.url}: it is not followed."
            )
        # The transport says these again, with the time that is left now.
        own = {"api-version", "timeout"}
        return url.path, {name: value for name, value in parse_qsl(url.query) if name.lower() not in own}


_OF_EVERY_ENTITY: Final[dict[str, type]] = {
    "state": str,
    "creationTime": str,
    "eTag": str,
    "url": str,
    "executionInfo": dict,
}
"""What the service says of an entity besides what was declared, where it says it."""
_LOOK_FOR_A_PROXY: Final = "Look for a proxy between here and the service that mixes or replays answers."


def _with_id(select: str) -> str:
    """The properties to ask for, and the id: without it nothing says whose they are."""
    return select if "id" in select.split(",") else f"id,{select}"


def _is_same_id(one: str, other: str) -> bool:
    """Ids have no case. They are ASCII: a letter that only folds to the same one (KELVIN SIGN) is another."""
    return one == other or (one.isascii() and other.isascii() and one.casefold() == other.casefold())


def _object(reply: Reply, path: str) -> dict[str, Any]:
    if not isinstance(reply.body, dict):
        raise ProtocolError(f"GET {path} was answered without an object: the answer is not one of Azure Batch.")
    return reply.body
