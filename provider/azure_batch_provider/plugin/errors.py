"""How a verb's outcome becomes a gRPC status: the three kinds of failure look different to a user.

What the user or the service is to blame for is one plain text. A resource that exists, or may exist, without being as
declared goes as `ErrorResourceInitFailed`, so that the engine keeps its id. Anything else is our bug and says so.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_batch_provider.config.resolve import ConfigurationError
from azure_batch_provider.engine.log import EngineLog
from azure_batch_provider.engine.wire import encode
from azure_batch_provider.lifecycle.fault import fault_in, told
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.redact import redact

_DETAILS: Final = "grpc-status-details-bin"
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of properties in a failure. It travels in HTTP trailers, and from some size on the engine loses the id."""


def abort(
    context: grpc.ServicerContext,
    error: Exception,
    secrets: Iterable[str],
    log: EngineLog,
    urn: str,
    *,
    wrap: Callable[[State], tuple[Inputs, Inputs]],
    refresh_before_update: bool,
) -> NoReturn:
    """End a call with what went wrong, without any of the given secrets in it, after what was logged on the way."""
    fault = None if isinstance(error, ConfigurationError) else fault_in(error)
    if fault is not None:
        log("debug", urn, redact("".join(traceback.format_tb(fault.__traceback__)), secrets))
    log.flush()
    if isinstance(error, InitFailed):
        inputs, outputs = map(_kept_small, wrap(error.state))
        reasons = [redact(reason, secrets) for reason in error.reasons]
        failure = provider_pb2.ErrorResourceInitFailed(
            id=error.state.id,
            inputs=inputs,
            properties=outputs,
            reasons=reasons,
            refresh_before_update=refresh_before_update,
        )
        status: Any = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reasons[0] if reasons else "")
        status.details.add().Pack(failure)
        context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, status.message)
    if fault is None:
        context.abort(grpc.StatusCode.UNKNOWN, redact(str(error), secrets))
    context.abort(grpc.StatusCode.INTERNAL, told(fault))


def _kept_small(values: Inputs) -> Any:
    """The struct of a failure's values. Where thousands of them are marked as secret, the marks take more room than the
    values do: then what holds them is marked as a whole."""
    found = encode(values)
    if found.ByteSize() <= LARGEST:
        return found
    return encode(replace(values, secret_paths=frozenset(path[:1] for path in values.secret_paths)))
