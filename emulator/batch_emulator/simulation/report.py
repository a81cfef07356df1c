"""How a run went: what a node says of it, and what is shown of its end, whatever kind of task it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Execution = dict[str, Any]
"""What is shown of a run."""
OUT_OF_TIME = "The maximum execution time configured on the task was exceeded"
"""The detail of a failure by which one that was ended for its time is known from one that its user ended."""
_BEGUN = ("state", "startTime")
_ENDED = ("endTime", "exitCode", "failureInfo", "result")


def exit_failure(exit_code: int) -> dict[str, Any]:
    """The `failureInfo` of a command that exited with anything but 0."""
    return {
        "category": "UserError",
        "code": "FailureExitCode",
        "message": "The task exited with an exit code representing a failure",
        "details": [{"name": "Message", "value": f"Exit code {exit_code}"}],
    }


@dataclass(frozen=True)
class Report:
    """What a node says of a run: the state that it is in now, and how it ended.

    Without an exit code its command did not run to its end, for which `failure` is the reason.
    """

    state: str
    exit_code: int | None = None
    failure: dict[str, Any] | None = None

    @property
    def failure_info(self) -> dict[str, Any] | None:
        """Why it failed, an exit code other than 0 included."""
        return self.failure or (exit_failure(self.exit_code) if self.exit_code else None)

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0 and self.failure is None

    @property
    def out_of_time(self) -> bool:
        """Whether its command was ended because it ran too long."""
        details = self.failure.get("details", ()) if self.failure is not None else ()
        return any(detail.get("value") == OUT_OF_TIME for detail in details)

    def is_retried(self, most: int, retries: int, *, out_of_time: bool = False) -> bool:
        """A command that fails is run again, `most` times (-1: without limit); what fails before it or after it is not.

        `retries` is how often it was. `out_of_time` says whether one that ran too long counts as a command that fails.
        """
        failed = bool(self.exit_code) and (self.failure is None or (out_of_time and self.out_of_time))
        return failed and (most == -1 or retries < most)

    def end(self, execution: Execution, when: str) -> Execution:
        """What is shown of a run that has ended so, in the service's order."""
        begun = {name: execution[name] for name in _BEGUN if name in execution}
        others = {name: value for name, value in execution.items() if name not in (*_BEGUN, *_ENDED)}
        ended: Execution = {"endTime": when}
        if self.exit_code is not None:
            ended["exitCode"] = self.exit_code
        if self.failure_info is not None:
            ended["failureInfo"] = self.failure_info
        ended["result"] = "success" if self.succeeded else "failure"
        return {**begun, **ended, **others}
