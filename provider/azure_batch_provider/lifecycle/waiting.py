"""Waiting for the service, once for all resources: asks, tells the user, and stops when nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from azure_batch_provider.http.errors import ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
LIMIT: Final = 3600.0
"""Seconds that a deletion is waited for when the program sets no `customTimeouts`."""


def until_gone(call: Call, what: str, look: Callable[[], str]) -> None:
    """Return when `look` raises a not-found error.

    `look` asks the service for the entity and returns the state it is in. Pauses grow from 0.2 s to 5 s.

    Raises:
        TimedOut: the call's time is over, or an hour has passed.
        Cancelled: the engine no longer waits.
        RequestError: what `look` raised, a not-found error excepted.
    """
    deadline = call.deadline.at_most(LIMIT)
    began = deadline.now()
    pause = FIRST_PAUSE
    state = ""
    while True:
        try:
            state = look()
            call.status(f"waiting for {what} to be gone: {state or 'still there'}, {deadline.now() - began:.0f} s")
            deadline.wait(pause)
        except ServiceError as error:
            if error.is_not_found:
                return
            raise
        except TimedOut:
            if deadline.remaining() > 0:
                raise
            raise TimedOut(
                f"{what} is not gone after {deadline.now() - began:.0f} s ({state or 'still there'}), and no more time "
                "is allowed. The service goes on deleting it: run again to wait on, or allow more time by the resource "
                "option `customTimeouts`."
            ) from None
        pause = min(pause * 1.5, LONGEST_PAUSE)
