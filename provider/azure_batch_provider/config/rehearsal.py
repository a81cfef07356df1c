"""Whether this is a rehearsal: what would be sent to an account goes to a copy of it instead.

Only the environment says so, so that it holds for the command that `azure-batch-rehearse` runs and is never recorded.
The configuration's own endpoint and credentials are checked and recorded as ever, and not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_PREFIX: Final = "AZURE_BATCH_REHEARSAL_"
OF: Final = f"{_PREFIX}OF"
"""The variable with the endpoint of the account that was copied."""
COPY: Final = tuple(_PREFIX + part for part in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY"))
"""The variables that say where the copy is and how to sign what is sent to it."""


@dataclass(frozen=True)
class Rehearsal:
    """The copy of the account."""

    endpoint: str
    account: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Rehearsal:
        """Raises KeyError with a variable that is missing."""
        return cls(*(environ[name] for name in COPY))
