"""What joins a task to its job: the job as this operation knows it, and the rules between the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.batch.operations import GET_JOB
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.models.exit_conditions import DependencyAction
from azure_batch_provider.models.job_body import TaskFailureMode
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import job_id
from azure_batch_provider.values.paths import Path, spell

ENDED: Final = ("completed", "terminating", "deleting")
"""The states of a job that no task can be added to."""

DISABLED: Final = ("disabling", "disabled")
"""The states of a job that takes tasks, and starts none."""

IN_VAIN: Final = (
    "`dependencyAction: satisfy` lets tasks go on that depend on it, but the service ends the job after that failure: "
    "with `onTaskFailure: performexitoptionsjobaction` a `jobAction` that is left out means `terminate`. Say "
    "`jobAction: none` as well."
)

END_TWICE: Final = (
    "is declared for this job by {urn} as well, and one declaration has to say how a job ends: leave it out of one of "
    "the two"
)


def job_of(session: Session, call: Call, job: str) -> dict[str, Any]:
    """The job, read once in an operation for all its tasks.

    Raises:
        RequestError
    """
    known = session.ledger.job(job_id(job))
    if known is None:
        known = session.client.get(GET_JOB, job, deadline=call.deadline)
        session.ledger.keep_job(job_id(job), known)
        if known.get("state") in DISABLED and session.ledger.says_first(job_id(job), "disabled"):
            call.warn(is_disabled(job_id(job), known))
    return known


def is_disabled(id: str, job: Mapping[str, Any]) -> str:
    """The sentence on a job that starts no tasks."""
    return f"{id} is {job['state']}, which is no difference: it takes tasks, and starts none until it is enabled."


def must_fit(task: Mapping[str, Any], job: Mapping[str, Any]) -> None:
    """Raises: Refused: the service would refuse the declared task in this job, or never run it."""
    where = job_id(str(task["jobId"]))
    if job.get("state") in ENDED:
        raise refusals.JOB_TAKES_NO_TASKS(job=where, state=job["state"])
    if task.get("dependsOn") and job.get("usesTaskDependencies") is not True:
        raise refusals.JOB_WITHOUT_DEPENDENCIES(job=where)
    if not TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION.matches(job.get("onTaskFailure")):
        for path in _job_actions(task.get("exitConditions") or {}):
            raise refusals.JOB_WITHOUT_ACTIONS(job=where, property=path)


def ends_in_vain(task: Mapping[str, Any], job: Mapping[str, Any]) -> Iterator[str]:
    """The exit conditions that let dependents go on after a failure that ends their job: there `jobAction` is left out,
    which means `terminate`."""
    if TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION.matches(job.get("onTaskFailure")):
        for path, options, codes in _exit_options(task.get("exitConditions") or {}):
            goes_on = DependencyAction.SATISFY.matches(options.get("dependencyAction"))
            if goes_on and options.get("jobAction") is None and codes != (0, 0):
                yield spell(path)


def _job_actions(conditions: Mapping[str, Any]) -> Iterator[str]:
    for path, options, _ in _exit_options(conditions):
        if options.get("jobAction") is not None:
            yield spell((*path, "jobAction"))


def _exit_options(conditions: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any], tuple[Any, Any]]]:
    """What is declared for each end, where it stands, and the first and last exit code that it is for."""
    for name, value in conditions.items():
        if isinstance(value, Mapping):
            yield ("exitConditions", name), value, (None, None)
        for index, item in enumerate(value if isinstance(value, list) else []):
            if isinstance(item, Mapping) and isinstance(options := item.get("exitOptions"), Mapping):
                codes = (item.get("start", item.get("code")), item.get("end", item.get("code")))
                yield ("exitConditions", name, index, "exitOptions"), options, codes
