"""What of an account is asked for: by patterns of resource ids, compared as the service compares ids, without case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Selection:
    """What is taken, and as which resources.

    Attributes:
        patterns: of resource ids, `jobs/nightly*`, `jobs/nightly/tasks/frame-*`; none for all.
        exceptions: likewise, of what is not taken, whatever the patterns say.
        with_completed: also jobs and job schedules that are completed.
        whole_pools: a pool is a Pool with all that it has, and not PoolProperties.
        collection_from: how many tasks of a job become one TaskCollection instead of a Task each.
    """

    patterns: Sequence[str] = ()
    exceptions: Sequence[str] = ()
    with_completed: bool = False
    whole_pools: bool = False
    collection_from: int = 10
    _used: set[str] = field(default_factory=set)

    def has(self, id: str, within: str = "") -> bool:
        """Whether an id is taken. What it is `within`, as a task is within its job, is taken with all that it holds."""
        ids = [id, within] if within else [id]
        if any(_matching(ids, self.exceptions)):
            return False
        found = list(_matching(ids, self.patterns))
        self._used.update(found)
        return bool(found) or not self.patterns

    def reaches_into(self, job: str) -> bool:
        """Whether some tasks of a job may be taken."""
        return self.has(job) or any(_matching([job], (text.partition("/tasks/")[0] for text in self.patterns)))

    @property
    def unused(self) -> list[str]:
        """The patterns that nothing has matched so far."""
        return [text for text in self.patterns if text not in self._used]


def _matching(ids: Iterable[str], patterns: Iterable[str]) -> Iterable[str]:
    wanted = [id.casefold() for id in ids]
    return (text for text in patterns if any(fnmatchcase(id, text.casefold()) for id in wanted))
