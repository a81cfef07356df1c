"""Whether a failed call is sent again, and when. Knows errors and time only."""

from __future__ import annotations

import random
from typing import Final

from azure_batch_provider.http.errors import UNCERTAIN_STATUSES, ServiceError, TransportError

FIRST_BACKOFF: Final = 0.5
LONGEST_BACKOFF: Final = 30.0
ATTEMPTS_WITHOUT_ANSWER: Final = 4
"""A host that cannot be reached is given up after this many attempts (some four seconds), long before the deadline."""

Failure = ServiceError | TransportError


class Attempts:
    """The attempts of one call so far.

    Attributes:
        count: how many were begun.
        uncertain: one of them may have been carried out.
        failure: how the latest that ended did so.
    """

    def __init__(self) -> None:
        self.count = 0
        self.uncertain = False
        self.failure: Failure | None = None
        self._said: ServiceError | None = None

    def failed(self, failure: Failure) -> float:
        """Take note of a failure: seconds until the next attempt, if there is one.

        What the service asks for, otherwise a doubling time with jitter.
        """
        self.failure = failure
        self._note(failure)
        if isinstance(failure, ServiceError):
            self._said = failure
            if failure.retry_after is not None:
                return failure.retry_after
        longest = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (self.count - 1))
        return random.uniform(longest / 2, longest)

    def worth_another(self, failure: Failure) -> bool:
        return failure.retryable and (isinstance(failure, ServiceError) or self.count < ATTEMPTS_WITHOUT_ANSWER)

    def final(self, latest: Failure) -> Failure:
        """What the call ends with: an attempt that was cut short says less than an earlier answer of the service."""
        if self._said is None or self._said is latest:
            return latest
        self._note(self._said)
        return self._said

    def _note(self, failure: Failure) -> None:
        if isinstance(failure, ServiceError):
            failure.attempts = self.count
            failure.uncertain = self.uncertain
            self.uncertain = self.uncertain or failure.status in UNCERTAIN_STATUSES
        else:
            failure.sent = self.uncertain = self.uncertain or failure.sent
