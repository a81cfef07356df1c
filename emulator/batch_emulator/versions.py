"""The api-versions that the emulator speaks."""

from __future__ import annotations

V2024 = "2024-07-01.20.0"
V2025 = "2025-06-01"
BOTH = (V2024, V2025)
