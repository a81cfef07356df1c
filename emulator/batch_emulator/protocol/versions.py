"""The api-versions that the emulator speaks."""

from __future__ import annotations

V2024 = "2024-07-01.20.0"
V2025 = "2025-06-01"
BOTH = (V2024, V2025)
OLDER = (
    "2018-08-01.7.0",
    "2018-12-01.8.0",
    "2019-06-01.9.0",
    "2019-08-01.10.0",
    "2020-03-01.11.0",
    "2020-09-01.12.0",
    "2021-06-01.14.0",
    "2022-01-01.15.0",
    "2022-10-01.16.0",
    "2023-05-01.17.0",
    "2023-11-01.18.0",
    "2024-02-01.19.0",
)
"""What the service published before and still serves. On the wire they are one with 2024-07-01.20.0."""


def dialect(version: str) -> str | None:
    """Which of the two that are spoken a request's api-version is answered in, None for one that is unknown."""
    if version in OLDER:
        return V2024
    return version if version in BOTH else None
