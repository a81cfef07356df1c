"""One gate for all requests of a transport: when the service says "slow down", every request does.

Knows time only. After a throttled answer nobody passes until the time that the service asked for is over, or for a
moment where it did not say; then requests pass one after the other, with a spacing that doubles with each further
throttle and shrinks with each success, so that it comes to rest near the rate that the service allows. How long the
throttled call itself waits is not the others' business: one that is refused many times would hold all of them back.
"""

from __future__ import annotations

import threading
from typing import Final

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import TimedOut

REPORT_AFTER: Final = 2.0
REPORT_EVERY: Final = 5.0
"""Seconds that a call is held back before its caller is told, and between two reports from then on."""
MOMENT: Final = 0.05
FIRST_SPACING: Final = 0.02
LONGEST_SPACING: Final = 5.0
SHORTEST_SPACING: Final = 0.001
"""Below it there is none."""
RECOVERY: Final = 0.8
"""By what a success multiplies the spacing: four of them outweigh one throttle."""


class Slowdown:
    """How long one call has been held back so far, reported to its caller every few seconds."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._since: float | None = None
        self._next = REPORT_AFTER

    def __call__(self) -> None:
        now = self._deadline.now()
        if self._since is None:
            self._since = now
        waited = now - self._since
        if waited >= self._next:
            self._next = waited + REPORT_EVERY
            self._deadline.report(f"the service throttles this account: waiting for {waited:.0f} s so far")


class Throttle:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._next = 0.0
        self._spacing = 0.0
        self._slowed = 0.0

    def is_closed(self, deadline: Deadline) -> bool:
        """Whether nobody passes now."""
        return self._closed_until > deadline.now()

    def admit(self, deadline: Deadline, slowdown: Slowdown) -> float:
        """Return when it is this caller's turn: the time.

        Raises:
            Cancelled: the caller is gone.
            TimedOut: the gate opens later than the deadline ends; raised at once.
        """
        while True:
            deadline.check()
            with self._lock:
                now = deadline.now()
                delay = max(self._closed_until, self._next) - now
                if delay <= 0:
                    self._next = now + self._spacing
                    return now
            if delay >= deadline.remaining():
                raise TimedOut(
                    f"The service asked all requests to wait; {delay:.0f} s of that are left, which is longer than this"
                    " call may take. Run again later, or raise `requestTimeout`."
                )
            deadline.wait(delay, slowdown)

    def throttled(self, seconds: float | None, admitted: float, deadline: Deadline) -> None:
        """The service asked a request that was admitted at that time to wait: nobody passes for `seconds`, or for a
        moment where it did not say how long."""
        with self._lock:
            now = deadline.now()
            # Requests in flight are throttled together: that is one throttle, and does not slow us down many times.
            if admitted >= self._slowed:
                self._slowed = now
                self._spacing = min(max(self._spacing * 2, FIRST_SPACING), LONGEST_SPACING)
                seconds = MOMENT if seconds is None else seconds
            self._closed_until = max(self._closed_until, now + (seconds or 0.0))

    def succeeded(self) -> None:
        if self._spacing:
            with self._lock:
                self._spacing *= RECOVERY
                if self._spacing < SHORTEST_SPACING:
                    self._spacing = 0.0
