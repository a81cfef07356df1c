"""Waiting until there is room in a quota of the account."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure_batch_provider.http.errors import ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.values.refusal import Refusal

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply


@dataclass(frozen=True)
class Quota:
    """`code` is the service's for a full one; `reached` and `stayed` say it without time to wait, and after it."""

    code: str
    of: str
    reached: Refusal
    stayed: Refusal


def with_room(call: Call, quota: Quota, create: Callable[[], Reply], fillers: Callable[[], str]) -> Reply:
    """Create something. When the quota is full and the program has set a time limit for the creation
    (`customTimeouts`), try until there is room or that time is over.

    Args:
        fillers: says what fills the quota.

    Raises:
        Refused: the account is full; the text names what could go.
        RequestError
    """
    full: dict[str, Any] = {}

    def send() -> Reply | None:
        nonlocal full
        try:
            return create()
        except ServiceError as error:
            if error.code != quota.code:
                raise
            full = full or {"error": error, "fillers": fillers()}
            if math.isinf(call.deadline.remaining()):
                raise quota.reached(**full) from error
            return None

    def over(error: TimedOut, seconds: float) -> Exception:
        return error if not full or error.sent else quota.stayed(**full, seconds=seconds)

    return poll(call, send, status=lambda: f"waiting for room in the account's quota of {quota.of}", over=over)
