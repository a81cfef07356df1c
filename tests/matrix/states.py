"""What may be on the server when an operation of the engine comes, by a short key, and what is meant by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Resource = Literal["Pool", "PoolProperties", "Job", "JobSchedule", "Task", "TaskCollection", "ApplicationPackage"]
Operation = Literal["up", "up --refresh", "refresh", "import", "destroy"]

RESOURCES: Final[tuple[Resource, ...]] = get_args(Resource)
OPERATIONS: Final[tuple[Operation, ...]] = ("up", "up --refresh", "refresh", "import", "destroy")


@dataclass(frozen=True)
class State:
    """`title` heads the row on the page; `meaning` says what exactly is there, for each resource where it differs."""

    key: str
    title: str
    meaning: str


STATES: Final = (
    State("as-declared", "as declared", "Nothing has happened since the last `up`."),
    State(
        "drifted",
        "drifted",
        "Another client has changed what the program declares: the number of nodes, the start task's command line, the "
        "priority of the job or of a schedule's jobs, the task's constraints (the only thing of a task that the "
        "service lets change), those of one of a collection's two tasks. Under a package's version another "
        "content was uploaded and activated.",
    ),
    State(
        "gone",
        "gone",
        "The task, all tasks of the collection, the job, the job schedule, the pool or the package has been deleted. "
        "Pool properties have no existence of their own: gone means that the "
        "pool has none of them any more.",
    ),
    State("some-gone", "one of its tasks gone", "One of the two tasks of a collection has been deleted."),
    State("others", "other tasks beside its own", "Another client has added a task to the job of a collection."),
    State(
        "stuck",
        "a task that cannot be deleted",
        "The service answers 409 `TaskBusy` to the deletion of the task, or of one of a collection's two tasks.",
    ),
    State("gone-ignored", "gone, `onMissing: ignore`", "As before, and the program says that this is in order."),
    State(
        "parent-gone",
        "parent gone",
        "What it belongs to has been deleted: the pool of pool properties, the pool of a job or of a schedule's "
        "jobs, the job of a task or a collection, the application of a package, which has no package any more then.",
    ),
    State(
        "parent-remade",
        "parent gone, and made again",
        "The same, and the program declares the parent too, so that this very operation makes it again.",
    ),
    State(
        "parent-younger",
        "parent of the same id but younger",
        "The parent has been deleted, and another one has been made with its id.",
    ),
    State("job-disabled", "job disabled", "The job, the job of the task, or the job schedule, is disabled."),
    State(
        "job-completed",
        "job completed",
        "The job, the job of the task, or the job schedule, has been terminated or has ended.",
    ),
    State("job-terminating", "job terminating", "Its termination is still under way."),
    State("job-deleting", "job deleting", "Another client has deleted it, and it is not gone yet."),
    State("gone-job-completed", "gone, job completed", "The task has been deleted, and its job has ended."),
    State("gone-job-terminating", "gone, job terminating", "The task has been deleted, and its job is ending."),
    State("gone-job-deleting", "gone, job deleting", "The task has been deleted, and its job is on its way out."),
    State("task-failed", "task failed", "The task has run and ended with exit code 1."),
    State(
        "pool-deleting",
        "pool deleting",
        "The pool, or that of the pool properties, of the job or of the schedule's jobs, or the one that refers to the "
        "package, is deleted and not gone yet.",
    ),
    State("in-use", "in use", "A pool refers to the package."),
    State(
        "pending",
        "content pending",
        "Another client has made the package's record again, and has activated no content since.",
    ),
    State(
        "locked",
        "drifted, and locked",
        "As drifted, and since then the application does not allow packages to be updated.",
    ),
    State("refused-401", "unreadable: 401", "The service answers 401 `AuthenticationFailed` to everything about it."),
    State(
        "refused-403",
        "unreadable: 403",
        "The service answers 403 `InsufficientAccountPermissions` to everything about it; of a package it is Azure "
        "Resource Manager, with `AuthorizationFailed`.",
    ),
    State("fails-500", "unreadable: 5xx", "The service answers 500 `InternalError` for as long as it is asked."),
    State("times-out", "unreadable: timeout", "The service does not answer within `requestTimeout`."),
    State(
        "another-account",
        "another account",
        "The configuration, its key included, is that of another account from now on, where nothing exists but the "
        "parents. The key of the old one is in the provider's state.",
    ),
    State(
        "another-account-environment",
        "another account, by the environment",
        "The same, by environment variables. The key of the old account is known to nobody any more: the environment's "
        "is never recorded. (A package is signed for by an Entra identity, which both accounts let in.)",
    ),
    State(
        "imported-deletionPolicy",
        "imported with `deletionPolicy: retain`",
        "The resource came into the stack by an `up` with the `import` option, and the program says this of it, which "
        "the service cannot show.",
    ),
    State(
        "imported-takeOver",
        "imported with `takeOver: true`",
        "The same with another property that only the provider knows.",
    ),
    State("imported-triggers", "imported with `triggers`", "The same; triggers that are new are no reason to act."),
    State("imported-rollout", "imported with `rollout`", "The same with another such property."),
    State("imported-waitForSteady", "imported with `waitForSteady: false`", "The same with another such property."),
    State(
        "imported-stopPendingResize", "imported with `stopPendingResize: true`", "The same with another such property."
    ),
    State(
        "imported-nodeDeallocationOption",
        "imported with `nodeDeallocationOption: terminate`",
        "The same; before the pool is deleted its nodes are to go in this way.",
    ),
    State("imported-rerunDependents", "imported with `rerunDependents: true`", "The same with another such property."),
    State(
        "imported-movePool",
        "imported with `movePool: true`",
        "The same; the pool that the program declares is the job's.",
    ),
    State("imported-disableTasks", "imported with `disableTasks: wait`", "The same, with `movePool: true`."),
    State(
        "imported-onAllTasksComplete",
        "imported with `onAllTasksComplete: terminatejob`",
        "The same; of a collection, the job is to end with its tasks from now on.",
    ),
    State(
        "imported-onMissing",
        "imported with `onMissing: ignore`, and gone",
        "The same, and then another client has deleted it. (The `import` finds it there.)",
    ),
    State(
        "imported-awaitCompletion",
        "imported with `awaitCompletion`",
        "The same; the task had completed by then, so that there is nothing to wait for.",
    ),
    State(
        "imported-onFailure",
        "imported with `onFailure: rerun`",
        "The same, and what to do if the task had failed, which it has not.",
    ),
    State(
        "imported-displayName",
        "imported with `displayName`",
        "The same; it is the name of the package's application, which has none.",
    ),
    State(
        "imported-allowUpdates",
        "imported with `allowUpdates: false`",
        "The same; the application allows its packages to be updated.",
    ),
    State(
        "imported-defaultVersion",
        "imported with `defaultVersion: true`",
        "The same; the application has no default version.",
    ),
)
IMPORTED: Final = "imported-"
"""What the keys of states begin with whose resources were imported with a property that only the provider knows."""
UNREADABLE: Final = ("refused-401", "refused-403", "fails-500", "times-out")
OF_PACKAGES: Final = (
    *("in-use", "pending", "locked"),
    *("imported-displayName", "imported-allowUpdates", "imported-defaultVersion"),
)
"""What only an application package can be found in."""
