"""`pulumi-resource-azure-batch`: what the engine starts, with its own address as the only argument."""

from __future__ import annotations

import sys


def main() -> None:
    """Serve the plugin."""
    if any(argument in ("-h", "--help") for argument in sys.argv[1:]):
        print(
            "pulumi-resource-azure-batch is a plugin that Pulumi starts by itself. To register it:\n"
            '  pulumi plugin install resource azure-batch VERSION --file "$(command -v pulumi-resource-azure-batch)"'
        )
        return
    from azure_batch_provider.server import serve

    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    serve(addresses[0] if addresses else None)


if __name__ == "__main__":
    main()
