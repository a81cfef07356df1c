"""The request bodies of the served operations, as shapes, for both api-versions."""

from __future__ import annotations
