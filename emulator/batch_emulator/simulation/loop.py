"""The one loop that commits: whatever changes the account is a piece of work here, a request no less than a timer.

Only the server's own thread runs it. What happens elsewhere is handed over to that thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.journal import StorageError

T = TypeVar("T")


class Loop:
    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self._waiting: list[Callable[[StorageError | None], None]] = []

    def run(self, work: Callable[[], T]) -> T:
        """Moves what the clock has passed, does the work, commits both, and only then gives the result.

        A failure leaves nothing behind. Raises StorageError when the state cannot be read or written.
        """
        result = self.do(work)
        self.commit()
        return result

    def do(self, work: Callable[[], T]) -> T:
        """The same without the commit: the result is to be shown only after `commit`.

        A failure leaves nothing of this piece of work behind; what others did before is committed.
        """
        store = self._account.store
        store.check()
        try:
            store.mark()
            self._account.tick()
            result = work()
            self._account.settle()
        except BaseException:
            try:
                store.recover_to_mark()
            except StorageError as error:  # what cannot be read now is read before the next piece of work
                self._tell(error)
            else:
                self._tell(None)
            raise
        return result

    @property
    def uncommitted(self) -> bool:
        """Whether something was done that is not committed."""
        return self._account.store.uncommitted

    def when_committed(self, tell: Callable[[StorageError | None], None]) -> None:
        """Calls it once after the commit of what was done so far, with why there is none if it failed."""
        self._waiting.append(tell)

    def commit(self) -> None:
        """Raises StorageError."""
        store = self._account.store
        try:
            store.commit()
        except BaseException as error:
            with suppress(StorageError):
                store.recover()
            self._tell(error if isinstance(error, StorageError) else None)
            raise
        self._tell(None)

    def _tell(self, error: StorageError | None) -> None:
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell(error)
