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

    def run(self, work: Callable[[], T]) -> T:
        """Moves what the clock has passed, does the work, commits both, and only then gives the result.

        A failure leaves nothing behind. Raises StorageError when the state cannot be read or written.
        """
        store = self._account.store
        store.check()
        try:
            self._account.tick()
            result = work()
            self._account.settle()
            store.commit()
        except BaseException:
            with suppress(StorageError):  # what cannot be read now is read before the next piece of work
                store.recover()
            raise
        return result
