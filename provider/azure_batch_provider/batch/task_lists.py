"""Those of a job's tasks that are asked for by id: pages of the list of all, or one by one in a job with far more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.answers import LOOK_FOR_A_PROXY, id_key, mistyped
from azure_batch_provider.batch.at_once import Progress, at_once
from azure_batch_provider.batch.operations import JOB_NOT_FOUND
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ProtocolError, ServiceError

if TYPE_CHECKING:
    from azure_batch_provider.batch.listing import Listing

FEW: Final = 2
"""Tasks that are looked for one by one."""
WORTH: Final = 16
"""Tasks that a page has to show to be worth its request, and that have to be left for each page that was not."""

Look = Callable[[str], dict[str, Any]]
"""Asks for one task by itself; raises what `Transport.request` raises."""


def read_tasks(
    listing: Listing,
    look: Look,
    ids: Iterable[str],
    *,
    deadline: Deadline,
    limit: int,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield what the service says of those tasks that are there, each once, in the service's order.

    Args:
        listing: a list of the job's tasks that was just begun.
        look: asks for what the pages of the list that are worth it do not show.
        limit: how many are asked for at a time.
        progress: told how many are accounted for, there or not.

    Raises:
        RequestError: the list or a task cannot be had; JobNotFound is among them.
    """
    wanted = {id_key(id): id for id in ids}
    done, total = 0, len(wanted)

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total, 0)

    if total > FEW:
        for item in listed(listing, wanted, deadline):
            yield item
            count()
    if listing.more:
        for _, found in looked_for(look, list(wanted.values()), limit):
            if found is not None:
                yield found
            count()


def listed(listing: Listing, wanted: dict[str, str], deadline: Deadline) -> Iterator[dict[str, Any]]:
    """Yield the entries of a list whose ids are wanted, and take these out of `wanted`, as long as pages are worth it.

    A page is fetched while the one before it is looked at. What is still wanted at the end is not there, unless the
    list has more pages.

    Raises:
        RequestError: what `Listing.take` raises; a ProtocolError if an entry cannot be believed.
    """
    in_vain = 0

    def fetched() -> Future[list[dict[str, Any]]] | None:
        is_worth_it = listing.more and wanted and in_vain * WORTH <= len(wanted)
        return thread.submit(listing.take, deadline) if is_worth_it else None

    with ThreadPoolExecutor(1, thread_name_prefix="azure-batch-page") as thread:
        page = fetched()
        while page is not None:
            found = [item for item in page.result() if wanted.pop(id_key(item["id"]), None) is not None]
            in_vain += len(found) < WORTH
            page = fetched()
            for item in found:
                name = mistyped(item)
                if name is not None:
                    raise ProtocolError(f"A list of tasks has a `{name}` of another type. {LOOK_FOR_A_PROXY}")
                yield item


def looked_for(look: Look, ids: Iterable[str], limit: int) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Ask for tasks one by one, several at a time: what the service says of each, None if it is not there.

    Raises:
        RequestError: what `look` raises, unless it says that only the task is gone.
    """

    def ask(id: str) -> tuple[str, dict[str, Any] | None]:
        try:
            return id, look(id)
        except ServiceError as error:
            if error.is_not_found and error.code != JOB_NOT_FOUND:
                return id, None
            raise

    return at_once(ask, ids, limit)
