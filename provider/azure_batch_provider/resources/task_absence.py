"""What it means that tasks are not in their job any more: a task is an execution, and executions end and are cleaned
up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from heapq import nsmallest
from typing import Any, Final, Literal

from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.ids import job_id
from azure_batch_provider.resources.task_job import ENDED, job_of
from azure_batch_provider.values.instants import parse_instant

KEPT: Final = timedelta(days=179)
"""The service deletes tasks 180 days after they were added."""
NAMED: Final = 20
"""Tasks that a sentence names; of more it says how many."""


def named(ids: Sequence[str]) -> str:
    """Tasks in a sentence: the first of them by id, and how many more."""
    first = ", ".join(nsmallest(NAMED, ids))
    return first if len(ids) <= NAMED else f"{first} and {len(ids) - NAMED:,} more"


def why_gone(
    job: Mapping[str, Any], *, first: Any, last: Any, now: datetime | None = None
) -> Literal["ended", "younger", "aged"] | None:
    """Why tasks are not in their job any more, as far as that can be told: the job has ended, it is another one than
    they were added to, or the service has deleted them because of their age.

    Args:
        job: as the service shows it.
        first, last: when the first and the last of them were added, if that is known.
        now: by the service's clock.
    """
    if job.get("state") in ENDED:
        return "ended"
    born, earliest, latest = (parse_instant(str(text)) for text in (job.get("creationTime"), first, last))
    if born and latest and born > latest:
        return "younger"
    return "aged" if earliest and (now or datetime.now(timezone.utc)) - earliest > KEPT else None


def count_as_done(
    session: Session, call: Call, job: str, ids: Sequence[str], *, first: Any, last: Any, ignored: bool
) -> bool:
    """Whether tasks that are gone from a job which is there are over, rather than to be added again; says why, where
    the program does not ask for it.

    Args:
        first, last: when the first and the last task of the collection were added, as far as that is known.
        ignored: the program says that a task which is gone is over (`onMissing`).

    Raises:
        RequestError: the job could not be read.
    """
    parent = job_of(session, call, job)
    what = f"tasks of {job_id(job)} that are gone: {named(ids)}."
    why = why_gone(parent, first=first, last=last)
    if why == "ended":
        call.warn(f"{what} The job is {parent['state']}: they count as done.")
    elif why == "aged":
        call.warn(
            f"{what} They may have been added more than {KEPT.days} days ago, and the service deletes tasks after "
            f"{KEPT.days + 1}: they count as done."
        )
    elif why == "younger":
        then = "they count as done, by `onMissing`" if ignored else "they are added again"
        call.warn(f"{what} The job is another one than they were added to: {then}.")
    elif not ignored:
        call.info(f"{what} They are added again.")
    return why in ("ended", "aged") or ignored
