"""Waiting for tasks to complete, and what to do about one that has failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Bool, Duration, Enum
from azure_batch_provider.values.durations import parse_duration


class OnFailure(Enum):
    """What the next `pulumi up` does about a task that was waited for and has failed."""

    KEEP = "keep", "Leave it as it is, and fail again."
    RERUN = "rerun", "Replace it, so that it runs again."


class AwaitCompletion(Model):
    """How long to wait for tasks to complete, and whether one that fails is an error."""

    timeout: Duration | None = prop(
        "The longest time to wait, ISO 8601 (`PT2H`); left out, as long as it takes. The resource option "
        "`customTimeouts` ends the wait as well, if it is shorter. The tasks go on, and the next `pulumi up` waits on."
    )
    failOnError: Bool | None = prop(
        "Whether a task that fails makes the operation fail (default true); otherwise it is a warning.", default=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "timeout") and parse_duration(value["timeout"]) == 0:
            yield Violation(("timeout",), "must be longer than nothing")


def completion_warnings(value: Mapping[str, Any]) -> Iterator[Violation]:
    """What cannot work in a resource that has `awaitCompletion` and `onFailure`."""
    waits = value.get("awaitCompletion")
    if not OnFailure.RERUN.matches(value.get("onFailure")):
        return
    if waits is None:
        yield Violation(("onFailure",), "means nothing without `awaitCompletion`: no failure is waited for")
    elif isinstance(waits, Mapping) and waits.get("failOnError") is False:
        yield Violation(
            ("onFailure",), "means nothing with `awaitCompletion.failOnError: false`: no failure is remembered"
        )
