"""`pulumi-resource-azure-batch`: what the engine starts, with options of its own and its address behind them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

NAME: Final = "pulumi-resource-azure-batch"
_HELP: Final = f"""\
usage: {NAME} [--help] [--version] [ENGINE]

The azure-batch plugin, which Pulumi starts by itself, with its own address as ENGINE. To register it:
  pulumi plugin install resource azure-batch {{version}} --file "$(command -v {NAME})"\
"""


def main() -> None:
    """Serve the plugin, or say what it is."""
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(_HELP.format(version=_version()))
    elif "--version" in words:
        print(f"{NAME} {_version()}")
    else:
        from azure_batch_provider.plugin import memory, messages

        memory.adjust()
        messages.without_sdk()
        from azure_batch_provider.plugin.server import serve

        serve(engine_address(words))


def engine_address(words: Sequence[str]) -> str | None:
    """The engine's address among its arguments: `--logtostderr -v=9 --tracing URL ADDRESS` when it has all of them."""
    return next((word for word in reversed(words) if not word.startswith("-")), None)


def _version() -> str:
    from importlib.metadata import version

    return version("azure-batch-provider")


if __name__ == "__main__":
    main()
