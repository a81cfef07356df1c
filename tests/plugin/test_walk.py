"""How a value gets from the engine to the service: through few modules, and to each step once."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import azure_batch_provider
from tests.emulator_process import V2025, EmulatorProcess
from tests.properties.entities import JOB
from tests.properties.provider import serving
from tests.resources.conftest import POOL

LINE: Final = "/bin/sh -c 'the value that is followed'"
PACKAGE: Final = Path(azure_batch_provider.__file__).parent


@contextmanager
def followed() -> Iterator[Counter[tuple[str, str]]]:
    """Counts the calls of functions of ours, as (module, function), that are handed the value itself."""
    found: Counter[tuple[str, str]] = Counter()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and PACKAGE in file.parents and any(map(is_it, frame.f_locals.values())):
            found[str(file.relative_to(PACKAGE)), frame.f_code.co_name] += 1

    threading.setprofile(look)
    try:
        yield found
    finally:
        threading.setprofile(None)
        sys.setprofile(None)


def is_it(value: Any) -> bool:
    return value == LINE if isinstance(value, str) else getattr(value, "string_value", None) == LINE


def test_a_command_line_takes_a_short_way_and_each_step_once() -> None:
    with EmulatorProcess() as emulator, followed() as calls:
        emulator.post("/pools", {**POOL, "id": "poolId"})
        emulator.post("/jobs", JOB)
        with serving(emulator, V2025) as provider:
            inputs, failures = provider.check("Task", {"jobId": "jobId", "taskId": "t", "commandLine": LINE})
            assert failures == []
            of_check = Counter(calls)
            provider.create("Task", inputs)
    assert len({module for module, _ in calls}) <= 12
    of_create = calls - of_check
    for once in (of_check, of_create):
        assert once["engine/wire.py", "_plain"] == once["engine/wire.py", "_encode"] == 1
        assert once["properties/secrets.py", "bearing"] == 1
        assert once["models/walk.py", "spelled"] <= 1
    # What nothing is unknown in, pydantic looks at without a call back.
    assert calls["models/base.py", "_unknown_field"] == calls["models/scalars.py", "pass_unknown"] == 0
