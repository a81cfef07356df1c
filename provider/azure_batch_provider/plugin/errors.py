"""How a verb's outcome becomes a gRPC status: the three kinds of failure look different to a user.

What the user or the service is to blame for is one plain text. A resource that exists, or may exist, without being as
declared goes as `ErrorResourceInitFailed`, so that the engine keeps its id. Anything else is our bug and says so.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_batch_provider.config.resolve import ConfigurationError
from azure_batch_provider.engine.wire import encode
from azure_batch_provider.lifecycle.fault import fault_in, told
from azure_batch_provider.lifecycle.results import InitFailed
from azure_batch_provider.values.redact import redact

_DETAILS: Final = "grpc-status-details-bin"
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of properties in a failure. It travels in HTTP trailers, and from some size on the engine loses the id."""


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
    fault = None if isinstance(error, ConfigurationError) else fault_in(error)
    if fault is not None:
        debug(redact("".join(traceback.format_tb(fault.__traceback__)), hidden))
    if isinstance(error, InitFailed):
        reasons = [redact(reason, hidden) for reason in error.reasons]
        failure = provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            inputs=_kept_small(error.inputs),
            properties=_kept_small(error.properties),
            reasons=reasons,
            refresh_before_update=refresh_before_update,
        )
        status: Any = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reasons[0] if reasons else "")
        status.details.add().Pack(failure)
        context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, status.message)
    if fault is None:
        context.abort(grpc.StatusCode.UNKNOWN, redact(str(error), hidden))
    context.abort(grpc.StatusCode.INTERNAL, told(fault))


def _kept_small(values: Mapping[str, Any]) -> Any:
    """The struct of a failure's values. Where thousands of them are marked as secret, the marks take more room than the
    values do: then what holds them is marked as a whole."""
    found = encode(values)
    if found.ByteSize() <= LARGEST:
        return found
    from azure_batch_provider.properties.secrets import Secret, unwrap

    plain: Mapping[str, Any] = unwrap(values)
    return encode({name: value if value == plain[name] else Secret(plain[name]) for name, value in values.items()})
