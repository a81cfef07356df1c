"""Work that may block, on a thread of its own: whatever drips, its caller is back when the time is over.

A timeout of a socket bounds the wait for the next byte, not for all of them, and nothing bounds a look-up of a name or
ends a read when the engine cancels. So an attempt is waited for, in slices, and given up from outside. Knows time only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from azure_batch_provider.batch.deadline import SLICE, Deadline
from azure_batch_provider.batch.errors import Stopped, TimedOut

Result = TypeVar("Result")
LAST_CHANCE: Final = 0.5
"""Seconds for an answer that is just about to come: it says more than that it was not waited for."""


def bounded(work: Callable[[], Result], deadline: Deadline, give_up: Callable[[], None]) -> Result:
    """What `work` returns or raises, unless the deadline ends first by more than a moment.

    `give_up` is then called, to end what still runs. It runs on without anybody waiting for it, if that does not help.

    Raises:
        Stopped: the caller is gone.
        TimedOut: the end has passed.
    """
    running = _Running(work)
    thread = threading.Thread(target=running.run, name="azure-batch-request", daemon=True)
    thread.start()
    while not running.done.wait(SLICE):
        try:
            deadline.check()
        except (Stopped, TimedOut):
            if running.done.wait(LAST_CHANCE):
                break
            give_up()
            raise
    return running.result()


class _Running(Generic[Result]):
    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            self.done.set()

    def result(self) -> Result:
        if self._error is not None:
            # A reference from here to the error, whose traceback refers to here, would outlive the call.
            error, self._error = self._error, None
            raise error
        return self._results[0]
