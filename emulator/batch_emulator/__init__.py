"""An emulator of the Azure Batch data plane.

Speaks the service's wire format for pools, jobs and tasks to any Batch client. It shares no code with the
provider in this repository: a mistake in one must not be hidden by the same mistake in the other.
"""

from __future__ import annotations

__version__ = "0.1.0"
