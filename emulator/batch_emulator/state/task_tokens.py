"""Tokens that running tasks have for the operations of their own job, and for no others.

Nothing of them is kept: a task that runs again gets a new one.
"""

from __future__ import annotations

import secrets

from batch_emulator.state.ids import folded


class TaskTokens:
    def __init__(self) -> None:
        self._jobs: dict[str, str] = {}
        self._of_run: dict[str, str] = {}

    def issue(self, run_id: str, job_id: str) -> str:
        """One that is good until the run is over."""
        token = secrets.token_urlsafe(32)
        self._jobs[token], self._of_run[run_id] = folded(job_id), token
        return token

    def revoke(self, run_id: str) -> None:
        token = self._of_run.pop(run_id, None)
        if token is not None:
            del self._jobs[token]

    def knows(self, token: str) -> bool:
        return token in self._jobs

    def allows(self, token: str, path: str) -> bool:
        """Whether the decoded path is that of the job, or of something in it."""
        noun, job, *_ = [*path.split("/")[1:], "", ""]
        return folded(noun) == "jobs" and folded(job) == self._jobs.get(token)
