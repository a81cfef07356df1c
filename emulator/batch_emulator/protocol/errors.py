"""The service's error codes, their HTTP statuses, and the error body.

Knows nothing of requests: the request id and the time are added to the answer. Follows the REST page "Batch Status and
Error Codes". A `ServiceError` is always the caller's or the emulated service's fault; a bug of ours is any other
exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Values = Sequence[tuple[str, "str | None"]]

_BY_STATUS: dict[int, dict[str, str]] = {
    400: {
        "AutoScaleFormulaTooLong": "The autoscale formula is longer than the service takes.",
        "AutoScalingFormulaSyntaxError": "The autoscale formula cannot be parsed.",
        "AutoScalingFormulaTooLong": "The autoscale formula is longer than the service takes.",
        "EmptyMetadataKey": "A metadata item has an empty name.",
        "InvalidAuthenticationInfo": "The Authorization header cannot be read.",
        "InvalidAutoScalingSettings": "The settings for automatic scaling contradict each other.",
        "InvalidHeaderValue": "A request header has a value outside its format.",
        "InvalidInput": "An input of the request is not valid.",
        "InvalidMetadata": "The metadata of the request is not valid.",
        "InvalidPropertyValue": "A property in the request body has a value that is not allowed.",
        "InvalidQueryParameterValue": "A query parameter of the request has a value that is not allowed.",
        "InvalidRequestBody": "The request body cannot be read.",
        "InvalidUri": "The request URI is not valid.",
        "MetadataTooLarge": "The metadata of the request is too large.",
        "MissingRequiredHeader": "A header that this request needs is absent.",
        "MissingRequiredProperty": "A property that the request body needs is absent.",
        "MissingRequiredQueryParameter": "A query parameter that this request needs is absent.",
        "MultipleConditionHeadersNotSupported": "The conditional headers cannot be used together.",
        "OutOfRangeInput": "An input of the request is out of range.",
        "OutOfRangePriority": "The priority is out of range.",
        "OutOfRangeQueryParameterValue": "A query parameter of the request is out of range.",
        "RequestUrlFailedToParse": "The request URL cannot be parsed.",
        "TaskDependenciesNotSpecifiedOnJob": "The task depends on others, and its job does not use task dependencies.",
        "TaskDependencyListTooLong": "The ids of the tasks that the task depends on are too long together.",
        "TaskDependencyRangesTooLong": "The id ranges of the tasks that the task depends on are too long together.",
        "UnsupportedHeader": "A request header is not supported by this operation.",
        "UnsupportedProperty": "The request body has a property that this operation does not know.",
        "UnsupportedQueryParameter": "The request has a query parameter that this operation does not know.",
        "UnsupportedRequestVersion": "The value of api-version is not one that this service speaks.",
    },
    401: {},
    403: {
        "AccountIsDisabled": "The account is disabled.",
        "AuthenticationFailed": "The request could not be authenticated. Check the Authorization header.",
        "IOError": "The file or directory cannot be read or changed.",
        "InsufficientAccountPermissions": "The account has no permission for this request.",
    },
    404: {
        "ApplicationNotFound": "There is no application with this id.",
        "ApplicationPackageNotFound": "The specified application package does not exist.",
        "CertificateNotFound": "There is no certificate with this thumbprint.",
        "FileNotFound": "There is no file or directory with this name.",
        "JobNotFound": "There is no job with this id.",
        "JobScheduleNotFound": "There is no job schedule with this id.",
        "NodeNotFound": "There is no node with this id in the pool.",
        "NodeUserNotFound": "There is no user with this name on the node.",
        "PoolNotFound": "There is no pool with this id.",
        "ResourceNotFound": "There is no such resource.",
        "TaskNotFound": "There is no task with this id in the job.",
    },
    405: {"UnsupportedHttpVerb": "The resource does not know this HTTP verb."},
    409: {
        "AccountNotEnabledForAutoStorage": "The account has no auto storage.",
        "ActiveJobAndScheduleQuotaReached": "The account has as many active jobs and schedules as its quota allows.",
        "ApplicationPackageBlobNotFound": "The content of the package has not been uploaded.",
        "ApplicationPackagesNotEmpty": "The application still has packages.",
        "InvalidApplicationPackageReferences": "An application package that was referred to cannot be found.",
        "JobBeingDeleted": "The job is being deleted.",
        "JobBeingTerminated": "The job is being terminated.",
        "JobCompleted": "The job is completed.",
        "JobDisabled": "The job is disabled.",
        "JobExists": "There is already a job with this id.",
        "JobNotActive": "The job is not active.",
        "JobPreparationTaskNotSpecified": "The job has a release task and no preparation task.",
        "JobPreparationTaskOrReleaseTaskNotSpecified": "The job has neither a preparation nor a release task.",
        "JobScheduleBeingDeleted": "The job schedule is being deleted.",
        "JobScheduleBeingTerminated": "The job schedule is being terminated.",
        "JobScheduleCompleted": "The job schedule is completed.",
        "JobScheduleDisabled": "The job schedule is disabled.",
        "JobScheduleExists": "There is already a job schedule with this id.",
        "JobScheduleWithSameIdExists": "There is already a job schedule with this id.",
        "JobWithSameIdExists": "There is already a job with this id.",
        "NodeAlreadyInTargetSchedulingState": "Scheduling on the node is already as the request wants it.",
        "NodeBeingCreated": "The node is being created.",
        "NodeBeingRebooted": "The node is being rebooted.",
        "NodeBeingReimaged": "The node is being reimaged.",
        "NodeBeingStarted": "The node is being started.",
        "NodeStateUnusable": "The node is unusable.",
        "NodeUserExists": "There is already a user with this name on the node.",
        "OperationInvalidForCurrentState": "The resource is in a state in which this operation cannot be done.",
        "OperationNotValidOnNode": "The node is of a kind or in a state in which this operation cannot be done.",
        "OperationNotValidOnPool": "The pool is of a kind on which this operation cannot be done.",
        "PoolBeingCreated": "The pool is being created.",
        "PoolBeingDeleted": "The pool is being deleted.",
        "PoolBeingResized": "The pool is being resized.",
        "PoolExists": "There is already a pool with this id.",
        "PoolQuotaReached": "The account has as many pools as its quota allows.",
        "RequestedDefaultVersionNotActive": "The version that is to be the default is not active.",
        "TaskCompleted": "The task is completed.",
        "TaskExists": "There is already a task with this id in the job.",
        "TaskFilesCleanedup": "The files of the task have been cleaned up.",
        "TaskFilesUnavailable": "The files of the task are not available.",
        "TaskIdSameAsJobPreparationTask": "The id is that of the job's preparation task.",
        "TaskIdSameAsJobReleaseTask": "The id is that of the job's release task.",
        "TaskNotCompleted": "The task is not completed.",
        "TaskSucceeded": "The task has succeeded.",
    },
    411: {"MissingContentLengthHeader": "The request has no Content-Length header."},
    412: {"ConditionNotMet": "The condition in the request's conditional headers is not met."},
    413: {
        "RequestBodyTooLarge": "The request body is larger than the service takes.",
        "RequestEntityTooLarge": "A list in the request body is larger than the service takes.",
    },
    416: {"InvalidRange": "The file ends before the range begins."},
    429: {"TooManyRequests": "There are too many requests; try again later."},
    500: {
        "InternalError": "The emulator failed. This is a bug in it.",
        "OperationTimedOut": "The operation timed out.",
    },
    501: {"NotImplemented": "The emulator does not serve this operation."},
    503: {
        "ServerBusy": "The server is busy; try again later.",
        "TooManyEnableAutoScaleRequests": "Automatic scaling was enabled too often in a short time.",
    },
}

STATUS_OF = {code: status for status, codes in _BY_STATUS.items() for code in codes}
TEXT_OF = {code: text for codes in _BY_STATUS.values() for code, text in codes.items()}


class ServiceError(Exception):
    """An answer of the service that is not a success.

    `values` are the name and value pairs of the error body. A value of None is left out of its pair, as the service
    does it: that is how a secret stays unsaid.
    """

    def __init__(
        self,
        code: str,
        values: Values = (),
        *,
        text: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.values = tuple(values)
        self.text = text or TEXT_OF.get(code, "The request failed.")
        self.status = status or STATUS_OF.get(code, 400)
        self.headers = dict(headers or {})


def error_body(error: ServiceError, *, request_id: str, time: str) -> dict[str, Any]:
    """The body of an error without its `odata.metadata`, which only a whole answer has."""
    body: dict[str, Any] = {
        "code": error.code,
        "message": {"lang": "en-US", "value": f"{error.text}\nRequestId:{request_id}\nTime:{time}"},
    }
    if error.values:
        body["values"] = [
            {"key": key} if value is None else {"key": key, "value": value} for key, value in error.values
        ]
    return body


def invalid_property(name: str, reason: str, value: str | None = None) -> ServiceError:
    """`value` is what was sent, or None where it may be a secret or is not a plain value."""
    values: list[tuple[str, str | None]] = [("PropertyName", name)]
    if value is not None:
        values.append(("PropertyValue", value))
    return ServiceError("InvalidPropertyValue", [*values, ("Reason", reason)])


def missing_property(name: str) -> ServiceError:
    return ServiceError("MissingRequiredProperty", [("PropertyName", name)])


def invalid_query(name: str, value: str, reason: str) -> ServiceError:
    values = [("QueryParameterName", name), ("QueryParameterValue", value), ("Reason", reason)]
    return ServiceError("InvalidQueryParameterValue", values)


def invalid_header(name: str, reason: str) -> ServiceError:
    return ServiceError("InvalidHeaderValue", [("HeaderName", name), ("Reason", reason)])


def invalid_body(reason: str) -> ServiceError:
    return ServiceError("InvalidRequestBody", [("Reason", reason)])
