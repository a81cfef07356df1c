"""Ids and names without regard to case.

They are ASCII, and so is their case: `lower` and `casefold` find ASCII letters in characters that are not ASCII, the
Kelvin sign for one.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded(text: str) -> str:
    """What is equal for two texts that differ in the case of ASCII letters only."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
