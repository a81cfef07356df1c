"""One piece of work over many items, several at a time; what comes of each is handled in one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Progress = Callable[[int, int | None, int], None]
"""Takes how many are done, of how many (None when that is not known), and how many were tried again."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(work: Callable[[Item], Result], items: Iterable[Item | None], limit: int) -> Iterator[Result]:
    """Yield what `work` returns for each item as soon as it is done, from at most `limit` threads, which end with it.

    An item is taken when there is a thread for it, and by the thread that takes the results. So its maker can go by
    the results so far: when the items end, those at work are the last. A `None` among them says that there is none
    before the next result; it stands only where there is something at work.

    What `work` raises is raised when all that are at work are done; no further item is taken then.
    """
    done: SimpleQueue[Future[Result]] = SimpleQueue()
    running = 0
    with ThreadPoolExecutor(limit, thread_name_prefix="azure-batch-at-once") as threads:
        for item in items:
            if item is not None:
                threads.submit(work, item).add_done_callback(done.put)
                running += 1
            if running == limit or item is None:
                yield done.get().result()
                running -= 1
        for _ in range(running):
            yield done.get().result()
