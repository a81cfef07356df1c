"""Resource ids: REST paths without a leading slash (`pools/render`, `jobs/nightly`, `jobs/nightly/tasks/t1`)."""

from __future__ import annotations

import re
from typing import Any

from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.values.job_ids import ID, JOB_ID


def pool_id(pool: Any) -> str:
    """The id of a pool's resource, `""` while the pool's own is not known."""
    return f"pools/{pool}" if isinstance(pool, str) else ""


def job_id(job: Any) -> str:
    """The id of a job's resource, `""` while the job's own is not known."""
    return f"jobs/{job}" if isinstance(job, str) else ""


def job_schedule_id(schedule: Any) -> str:
    """The id of a job schedule's resource, `""` while the schedule's own is not known."""
    return f"jobschedules/{schedule}" if isinstance(schedule, str) else ""


def task_id(job: Any, task: Any) -> str:
    """The id of a task's resource, `""` while a part of it is not known."""
    return f"jobs/{job}/tasks/{task}" if isinstance(job, str) and isinstance(task, str) else ""


def collection_id(job: Any, name: str) -> str:
    """The id of a collection's resource, `""` while the job's own is not known: the service has no collections."""
    return f"jobs/{job}/collections/{name}" if isinstance(job, str) else ""


def package_id(application: Any, version: Any) -> str:
    """The id of an application package's resource, `""` while a part of it is not known."""
    known = isinstance(application, str) and isinstance(version, str)
    return f"applications/{application}/versions/{version}" if known else ""


def split_pool_id(id: str) -> str:
    """Raises: Refused."""
    return _split(rf"pools/({ID})", id, "pools/POOL")[0]


def split_job_id(id: str) -> str:
    """Raises: Refused."""
    return _split(rf"jobs/({JOB_ID})", id, "jobs/JOB")[0]


def split_job_schedule_id(id: str) -> str:
    """Raises: Refused."""
    return _split(rf"jobschedules/({ID})", id, "jobschedules/JOBSCHEDULE")[0]


def split_task_id(id: str) -> tuple[str, str]:
    """Raises: Refused."""
    job, task = _split(rf"jobs/({JOB_ID})/tasks/({ID})", id, "jobs/JOB/tasks/TASK")
    return job, task


def split_package_id(id: str) -> tuple[str, str]:
    """Raises: Refused."""
    form = "applications/APPLICATION/versions/VERSION"
    application, version = _split(rf"applications/({ID})/versions/([A-Za-z0-9_-][A-Za-z0-9_.-]{{0,63}})", id, form)
    return application, version


def split_collection_id(id: str) -> str:
    """The job of a collection's id, or of the id that imports all tasks of a job.

    Raises:
        Refused
    """
    form = "jobs/JOB/tasks"
    return _split(rf"jobs/({JOB_ID})/(?:tasks|collections/{ID})", id, form)[0]


def _split(pattern: str, id: str, form: str) -> tuple[str, ...]:
    match = re.fullmatch(pattern, id)
    if match is None:
        raise refusals.ID_MALFORMED(id=id, form=form)
    return match.groups()
