"""States that are too large for the message of a failure: they are kept, and the user is told all the same."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from azure_batch_provider.plugin.errors import LARGEST
from tests.emulator_process import V2025, EmulatorProcess
from tests.properties.entities import JOB
from tests.properties.provider import Seen, serving
from tests.resources.conftest import POOL


def _map(count: int) -> dict[str, Any]:
    return {"jobId": "jobId", "tasks": {f"t{number}": {"commandLine": "x" * 1000} for number in range(count)}}


@pytest.mark.parametrize(("count", "is_large"), [(3, False), (LARGEST // 2000 + 100, True)])
def test_refused_credentials_keep_a_state_of_any_size(
    emulator_process: EmulatorProcess, count: int, is_large: bool
) -> None:
    emulator_process.reset()
    emulator_process.post("/pools", {**POOL, "id": "poolId"})
    emulator_process.post("/jobs", JOB)
    inputs = _map(count)
    seen = Seen("jobs/jobId/collections/it", inputs, inputs)
    with serving(emulator_process, V2025) as provider:
        emulator_process.fault(method="GET", path="*", status=403, code="AuthenticationFailed", times=100)
        if is_large:
            kept = provider.read("TaskCollection", seen.id, seen)
            assert kept is not None
            assert kept.inputs == inputs
            assert kept.properties["tasks"] == inputs["tasks"]
        else:
            with pytest.raises(grpc.RpcError, match="credentials-refused"):
                provider.read("TaskCollection", seen.id, seen)
    emulator_process.clear_faults()
