"""Work that may block, on a thread of its own: whatever drips, its caller is back when the time is over.

A timeout of a socket bounds the wait for the next byte, not for all of them, and nothing bounds a look-up of a name or
ends a read when the engine cancels. So an attempt is waited for, in slices, and given up from outside. Knows time only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import Cancelled, TimedOut

Result = TypeVar("Result")
LAST_CHANCE: Final = 0.5
"""Seconds for an answer that is just about to come: it says more than that it was not waited for."""


class Workers:
    """Threads that wait for work, as many as there ever was work at the same time. None keeps the process alive."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[_Work | None]] = []
        self._closed = False

    def bounded(self, work: Callable[[], Result], deadline: Deadline, give_up: Callable[[], None]) -> Result:
        """What `work` returns or raises, unless the deadline ends first by more than a moment.

        `give_up` is then called, to end what still runs; if that does not help, it runs on and nobody waits for it.

        Raises:
            Cancelled: the caller is gone.
            TimedOut: the end has passed.
        """
        running = _Running(work)
        self._hand_over(running)
        while not running.is_over(SLICE):
            try:
                deadline.check()
            except (Cancelled, TimedOut):
                if running.is_over(LAST_CHANCE):
                    break
                give_up()
                raise
        return running.result()

    def close(self) -> None:
        """The threads end; those that work, when they have done so."""
        self._closed = True
        while self._idle:
            self._idle.pop().put(None)

    def _hand_over(self, work: _Work) -> None:
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="azure-batch-request", daemon=True).start()
        inbox.put(work)

    def _serve(self, inbox: SimpleQueue[_Work | None]) -> None:
        while (work := inbox.get()) is not None:
            # Idle first, over then: the caller's next request finds this thread.
            work(lambda: self._idle.append(inbox))
            del work  # an error in it would keep all that its frames refer to
            if self._closed:
                return


_Work = Callable[[Callable[[], None]], None]


class _Running(Generic[Result]):
    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def __call__(self, before_over: Callable[[], None]) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            before_over()
            self._over.release()

    def is_over(self, seconds: float) -> bool:
        """Wait for it as long as that; asked once more after it was over, it would never be again."""
        return self._over.acquire(timeout=seconds)

    def result(self) -> Result:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._results[0]
