"""Pulumi's messages without the SDK that they are a part of: set up once, before they are imported.

The SDK, whose packages import all that a program may use, takes longer to load than all else that the plugin's first
answer needs.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from typing import Final

_PACKAGES: Final = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def without_sdk() -> None:
    """Let these packages stand for nothing but their modules. For a process that needs nothing else of them."""
    for name in _PACKAGES:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            sys.modules[name] = module_from_spec(spec)
