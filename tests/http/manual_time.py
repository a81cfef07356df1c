"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import threading


class ManualTime:
    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()
        self.started = self._now

    def clock(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    @property
    def passed(self) -> float:
        return self._now - self.started
