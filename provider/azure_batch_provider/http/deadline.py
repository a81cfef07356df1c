"""How long a call may take, whether its caller still waits, and how to report to the caller why it takes long.

Knows time and errors, no HTTP.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from azure_batch_provider.http.errors import Cancelled, TimedOut

SLICE: Final = 0.2
"""Seconds between two looks at `alive`: how soon a wait notices that it is no longer wanted."""


class Deadline:
    """An end on a monotonic clock, or none, and the question whether the caller is still there.

    Args:
        seconds: from now; None for no end.
        alive: answers False once the caller is gone (the engine's call was cancelled).
        clock, sleep: the time that this deadline lives in, the machine's unless a test gives its own.
    """

    def __init__(
        self,
        seconds: float | None = None,
        *,
        alive: Callable[[], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._alive = alive
        self._listener: Callable[[str], None] | None = None
        self._clock = clock
        self._sleep = sleep
        self._end = math.inf if seconds is None else clock() + seconds

    def at_most(self, seconds: float) -> Deadline:
        """The same caller and clock, and an end that is not later than `seconds` from now."""
        sooner = Deadline(
            min(seconds, self._end - self._clock()), alive=self._alive, clock=self._clock, sleep=self._sleep
        )
        sooner._listener = self._listener
        return sooner

    def reports_to(self, listener: Callable[[str], None]) -> None:
        """Send what `report` says there from now on: each line takes the place of the one before."""
        self._listener = listener

    def now(self) -> float:
        """Seconds on the clock of this deadline; only differences mean anything."""
        return self._clock()

    def remaining(self) -> float:
        """Seconds that are left: 0 when it is over, infinite when there is no end."""
        return max(0.0, self._end - self._clock())

    def check(self) -> None:
        """Return while there is time and the caller waits.

        Raises:
            Cancelled: the caller is gone.
            TimedOut: the end has passed.
        """
        if self._alive is not None and not self._alive():
            raise Cancelled
        if self._clock() >= self._end:
            raise TimedOut("The time for this call is over.")

    def report(self, text: str) -> None:
        """Tell the caller why it takes long."""
        if self._listener is not None:
            self._listener(text)

    def wait(self, seconds: float, meanwhile: Callable[[], None] | None = None) -> None:
        """Sleep, in slices, with a call of `meanwhile` before each; shorter when the end comes first.

        Raises:
            Cancelled: the caller is gone; noticed within `SLICE` seconds.
            TimedOut: the end has passed.
        """
        until = self._clock() + seconds
        while True:
            self.check()
            rest = min(until, self._end) - self._clock()
            if rest <= 0:
                return
            if meanwhile is not None:
                meanwhile()
            self._sleep(min(rest, SLICE))
