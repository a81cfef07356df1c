"""What the plugin has loaded when it can give its first answer."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from azure_batch_provider.plugin import messages
messages.without_sdk()
import azure_batch_provider.plugin.server
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"grpc", "pydantic", "requests", "azure", "yaml"}))
print(*sorted(name for name in sys.modules if name.startswith("pulumi.") and name.count(".") < 2))
"""


def test_it_has_loaded_neither_the_sdk_nor_what_only_calls_about_resources_need() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["grpc", "pulumi.runtime"]
