"""Faults that tests order: the next matching requests are refused, delayed or cut off."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from batch_emulator.protocol.errors import STATUS_OF, TEXT_OF, ServiceError, invalid_body

_CODES = {400: "InvalidInput", 403: "AuthenticationFailed", 408: "OperationTimedOut", 429: "TooManyRequests"}
_CODES |= {409: "OperationInvalidForCurrentState", 500: "InternalError", 502: "InternalError", 503: "ServerBusy"}
_CODES |= {404: "ResourceNotFound", 504: "OperationTimedOut"}
LONGEST = 10**10
_KNOWN = frozenset(
    {"method", "path", "times", "skip", "status", "code", "retryAfter", "delay", "drop", "task", "values"}
)


@dataclass
class Fault:
    """`path` and `task` are patterns with * and ?. `delay` is in seconds of real time.

    `drop` closes the connection before the request is handled, or after its change is committed. `values` are the
    further details of a refusal, by key.
    """

    method: str | None = None
    path: str = "*"
    times: int = 1
    skip: int = 0
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    delay: float = 0.0
    drop: str | None = None
    task: str | None = None
    values: dict[str, str] | None = None

    def take(self) -> bool:
        """Whether it strikes now; counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    def error(self, default_retry_after: int) -> ServiceError | None:
        """The refusal that it makes, None when it makes none."""
        if self.status is None and self.code is None:
            return None
        status = self.status or STATUS_OF.get(str(self.code), 400)
        code = self.code or _CODES.get(status, "InternalError")
        wait = self.retry_after
        if wait is None and status == 429 and default_retry_after:
            wait = default_retry_after
        headers = {} if wait is None else {"Retry-After": f"{wait:g}"}
        text = TEXT_OF.get(code) if status < 500 else "The service failed, as it was told to."
        return ServiceError(code, list((self.values or {}).items()), text=text, status=status, headers=headers)

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"method": self.method, "path": self.path, "times": self.times, "skip": self.skip}
        shown |= {"status": self.status, "code": self.code, "retryAfter": self.retry_after}
        shown |= {"delay": self.delay, "drop": self.drop, "task": self.task, "values": self.values}
        return {name: value for name, value in shown.items() if value is not None}


def read_fault(given: Any) -> Fault:
    """Raises ServiceError that says what is wrong with it."""
    if not isinstance(given, dict):
        raise invalid_body("A fault is an object.")
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise invalid_body(f"A fault has no {', '.join(unknown)}; it has {', '.join(sorted(_KNOWN))}.")
    if given.get("drop") not in (None, "before", "after"):
        raise invalid_body("drop is before or after.")
    for name in ("times", "skip", "status"):
        value = given.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise invalid_body(f"{name} is an integer of at least 0.")
    for name in ("delay", "retryAfter"):
        value = given.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST
        ):
            raise invalid_body(f"{name} is a number of seconds from 0 to {LONGEST}.")
    for name in ("method", "path", "code", "task"):
        if not isinstance(given.get(name, ""), str):
            raise invalid_body(f"{name} is a string.")
    values = given.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise invalid_body("values is an object of strings.")
    status = given.get("status")
    if status is not None and not 300 <= status <= 599:
        raise invalid_body("status is an HTTP status from 300 to 599.")
    return Fault(
        method=given["method"].upper() if "method" in given else None,
        path=given.get("path", "*"),
        times=given.get("times", 1),
        skip=given.get("skip", 0),
        status=status,
        code=given.get("code"),
        retry_after=given.get("retryAfter"),
        delay=given.get("delay", 0.0),
        drop=given.get("drop"),
        task=given.get("task"),
        values=given.get("values"),
    )


class Faults:
    """The orders that are left, in the order in which they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def order(self, faults: list[Fault]) -> None:
        self._faults += [fault for fault in faults if fault.times > 0]

    def clear(self) -> None:
        self._faults.clear()

    def all(self) -> list[Fault]:
        return list(self._faults)

    def for_request(self, method: str, path: str) -> Fault | None:
        """The first that strikes this request. One for tasks never does."""
        for fault in self._faults:
            if fault.task is not None or fault.method not in (None, method) or not fnmatchcase(path, fault.path):
                continue
            if self._strikes(fault):
                return fault
        return None

    def for_task(self, task_id: str) -> ServiceError | None:
        """The refusal of one task in a collection, None when it is not to be refused."""
        for fault in self._faults:
            if fault.task is not None and fnmatchcase(task_id, fault.task) and self._strikes(fault):
                return fault.error(0)
        return None

    def _strikes(self, fault: Fault) -> bool:
        struck = fault.take()
        if fault.times <= 0:
            self._faults.remove(fault)
        return struck
