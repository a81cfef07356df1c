"""What to do next, by the service's error code. Read by people only: behaviour never depends on these sentences.

The codes are the service's own, see https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes.
"""

from __future__ import annotations

from typing import Final

_WAIT_DELETED: Final = "Wait until it is gone, then run again."

NEEDS_ENTRA: Final = (
    "This needs Entra: what has a subnet, an image by id or public addresses of its own is only taken from who signs in"
    " with Microsoft Entra. The account key is not wrong: configure an Entra identity instead of `accountKey`."
)

ADVICE: Final[dict[str, str]] = {
    # credentials
    "AuthenticationFailed": (
        "Check that `accountName` and `accountKey` (or the Entra identity) belong to the account of `endpoint`, and"
        " that the key was not regenerated since."
    ),
    "InsufficientAccountPermissions": (
        "Give the identity a role on the Batch account that allows data plane work, Azure Batch Data Contributor for"
        " instance."
    ),
    "InvalidAuthenticationInfo": "Check the form of `accountName` and `accountKey`.",
    "AccountIsDisabled": "Enable the Batch account; a cancelled or overdue subscription disables it as well.",
    "InvalidRestAPIForAccountSetting": (
        "The account's settings do not allow this call: see its allowed authentication modes and pool allocation mode."
    ),
    # the request
    "UnsupportedRequestVersion": "Set `apiVersion` to a version that this account's region serves.",
    "MissingRequiredProperty": "Declare the property that is named.",
    "UnsupportedProperty": "Remove the property that is named, or set `apiVersion` to a version that knows it.",
    "InvalidPropertyValue": "Correct the property that is named.",
    "InvalidRequestBody": "Compare the declared properties with the REST page of the operation.",
    "InvalidQueryParameterValue": "The query was refused; if it was not your filter, report this as a bug.",
    "OutOfRangeInput": "Bring the value into the documented range.",
    "InvalidMetadata": "Correct the metadata: names must not be empty.",
    "EmptyMetadataKey": "Give every metadata entry a name.",
    "MetadataTooLarge": "Shorten the metadata.",
    "RequestBodyTooLarge": (
        "A request holds 1 MiB at most: move resource files into a container or a zip file, and long texts into files."
    ),
    "RequestEntityTooLarge": (
        "The list of resource files is too long: use a storage container, zip files, application packages or a"
        " container image instead."
    ),
    "MultipleConditionHeadersNotSupported": "This is a fault of the provider: please report it.",
    "ConditionNotMet": "Another client changed it in the meantime: run again, to plan with what is there now.",
    "NotImplemented": "This endpoint does not offer the operation.",
    # pools
    "PoolNotFound": "Create the pool first, or correct `poolId`; pools are looked up in the account of `endpoint`.",
    "PoolExists": "Choose another id, or delete the pool that has it.",
    "PoolBeingDeleted": f"The pool is being deleted. {_WAIT_DELETED}",
    "PoolBeingCreated": "Wait until the pool is there, then run again.",
    "PoolBeingResized": "Wait until the pool's resize is over, then run again.",
    "PoolQuotaReached": "Delete pools that are no longer needed, or ask for a higher pool quota of the account.",
    "OperationNotValidOnPool": "This kind of pool does not allow the change.",
    "OperationInvalidForCurrentState": "Wait until the pool or job has left its present state, then run again.",
    "InvalidApplicationPackageReferences": (
        "Check that each application exists in the account, has the version that is named, or has a default version."
    ),
    "InvalidAutoScalingSettings": "Correct the automatic scaling settings.",
    "AutoScalingFormulaSyntaxError": "Correct the automatic scaling formula.",
    "TooManyEnableAutoScaleRequests": "Automatic scaling can be enabled once in 30 seconds: run again a little later.",
    "NodeAgentSKUNotFound": "Choose a node agent that the account's list of supported images has.",
    # jobs
    "JobNotFound": "Create the job first, or correct `jobId`; jobs are looked up in the account of `endpoint`.",
    "JobExists": "Choose another id, or import the job that has it.",
    "JobScheduleWithSameIdExists": "Choose another `jobId`: jobs and job schedules share their ids.",
    "JobCompleted": "A completed job takes no tasks and no changes: replace the job, or use another one.",
    "JobDisabled": "Enable the job first.",
    "JobNotActive": "Wait until the job is active, or use another one.",
    "JobBeingDeleted": f"The job is being deleted. {_WAIT_DELETED}",
    "JobBeingTerminated": "The job is ending and takes no more tasks: replace the job, or use another one.",
    "ActiveJobAndScheduleQuotaReached": (
        "Terminate or delete jobs and schedules that are no longer needed, or ask for a higher quota of active jobs."
    ),
    "TaskIdSameAsJobPreparationTask": "Choose another `taskId`: the job's preparation task has it.",
    "TaskIdSameAsJobReleaseTask": "Choose another `taskId`: the job's release task has it.",
    # tasks
    "TaskNotFound": "Check `taskId`; the task may have been deleted since.",
    "TaskExists": "Choose another `taskId`, or import the task that has it; ids differ by more than their case.",
    "TaskCompleted": "The task is over and cannot be changed any more.",
    "TaskDependenciesNotSpecifiedOnJob": "Set `usesTaskDependencies: true` on the job, or remove `dependsOn`.",
    "TaskDependencyListTooLong": "Use `dependsOn.taskIdRanges`: the ids listed have 64,000 characters at most.",
    "TaskDependencyRangesTooLong": "Use fewer ranges in `dependsOn.taskIdRanges`.",
    # the service itself
    "ResourceNotFound": "Check the ids and `endpoint`.",
    "ServerBusy": "The account is being throttled: run again later, or lower `maxConcurrency`.",
    "TooManyRequests": "The account is being throttled: run again later, or lower `maxConcurrency`.",
    "InternalError": "This is a fault of the service: run again, and give Azure support the request ids if it stays.",
    "OperationTimedOut": "The service was too slow: run again; `requestTimeout` says how long is waited.",
}
