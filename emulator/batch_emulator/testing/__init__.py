"""What tests steer: the control API, faults, the log of requests; and for tests of others, an emulator to run them on.

    from batch_emulator.testing import EmulatorProcess

    with EmulatorProcess() as emulator, emulator.client() as client:
        ...

With pytest, the fixtures `azure_batch_emulator` and `azure_batch_client` are there as soon as the package is installed.
"""

from __future__ import annotations

from batch_emulator.testing.control_client import ControlClient, ControlError
from batch_emulator.testing.process import EmulatorProcess, StartError

__all__ = ["ControlClient", "ControlError", "EmulatorProcess", "StartError"]
