"""The one error of the demo: something went another way than it shows."""

from __future__ import annotations


class Unexpected(Exception):
    """Something is not as the demo says; the text is for who runs it."""
