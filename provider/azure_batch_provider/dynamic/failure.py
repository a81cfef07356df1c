"""How a verb that could not be carried out is told: Pulumi prints any exception of a dynamic provider with a traceback.

Nothing can keep Pulumi from that, so the last line of it is the whole message, and no earlier exception is chained to
it whose text could hold a secret.
"""

from __future__ import annotations

from collections.abc import Iterable

from azure_batch_provider.config.resolve import ConfigurationError
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle import fault
from azure_batch_provider.lifecycle.results import InitFailed
from azure_batch_provider.values.redact import redact
from azure_batch_provider.values.refusal import Refused


class Failed(Exception):
    """What was not done, and why, in one line."""


# The name that the traceback's last line begins with.
Failed.__module__ = "azure_batch_provider"


def told(error: Exception, secrets: Iterable[str]) -> str:
    """One line for what a lifecycle raised, without any of the given secrets in it."""
    if isinstance(error, Failed):
        return str(error)
    hidden = [text for text in secrets if len(text) > 3]
    if isinstance(error, InitFailed):
        text = " ".join(error.reasons)
    elif isinstance(error, ConfigurationError):
        text = (
            f"{error}. It is read from the stack's configuration (`pulumi config set azure-batch:NAME VALUE`, with "
            "`--secret` for a key), then from the environment."
        )
    elif isinstance(error, (Refused, RequestError)):
        text = str(error)
    else:
        text = fault.told(error)
    return redact(" ".join(text.split()), hidden)
