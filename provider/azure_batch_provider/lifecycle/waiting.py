"""Waiting for the service, once for all resources: asks, tells the user, and stops when nobody waits any more."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeVar

from azure_batch_provider.http.errors import ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
LIMIT: Final = 3600.0
"""Seconds that a deletion is waited for when the program sets no `customTimeouts`."""

Found = TypeVar("Found")


def poll(
    call: Call,
    look: Callable[[], Found | None],
    *,
    status: Callable[[], str],
    over: Callable[[TimedOut, float], Exception],
    limit: float = math.inf,
    eager: bool = False,
) -> Found:
    """Return what `look` returns as soon as that is something. Pauses grow from 0.2 s to 5 s.

    Args:
        status: what the user is told while it is waited.
        eager: a status that changes makes pauses short again, since more is about to follow.
        over: what to raise when the call's time, or `limit` seconds, are over, made from the seconds that have passed.

    Raises:
        Cancelled: the engine no longer waits.
    """
    deadline = call.deadline.at_most(limit)
    began = deadline.now()
    pause, told = FIRST_PAUSE, ""
    while True:
        try:
            found = look()
            if found is not None:
                return found
            told, before = status(), told
            if eager and told != before:
                pause = FIRST_PAUSE
            call.status(f"{told}, {deadline.now() - began:.0f} s")
            deadline.wait(pause)
        except TimedOut as error:
            if deadline.remaining() > 0:
                raise
            raise over(error, deadline.now() - began) from None
        pause = min(pause * 1.5, LONGEST_PAUSE)


def until_gone(call: Call, what: str, look: Callable[[], str | None]) -> None:
    """Return when `look`, which asks the service for the entity's state, returns None or raises a not-found error.

    Raises:
        TimedOut: the call's time is over, or an hour has passed.
        Cancelled: the engine no longer waits.
        RequestError: what `look` raised, a not-found error excepted.
    """
    state = ""

    def gone() -> bool | None:
        nonlocal state
        try:
            found = look()
        except ServiceError as error:
            if error.is_not_found:
                return True
            raise
        if found is None:
            return True
        state = found
        return None

    def over(error: TimedOut, seconds: float) -> TimedOut:
        return TimedOut(
            f"{what} is not gone after {seconds:.0f} s ({state or 'still there'}), and no more time is allowed. The "
            "service goes on deleting it: run again to wait on, or allow more time by the resource option "
            "`customTimeouts`."
        )

    poll(call, gone, status=lambda: f"waiting for {what} to be gone: {state or 'still there'}", over=over, limit=LIMIT)
