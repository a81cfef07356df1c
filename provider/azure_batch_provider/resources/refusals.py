"""The catalogue of what is refused for pools, jobs and tasks: a row for each refusal."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.values.refusal import Refusal

POOL_BEING_DELETED: Final = Refusal(
    "pool-being-deleted", "{id} is being deleted: its properties cannot be managed any more."
)
POOL_QUOTA_REACHED: Final = Refusal(
    "pool-quota-reached",
    "{error} {fillers}",
    "To wait until there is room, set the resource option `customTimeouts: {{create: 30m}}`.",
)
POOL_QUOTA_STAYED_REACHED: Final = Refusal(
    "pool-quota-stayed-reached",
    "{error} {fillers} There was no room within {seconds:.0f} s, the time that `customTimeouts` allows.",
)
POOL_NOT_EMPTIED: Final = Refusal(
    "pool-not-emptied",
    "{id} is not deleted, because it still has {count} nodes: their tasks had not let them go when the resize to no "
    "nodes ended (`nodeDeallocationOption: {option}`).",
    "Run again, allow more time by `resizeTimeout`, or deploy `nodeDeallocationOption: requeue` first.",
)

SIGNATURE_ENDS_TOO_EARLY: Final = Refusal(
    "signature-ends-too-early",
    "`{property}` has a signature that ends at {time}, and `rollout` would restart the nodes of {id} one after "
    "another: those that are restarted later could not fetch it. Nothing is written.",
    "Give it a signature that ends later, or an `identityReference`.",
)

# jobs and job schedules
JOB_QUOTA_REACHED: Final = Refusal(
    "job-quota-reached",
    "{error} {fillers}",
    "To wait until there is room, set the resource option `customTimeouts: {{create: 30m}}`.",
)
JOB_QUOTA_STAYED_REACHED: Final = Refusal(
    "job-quota-stayed-reached",
    "{error} {fillers} There was no room within {seconds:.0f} s, the time that `customTimeouts` allows.",
)
NOT_DELETED_FIRST: Final = Refusal(
    "not-deleted-first",
    "{id} cannot be replaced under its own id, because it was deployed with `deletionPolicy: {policy}`: {properties} "
    "can only change with a new {noun}.",
    "Declare another `{part}`, or deploy `deletionPolicy: delete` first.",
)
HAS_ENDED: Final = Refusal(
    "has-ended",
    "{id} is {state}: the service changes nothing of it any more.",
    "Declare another `{part}`, or delete the {noun} so that it can be made again.",
)
JOB_CHANGED_BEFORE_MOVE: Final = Refusal(
    "job-changed-before-move",
    "{id} was changed by another client while it was to be disabled so that its pool can change. It is {state}, and "
    "nothing was written.",
    "Run `pulumi up` again.",
)
JOB_CHANGED_DURING_MOVE: Final = Refusal(
    "job-changed-during-move",
    "{id} was disabled so that its pool can change, and is {state} now, because of another client. Its pool was not "
    "changed.",
    "Run `pulumi up` again.",
)
SCHEDULE_HAS_ID_OF_JOB: Final = Refusal(
    "schedule-has-id-of-job",
    "{id} cannot be created, because there is {job}: jobs and job schedules share their ids.",
    "Declare another `jobScheduleId`.",
)

# tasks
JOB_TAKES_NO_TASKS: Final = Refusal(
    "job-takes-no-tasks",
    "{job} is {state}: no task can be added to it.",
    "Declare another `jobId`, or delete the job so that it can be made again.",
)
JOB_WITHOUT_DEPENDENCIES: Final = Refusal(
    "job-without-dependencies",
    "`dependsOn` is given, but {job} has no `usesTaskDependencies: true`.",
    "That can only be set when a job is created (TaskDependenciesNotSpecifiedOnJob).",
)
JOB_WITHOUT_ACTIONS: Final = Refusal(
    "job-without-actions",
    "`{property}` is given, but {job} has `onTaskFailure: noaction`.",
    "Remove it, or create the job with `onTaskFailure: performexitoptionsjobaction`.",
)
TASK_ENDED_BEFORE: Final = Refusal(
    "task-ended-before",
    "{id} is what is declared, but it completed at {time}, before this: with `awaitCompletion` an old result does not "
    "stand for the one that is waited for.",
    "Declare another `taskId`, or delete the task so that it runs again.{importing}",
)
TASK_IS_GONE: Final = Refusal("task-is-gone", "{id} is not there any more.", "`pulumi up --refresh` adds it again.")
TASK_DIFFERS: Final = Refusal(
    "task-differs",
    "{id} is not what is declared any more: {differences}.",
    "`pulumi up --refresh` plans the replacement.",
)

# collections
JOB_ENDED_FOR_COLLECTION: Final = Refusal(
    "collection-job-has-ended",
    "{job} is {state}: no task can be added to it, and the collection {counted}.",
    "A job that ends when its tasks do is made for one run: put what tells one run from another into its `jobId`, so "
    "that a changed collection comes with a new job.",
)
TASKS_EXIST_AND_DIFFER: Final = Refusal(
    "tasks-exist-and-differ",
    "{count} tasks of {job} exist already and are not what is declared: {tasks}.",
    "Declare other ids, delete these tasks, or import the tasks of the job by `{job}/tasks`.",
)
TASKS_FAILED: Final = Refusal("tasks-failed", "No task of the collection could be added to {job}: {reasons}")
TASKS_NOT_DELETED: Final = Refusal(
    "tasks-not-deleted", "{count} tasks of {job} could not be deleted: {reasons}", "Run again."
)

# application packages
PACKAGE_SOURCE_UNUSABLE: Final = Refusal("package-source-unusable", "`source` {problem}.")
PACKAGE_IS_ANOTHER: Final = Refusal(
    "package-is-another", "`contentHash` is not that of `source`, which is {digest}.", "Correct it, or leave it out."
)
PACKAGE_CHANGED_MEANWHILE: Final = Refusal(
    "package-changed-meanwhile",
    "`source` of {id} has changed since it was planned with.",
    "Run again.",
)
PACKAGE_EXISTS: Final = Refusal(
    "package-exists",
    "{id} exists already and is active since {time}; what is in it cannot be compared.",
    "To upload `source` in its place: `takeOver: true`. To manage it as it is: `pulumi import {token} {name} {id}`.",
)
PACKAGE_FROZEN: Final = Refusal(
    "package-frozen",
    "{id} is active, and application {application} does not allow packages to be updated, so that its content stays.",
    "Declare another `version`, leave it out so that it comes from the content, or declare `allowUpdates: true`.",
)
PACKAGE_IN_USE: Final = Refusal(
    "package-in-use",
    "{id} is not deleted, because {uses}.",
    "Have that refer to another version first, or keep the package by `retainOnDelete: true`.",
)
PACKAGE_NOT_DELETED: Final = Refusal(
    "package-not-deleted",
    "{id} is not deleted: {error}",
    "A package that is in use cannot be deleted: pools, jobs and tasks may refer to it.",
)
