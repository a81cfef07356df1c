"""The key of a Batch account: base64 text."""

from __future__ import annotations

import base64
import binascii


def decode_key(key: str) -> bytes:
    """The bytes of an account key.

    Raises:
        ValueError: why it is not one, as the rest of a sentence that starts with its name and does not show it.
    """
    try:
        decoded = base64.b64decode(key.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise ValueError("is not base64 text, as the keys of a Batch account are")
    return decoded
