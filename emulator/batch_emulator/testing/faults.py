"""Faults that tests order: the next matching requests are refused, delayed or cut off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from batch_emulator.protocol.errors import STATUS_OF, TEXT_OF, ServiceError, invalid_body
from batch_emulator.state.ids import folded

_CODES = {400: "InvalidInput", 403: "AuthenticationFailed", 408: "OperationTimedOut", 429: "TooManyRequests"}
_CODES |= {409: "OperationInvalidForCurrentState", 500: "InternalError", 502: "InternalError", 503: "ServerBusy"}
_CODES |= {404: "ResourceNotFound", 504: "OperationTimedOut"}
LONGEST = 10**10
_KNOWN = frozenset(
    {"method", "path", "operation", "times", "skip", "probability", "seed", "status", "code", "retryAfter", "when"}
    | {"delay", "drop", "task", "values"}
)
_TIMES = ("before", "after")


@dataclass
class Fault:
    """`path` and `task` are patterns with * and ?. `delay` is in seconds of real time.

    `operation` is the name of one in the service's reference, such as `Task - Add`. Without `times` it strikes until it
    is taken back. Of the requests that match, it strikes those that `probability` draws; the same `seed` draws the
    same. `when` says whether it comes before the request is handled, or after its change is committed; `drop` says so
    too, and closes the connection. `values` are the further details of a refusal, by key.
    """

    method: str | None = None
    path: str = "*"
    operation: str | None = None
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    when: str = "before"
    delay: float = 0.0
    drop: str | None = None
    task: str | None = None
    values: dict[str, str] | None = None
    _draws: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._draws = Random(self.seed)

    def matches(self, method: str, path: str, operation: str | None) -> bool:
        return (
            self.task is None
            and self.method in (None, method)
            and self.operation in (None, operation)
            and fnmatchcase(path, self.path)
        )

    def take(self) -> bool:
        """Whether it strikes now; counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1 and self._draws.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def is_over(self) -> bool:
        return self.times == 0

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
        shown: dict[str, Any] = {"method": self.method, "path": self.path, "operation": self.operation}
        shown |= {"times": self.times, "skip": self.skip}
        if self.probability < 1:
            shown |= {"probability": self.probability, "seed": self.seed}
        shown |= {"status": self.status, "code": self.code, "retryAfter": self.retry_after}
        shown |= {"when": self.when if self.when == "after" else None}
        shown |= {"delay": self.delay, "drop": self.drop, "task": self.task, "values": self.values}
        return {name: value for name, value in shown.items() if value is not None}


def read_fault(given: Any, operations: Mapping[str, str]) -> Fault:
    """`operations` are the names of the service's, by the name without regard to case.

    Raises ServiceError that says what is wrong with it.
    """
    if not isinstance(given, dict):
        raise invalid_body("A fault is an object.")
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise invalid_body(f"A fault has no {', '.join(unknown)}; it has {', '.join(sorted(_KNOWN))}.")
    for name in ("drop", "when"):
        if given.get(name) not in (None, *_TIMES):
            raise invalid_body(f"{name} is {' or '.join(_TIMES)}.")
    if "drop" in given and "when" in given:
        raise invalid_body("drop says when by itself: leave when out.")
    for name in ("times", "skip", "status", "seed"):
        value = given.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise invalid_body(f"{name} is an integer of at least 0.")
    for name, most in (("delay", LONGEST), ("retryAfter", LONGEST), ("probability", 1)):
        value = given.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most
        ):
            raise invalid_body(f"{name} is a number{'' if most == 1 else ' of seconds'} from 0 to {most}.")
    for name in ("method", "path", "operation", "code", "task"):
        if not isinstance(given.get(name, ""), str):
            raise invalid_body(f"{name} is a string.")
    values = given.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise invalid_body("values is an object of strings.")
    status = given.get("status")
    if status is not None and not 300 <= status <= 599:
        raise invalid_body("status is an HTTP status from 300 to 599.")
    # One that strikes now and then does so until it is taken back, unless it says how often.
    times = given.get("times", None if "probability" in given else 1)
    return Fault(
        method=given["method"].upper() if "method" in given else None,
        path=given.get("path", "*"),
        operation=_operation(given, operations),
        times=times,
        skip=given.get("skip") or 0,
        probability=1.0 if given.get("probability") is None else float(given["probability"]),
        seed=given.get("seed") or 0,
        status=status,
        code=given.get("code"),
        retry_after=given.get("retryAfter"),
        when=given.get("when") or "before",
        delay=given.get("delay") or 0.0,
        drop=given.get("drop"),
        task=given.get("task"),
        values=given.get("values"),
    )


def _operation(given: dict[str, Any], operations: Mapping[str, str]) -> str | None:
    if "operation" not in given:
        return None
    name = operations.get(folded(given["operation"]))
    if name is None:
        noun = folded(given["operation"]).partition(" - ")[0]
        near = [known for key, known in operations.items() if key.startswith(f"{noun} - ")]
        known = f"{noun} has {', '.join(near)}" if near else f"they are named like {next(iter(operations.values()))}"
        raise invalid_body(f"The service has no operation {given['operation'][:64]!r}; {known}.")
    return name


class Faults:
    """The orders that are left, in the order in which they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def order(self, faults: list[Fault]) -> None:
        self._faults += [fault for fault in faults if not fault.is_over]

    def clear(self) -> None:
        self._faults.clear()

    def all(self) -> list[Fault]:
        return list(self._faults)

    def for_request(self, method: str, path: str, operation: str | None) -> Fault | None:
        """The first that strikes this request. One for tasks never does."""
        for fault in self._faults:
            if fault.matches(method, path, operation) and self._strikes(fault):
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
        if fault.is_over:
            self._faults.remove(fault)
        return struck
