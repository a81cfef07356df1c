"""How many examples a property is tried with: few and always the same in daily work, more where `EXAMPLES` says so.

Those are others at each run, unless `--hypothesis-seed` says which.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "12"))

bounded: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
