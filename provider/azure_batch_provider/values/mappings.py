"""What a mapping is, for who asks of thousands of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MAPPING: Final = (dict, Mapping)
"""For `isinstance`. Nearly all mappings are dicts, which is told in a fifth of the time."""
