"""Faults of our own: what they are told as, and what they must not lose.

Whatever is none of `Refused`, `InitFailed` and `RequestError` is one.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.unfinished import CREATE
from azure_batch_provider.values.refusal import Refused

if TYPE_CHECKING:
    from azure_batch_provider.lifecycle.verbs import Lifecycle


def fault_in(error: BaseException | None) -> BaseException | None:
    """The fault that an outcome is, or was caused by; None when it is nobody's or another's."""
    if isinstance(error, InitFailed):
        return fault_in(error.__cause__)
    return None if error is None or isinstance(error, (Refused, RequestError)) else error


def told(fault: BaseException) -> str:
    """What is said of it: where it is, and nothing that a secret could be in."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"This is a bug in the azure-batch provider, not in your program: {type(fault).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno}. Please report it with the log of `pulumi --logtostderr -v=7`; "
        "the state of your resources is kept."
    )


def create(lifecycle: Lifecycle, inputs: Mapping[str, Any]) -> State:
    """`lifecycle.create`, which after a fault keeps the id: the request may have been carried out before it showed."""
    try:
        return lifecycle.create(inputs)
    except Exception as error:
        id = lifecycle.identity(inputs)
        if lifecycle.call.preview or isinstance(error, InitFailed) or fault_in(error) is None or not id:
            raise
        raise lifecycle.init_failed(id, inputs, {}, CREATE, told(error)) from error
