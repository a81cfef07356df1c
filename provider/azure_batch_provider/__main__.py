"""`python -m azure_batch_provider`: the plugin, with options of the engine and its address behind them.

Pulumi's host of Python starts a plugin that way which it has installed itself from its sources.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def run(words: Sequence[str]) -> None:
    """Serve the plugin until the engine that the words name goes away."""
    from azure_batch_provider.plugin import memory, messages

    memory.adjust()
    messages.without_sdk()
    from azure_batch_provider.plugin.server import serve

    serve(engine_address(words))


def engine_address(words: Sequence[str]) -> str | None:
    """The engine's address among its arguments: `--logtostderr -v=9 --tracing URL ADDRESS` when it has all of them."""
    return next((word for word in reversed(words) if not word.startswith("-")), None)


if __name__ == "__main__":
    run(sys.argv[1:])
