from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_emulator.protocol.durations import LONGEST, NO_LIMIT, format_duration, parse_duration
from tests.emulator.parts import POOL_INFO
from tests.emulator_process import EmulatorProcess

SPELLINGS = [
    ("P3Y6M4DT12H30M5S", "P1279DT12H30M5S"),
    ("PT24H", "P1D"),
    ("P0DT1H", "PT1H"),
    ("PT60M", "PT1H"),
    ("PT90M", "PT1H30M"),
    ("PT0S", "PT0S"),
    ("P0D", "PT0S"),
    ("PT1.5S", "PT1.5S"),
    ("PT1.50S", "PT1.5S"),
    ("PT0.0000001S", "PT0.0000001S"),
    ("PT0.00000019S", "PT0.0000001S"),
    ("PT3600S", "PT1H"),
    ("P1DT0S", "P1D"),
    (NO_LIMIT, NO_LIMIT),
    ("P10675199DT2H48M5.477S", "P10675199DT2H48M5.477S"),
    ("-PT60S", "-PT1M"),
]


@pytest.mark.parametrize(("sent", "read"), SPELLINGS)
def test_a_duration_is_printed_as_dotnet_does(sent: str, read: str) -> None:
    assert format_duration(parse_duration(sent)) == read


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "P1H", "PT1D", "PT1.S", "P1W", "P1.5D", "P10675200D", "pt1h", " PT1H"]
)
def test_what_is_no_duration_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.integers(-LONGEST, LONGEST))
def test_a_printed_duration_reads_the_same(ticks: int) -> None:
    assert parse_duration(format_duration(ticks)) == ticks


@given(st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=10_000)))
def test_a_duration_has_its_length(length: datetime.timedelta) -> None:
    text = format_duration(length // datetime.timedelta(microseconds=1) * 10)
    assert parse_duration(text) == length // datetime.timedelta(microseconds=1) * 10


@pytest.mark.parametrize(("sent", "read"), [case for case in SPELLINGS if not case[0].startswith("-")])
def test_a_task_s_durations_come_back_in_that_print(emulator: EmulatorProcess, sent: str, read: str) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x", "constraints": {"maxWallClockTime": sent}})
    assert emulator.get("/jobs/j1/tasks/t1")["constraints"]["maxWallClockTime"] == read
