"""Carries out the operations of `batch.operations`: plain dicts in and out.

Knows queries, paging, and whether an answer shows what was asked for. Every method takes `deadline` and raises what
`Transport.request` raises.
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
        return self._send(operation, ids, deadline, body=body, headers=headers)

    def get(
        self, operation: Operation, *ids: str, select: str | None = None, deadline: Deadline | None = None
    ) -> dict[str, Any]:
        """The pool, job or task that was asked for: an answer that shows another one is not believed.

        `select` is a comma-separated list of properties; the id is always among them.
        """
        query = {"$select": _with_id(select)} if select else {}
        path = operation.at(*ids)
        found = _object(self._send(operation, ids, deadline, query=query), path)
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

    def list_all(
        self,
        operation: Operation,
        *ids: str,
        select: str | None = None,
        filter: str | None = None,
        deadline: Deadline | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All pages of a list, each fetched when it is reached; `filter` is OData."""
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

    def task_counts(self, job_id: str, *, deadline: Deadline | None = None) -> dict[str, int]:
        """How many tasks of a job are active, running, completed and so on; it lags behind by minutes."""
        path = operations.GET_JOB_TASK_COUNTS.at(job_id)
        found = _object(self._send(operations.GET_JOB_TASK_COUNTS, (job_id,), deadline), path)
        counts = found.get("taskCounts")
        if not isinstance(counts, dict) or not all(isinstance(count, int) for count in counts.values()):
            raise ProtocolError(f"GET {path} was answered without counts: the answer is not one of Azure Batch.")
        return counts

    def _send(self, operation: Operation, ids: tuple[str, ...], deadline: Deadline | None, **options: Any) -> Reply:
        path = operation.at(*ids)
        return self._transport.request(operation.method, path, gone=operation.gone, deadline=deadline, **options)

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
