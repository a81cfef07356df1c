"""The operations of the service that the resources use: one method each, plain dicts in and out.

Knows paths, queries and paging. Every method takes `deadline` and raises what `Transport.request` raises; "REST:" names
the operation's page below https://learn.microsoft.com/rest/api/batchservice/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from azure_batch_provider.batch.endpoint import parse_endpoint
from azure_batch_provider.batch.errors import WrongAnswer

if TYPE_CHECKING:
    from azure_batch_provider.batch.deadline import Deadline
    from azure_batch_provider.batch.transport import Reply, Transport
    from azure_batch_provider.config import Configuration


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
            SignInFailed: there are no usable credentials, or they would go over plain http.
        """
        from azure_batch_provider.batch.auth import credentials
        from azure_batch_provider.batch.transport import Transport

        return cls(
            Transport(
                configuration.endpoint,
                credentials(configuration),
                api_version=configuration.api_version,
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
        """REST: Pools - Get Pool. `select` is a comma-separated list of properties."""
        return self._get(_path("pools", pool_id), select, deadline)

    def replace_pool_properties(
        self, pool_id: str, body: Mapping[str, Any], *, deadline: Deadline | None = None
    ) -> None:
        """REST: Pools - Replace Pool Properties. What `body` does not hold is removed from the pool."""
        self._transport.request("POST", _path("pools", pool_id, "updateproperties"), body=body, deadline=deadline)

    # jobs

    def create_job(self, body: Mapping[str, Any], *, deadline: Deadline | None = None) -> Reply:
        """REST: Jobs - Create Job. The headers' Location and DataServiceId do not tell the job's id."""
        return self._transport.request("POST", "/jobs", body=body, deadline=deadline)

    def get_job(self, job_id: str, *, select: str | None = None, deadline: Deadline | None = None) -> dict[str, Any]:
        """REST: Jobs - Get Job."""
        return self._get(_path("jobs", job_id), select, deadline)

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
        return self._transport.request("PATCH", _path("jobs", job_id), body=body, headers=headers, deadline=deadline)

    def delete_job(self, job_id: str, *, deadline: Deadline | None = None) -> None:
        """REST: Jobs - Delete Job. Answered before the job is gone."""
        self._transport.request("DELETE", _path("jobs", job_id), deadline=deadline)

    def terminate_job(self, job_id: str, reason: str | None = None, *, deadline: Deadline | None = None) -> None:
        """REST: Jobs - Terminate Job. Answered before the job is completed."""
        body = {"terminateReason": reason} if reason is not None else None
        self._transport.request("POST", _path("jobs", job_id, "terminate"), body=body, deadline=deadline)

    def list_jobs(
        self, *, select: str | None = None, filter: str | None = None, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """REST: Jobs - List Jobs. All pages, each fetched when it is reached; `filter` is OData."""
        return self._list("/jobs", select, filter, deadline)

    def get_task_counts(self, job_id: str, *, deadline: Deadline | None = None) -> dict[str, Any]:
        """REST: Jobs - Get Job Task Counts. `{taskCounts, taskSlotCounts}`, which lag behind by minutes."""
        return self._get(_path("jobs", job_id, "taskcounts"), None, deadline)

    # tasks

    def add_task(self, job_id: str, body: Mapping[str, Any], *, deadline: Deadline | None = None) -> Reply:
        """REST: Tasks - Create Task (Task - Add)."""
        return self._transport.request("POST", _path("jobs", job_id, "tasks"), body=body, deadline=deadline)

    def get_task(
        self, job_id: str, task_id: str, *, select: str | None = None, deadline: Deadline | None = None
    ) -> dict[str, Any]:
        """REST: Tasks - Get Task."""
        return self._get(_path("jobs", job_id, "tasks", task_id), select, deadline)

    def delete_task(self, job_id: str, task_id: str, *, deadline: Deadline | None = None) -> None:
        """REST: Tasks - Delete Task. A running task can stay visible for a while."""
        self._transport.request("DELETE", _path("jobs", job_id, "tasks", task_id), deadline=deadline)

    def list_tasks(
        self, job_id: str, *, select: str | None = None, filter: str | None = None, deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """REST: Tasks - List Tasks. All pages, each fetched when it is reached; `filter` is OData."""
        return self._list(_path("jobs", job_id, "tasks"), select, filter, deadline)

    def _get(self, path: str, select: str | None, deadline: Deadline | None) -> dict[str, Any]:
        query = {"$select": select} if select else {}
        return _object(self._transport.request("GET", path, query=query, deadline=deadline), path)

    def _list(
        self, path: str, select: str | None, filter: str | None, deadline: Deadline | None
    ) -> Iterator[dict[str, Any]]:
        query = {name: text for name, text in (("$filter", filter), ("$select", select)) if text}
        seen: set[str] = set()
        while True:
            page = _object(self._transport.request("GET", path, query=query, deadline=deadline), path)
            items = page.get("value")
            if not isinstance(items, list):
                raise WrongAnswer(f"GET {path} was answered without a list: the answer is not one of Azure Batch.")
            yield from items
            link = page.get("odata.nextLink")
            if not link:
                return
            if link in seen:
                raise WrongAnswer(f"GET {path} was answered with a page that leads back to an earlier one.")
            seen.add(link)
            path, query = self._follow(path, link)

    def _follow(self, path: str, link: str) -> tuple[str, dict[str, str]]:
        """The path and query of a further page, which must be on the host that we talk to: requests are signed."""
        url = urlsplit(link)
        try:
            host = parse_endpoint(f"{url.scheme}://{url.netloc}")
        except ValueError:
            host = None
        if host != self._transport.endpoint:
            raise WrongAnswer(
                f"GET {path} was answered with a further page on {url.scheme}://{url.netloc}, not on"
                f" {self._transport.endpoint.url}: it is not followed."
            )
        # The transport says these again, with the time that is left now.
        own = {"api-version", "timeout"}
        return url.path, {name: value for name, value in parse_qsl(url.query) if name.lower() not in own}


def _path(*segments: str) -> str:
    """Join path segments, each percent-encoded.

    Raises:
        ValueError: a segment would lead to another resource.
    """
    for segment in segments:
        if segment in ("", ".", ".."):
            raise ValueError(f"{segment!r} cannot be an id")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def _object(reply: Reply, path: str) -> dict[str, Any]:
    if not isinstance(reply.body, dict):
        raise WrongAnswer(f"GET {path} was answered without an object: the answer is not one of Azure Batch.")
    return reply.body
