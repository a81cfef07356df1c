"""How a verb's outcome becomes a gRPC status: the three kinds of failure look different to a user.

What the user or the service is to blame for is one plain text. A resource that exists, or may exist, without being as
declared goes as `ErrorResourceInitFailed`, so that the engine keeps its id. Anything else is our bug and says so.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_batch_provider.batch.errors import BatchError
from azure_batch_provider.batch.scrubbing import scrub
from azure_batch_provider.config import ConfigurationError
from azure_batch_provider.core.outcome import InitFailed, Refused
from azure_batch_provider.wire import encode

_DETAILS: Final = "grpc-status-details-bin"


def abort(
    context: grpc.ServicerContext,
    error: Exception,
    secrets: Iterable[str],
    debug: Callable[[str], None],
    *,
    refresh_before_update: bool,
) -> NoReturn:
    """End a call with what went wrong, without any of the given secrets in it."""
    hidden = list(secrets)
    if isinstance(error, InitFailed):
        reasons = [scrub(reason, hidden) for reason in error.reasons]
        failure = provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            inputs=encode(error.inputs),
            properties=encode(error.properties),
            reasons=reasons,
            refresh_before_update=refresh_before_update,
        )
        status: Any = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reasons[0] if reasons else "")
        status.details.add().Pack(failure)
        context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, status.message)
    if isinstance(error, (Refused, BatchError, ConfigurationError)):
        context.abort(grpc.StatusCode.UNKNOWN, scrub(str(error), hidden))
    frame = traceback.extract_tb(error.__traceback__)[-1]
    debug(scrub("".join(traceback.format_tb(error.__traceback__)), hidden))
    context.abort(
        grpc.StatusCode.INTERNAL,
        f"This is a bug in the azure-batch provider, not in your program: {type(error).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno}. Please report it with the log of `pulumi --logtostderr -v=7`; "
        "the state of your resources is kept.",
    )
