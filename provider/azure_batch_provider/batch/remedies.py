"""What the service's error codes mean, and what to do next: a row for each code.

The codes are the service's own, see https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes.
"""

from __future__ import annotations

from typing import Final

from azure_batch_provider.http.dialect import Meaning

_WAIT_DELETED: Final = "Wait until it is gone, then run again."

NOT_BATCH: Final = Meaning("The answer is not one of Azure Batch: check `endpoint`, and any proxy on the way.")
"""Whatever comes without a code."""
NEEDS_ENTRA: Final = Meaning(
    "This needs Entra: a pool with a subnet, an image by id or public addresses of its own is accepted only from a"
    " caller who signs in with Microsoft Entra. The account key is not wrong: configure an Entra identity instead of"
    " `accountKey`."
)
"""The key is right, and not enough, whatever the code."""
CLOCK: Final = "This machine's clock is {minutes} minutes {side} the service's, which allows 15: set it right."

MEANINGS: Final[dict[str, Meaning]] = {
    # credentials
    "AuthenticationFailed": Meaning(
        "Check that `accountName` and `accountKey` (or the Entra identity) belong to the account of `endpoint`, and"
        " that the key was not regenerated since.",
        credentials=True,
    ),
    "InsufficientAccountPermissions": Meaning(
        "Give the identity a role on the Batch account that allows data plane work, Azure Batch Data Contributor for"
        " instance.",
        credentials=True,
    ),
    "InvalidAuthenticationInfo": Meaning("Check the form of `accountName` and `accountKey`."),
    "AccountIsDisabled": Meaning("Enable the Batch account; a cancelled or overdue subscription disables it as well."),
    "InvalidRestAPIForAccountSetting": Meaning(
        "The account's settings do not allow this call: see its allowed authentication modes and pool allocation mode."
    ),
    # the request
    "UnsupportedRequestVersion": Meaning("Set `apiVersion` to a version that this account's region serves."),
    "MissingRequiredProperty": Meaning("Declare the property that is named."),
    "UnsupportedProperty": Meaning(
        "Remove the property that is named, or set `apiVersion` to a version that knows it."
    ),
    "InvalidPropertyValue": Meaning("Correct the property that is named."),
    "InvalidRequestBody": Meaning("Compare the declared properties with the REST page of the operation."),
    "InvalidQueryParameterValue": Meaning("The query was refused; if it was not your filter, report this as a bug."),
    "OutOfRangeInput": Meaning("Bring the value into the documented range."),
    "InvalidMetadata": Meaning("Correct the metadata: names must not be empty."),
    "EmptyMetadataKey": Meaning("Give every metadata entry a name."),
    "MetadataTooLarge": Meaning("Shorten the metadata."),
    "RequestBodyTooLarge": Meaning(
        "A request holds 1 MiB at most: move resource files into a container or a zip file, and long texts into files."
    ),
    "RequestEntityTooLarge": Meaning(
        "The list of resource files is too long: use a storage container, zip files, application packages or a"
        " container image instead."
    ),
    "MultipleConditionHeadersNotSupported": Meaning("This is a fault of the provider: please report it."),
    "ConditionNotMet": Meaning("Another client changed it in the meantime: run again, to plan with what is there now."),
    "UnsupportedHttpVersion": Meaning("Look for a proxy on the way that speaks an old version of HTTP.", retried=False),
    "NotImplemented": Meaning("This endpoint does not offer the operation.", retried=False),
    # pools
    "PoolNotFound": Meaning(
        "Create the pool first, or correct `poolId`; pools are looked up in the account of `endpoint`."
    ),
    "PoolExists": Meaning("Choose another id, or delete the pool that has it."),
    "PoolBeingDeleted": Meaning(f"The pool is being deleted. {_WAIT_DELETED}"),
    "PoolBeingCreated": Meaning("Wait until the pool is there, then run again."),
    "PoolBeingResized": Meaning("Wait until the pool's resize is over, then run again."),
    "PoolQuotaReached": Meaning(
        "Delete pools that are no longer needed, or ask for a higher pool quota of the account.", retried=False
    ),
    "OperationNotValidOnPool": Meaning("This kind of pool does not allow the change."),
    "OperationInvalidForCurrentState": Meaning(
        "Wait until the pool or job has left its present state, then run again."
    ),
    "InvalidApplicationPackageReferences": Meaning(
        "Check that each application exists in the account, has the version that is named, or has a default version."
    ),
    "InvalidAutoScalingSettings": Meaning("Correct the automatic scaling settings."),
    "AutoScalingFormulaSyntaxError": Meaning("Correct the automatic scaling formula."),
    "TooManyEnableAutoScaleRequests": Meaning(
        "Automatic scaling can be enabled once in 30 seconds: run again a little later.", retried=True
    ),
    "NodeAgentSKUNotFound": Meaning("Choose a node agent that the account's list of supported images has."),
    # jobs
    "JobNotFound": Meaning(
        "Create the job first, or correct `jobId`; jobs are looked up in the account of `endpoint`."
    ),
    "JobExists": Meaning("Choose another id, or import the job that has it."),
    "JobScheduleWithSameIdExists": Meaning("Declare another id: jobs and job schedules share their ids."),
    "JobWithSameIdExists": Meaning("Declare another id: jobs and job schedules share their ids."),
    "JobScheduleNotFound": Meaning("Check `jobScheduleId`; the job schedule may have been deleted since."),
    "JobScheduleExists": Meaning("Choose another id, or import the job schedule that has it."),
    "JobScheduleDisabled": Meaning("Enable the job schedule first."),
    "JobScheduleCompleted": Meaning("A completed job schedule takes no changes: replace it, or use another one."),
    "JobScheduleBeingTerminated": Meaning("The job schedule is ending: wait until it is completed, then run again."),
    "JobScheduleBeingDeleted": Meaning(f"The job schedule is being deleted. {_WAIT_DELETED}"),
    "JobCompleted": Meaning("A completed job takes no tasks and no changes: replace the job, or use another one."),
    "JobDisabled": Meaning("Enable the job first."),
    "JobNotActive": Meaning("Wait until the job is active, or use another one."),
    "JobBeingDeleted": Meaning(f"The job is being deleted. {_WAIT_DELETED}"),
    "JobBeingTerminated": Meaning("The job is ending and takes no more tasks: replace the job, or use another one."),
    "ActiveJobAndScheduleQuotaReached": Meaning(
        "Terminate or delete jobs and schedules that are no longer needed, or ask for a higher quota of active jobs.",
        retried=False,
    ),
    "TaskIdSameAsJobPreparationTask": Meaning("Choose another `taskId`: the job's preparation task has it."),
    "TaskIdSameAsJobReleaseTask": Meaning("Choose another `taskId`: the job's release task has it."),
    # tasks
    "TaskNotFound": Meaning("Check `taskId`; the task may have been deleted since."),
    "TaskExists": Meaning(
        "Choose another `taskId`, or import the task that has it; ids differ by more than their case."
    ),
    "TaskCompleted": Meaning("The task is over and cannot be changed any more."),
    "TaskFilesUnavailable": Meaning(
        "A task has files once it runs on a node, and for as long as that node is there and `retentionTime` lasts."
    ),
    "TaskFilesCleanedup": Meaning(
        "The files are gone: `retentionTime` in the task's constraints says how long they stay."
    ),
    "FileNotFound": Meaning("Names are relative to the directory of the task: `stdout.txt`, `wd/out.txt`."),
    "TaskDependenciesNotSpecifiedOnJob": Meaning("Set `usesTaskDependencies: true` on the job, or remove `dependsOn`."),
    "TaskDependencyListTooLong": Meaning(
        "Use `dependsOn.taskIdRanges`: the ids listed have 64,000 characters at most."
    ),
    "TaskDependencyRangesTooLong": Meaning("Use fewer ranges in `dependsOn.taskIdRanges`."),
    # the service itself
    "ResourceNotFound": Meaning("Check the ids and `endpoint`."),
    "ServerBusy": Meaning(
        "The account is being throttled: run again later, or lower `maxConcurrency`.", retried=True, throttles=True
    ),
    "TooManyRequests": Meaning(
        "The account is being throttled: run again later, or lower `maxConcurrency`.", retried=True, throttles=True
    ),
    "InternalError": Meaning(
        "This is a fault of the service: run again, and give Azure support the request ids if it stays.", retried=True
    ),
    "OperationTimedOut": Meaning(
        "The service was too slow: run again; `requestTimeout` sets how long the provider waits.", retried=True
    ),
}
