"""A list of the service, page by page: each page is fetched when it is taken, by whoever takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from azure_batch_provider.batch.answers import LOOK_FOR_A_PROXY, object_of
from azure_batch_provider.http.errors import ProtocolError
from azure_batch_provider.values.endpoint import parse_endpoint

if TYPE_CHECKING:
    from azure_batch_provider.batch.operations import Operation
    from azure_batch_provider.http.deadline import Deadline
    from azure_batch_provider.http.transport import Transport

PAGE: Final = 1000
"""Entries of a page at most."""


class Listing:
    """What is left of a list.

    Attributes:
        more: whether there is another page.
        pages: how many were taken.
    """

    def __init__(
        self, transport: Transport, operation: Operation, ids: tuple[str, ...], query: Mapping[str, str]
    ) -> None:
        self._transport = transport
        self._gone = operation.gone
        self._key = operation.key
        self._path = operation.at(*ids)
        self._query = dict(query)
        self._link: Any = None
        self._seen: set[str] = set()
        self.more = True
        self.pages = 0

    def take(self, deadline: Deadline | None = None) -> list[dict[str, Any]]:
        """The next page; after an error it can be taken again.

        Raises:
            RequestError: what `Transport.request` raises, or a ProtocolError: it is not a page of a list.
        """
        path, query = self._next()
        reply = self._transport.request("GET", path, query=query, gone=self._gone, deadline=deadline)
        page = object_of(reply, path)
        items = page.get("value")
        if not isinstance(items, list):
            raise ProtocolError(f"GET {path} was answered without a list: the answer is not one of Azure Batch.")
        if not all(isinstance(item, dict) and isinstance(item.get(self._key), str) for item in items):
            raise ProtocolError(f"GET {path} was answered with a list of things without ids. {LOOK_FOR_A_PROXY}")
        if self._link:
            self._seen.add(self._link)
        self._path, self._link = path, page.get("odata.nextLink")
        self.more = bool(self._link)
        self.pages += 1
        return items

    def _next(self) -> tuple[str, dict[str, str]]:
        """The path and query of the next page, which must be on the host that we talk to: requests are signed."""
        path, link = self._path, self._link
        if not link:
            return path, self._query
        if not isinstance(link, str):
            raise ProtocolError(f"GET {path} was answered with a further page that is not a URL: it is not followed.")
        if link in self._seen:
            raise ProtocolError(f"GET {path} was answered with a page that leads back to an earlier one.")
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
