from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_emulator.clock import Clock, etag, format_time, http_date, parse_http_date, parse_time, to_datetime

SOME_TIME = st.integers(1, 3_155_378_975_999_999_999)


@given(SOME_TIME)
def test_a_printed_time_reads_the_same(ticks: int) -> None:
    assert parse_time(format_time(ticks)) == ticks


@pytest.mark.parametrize(
    ("time", "tag"),
    [
        ("2026-02-03T01:09:19.3786162Z", "0x8DE62C0DBC88F32"),
        ("2026-02-03T03:09:19.3786162+02:00", "0x8DE62C0DBC88F32"),
    ],
)
def test_an_etag_is_the_ticks_of_dotnet(time: str, tag: str) -> None:
    assert etag(parse_time(time)) == tag


def test_zeros_at_the_end_of_a_fraction_are_cut() -> None:
    assert format_time(parse_time("2026-02-03T01:09:19.3700000Z")) == "2026-02-03T01:09:19.37Z"
    assert format_time(parse_time("2026-02-03T01:09:19Z")) == "2026-02-03T01:09:19Z"


@given(st.integers(parse_time("1970-01-01T00:00:00Z"), parse_time("9999-12-31T23:59:59Z")))
def test_an_http_date_is_the_whole_second(ticks: int) -> None:
    assert parse_http_date(http_date(ticks)) == to_datetime(ticks).replace(microsecond=0)


def test_a_clock_goes_on_from_where_it_was_stopped() -> None:
    clock = Clock()
    clock.freeze()
    clock.advance(3600)
    stopped = clock.now()
    clock.run()
    assert clock.now() >= stopped
    assert clock.offset_seconds == pytest.approx(3600, abs=60)


def test_a_clock_never_goes_back() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_stamps_rise_after_those_of_an_earlier_run() -> None:
    clock = Clock()
    later = parse_time(datetime.datetime(2999, 1, 1).isoformat())
    clock.not_before(later)
    assert [clock.stamp(), clock.stamp()] == [later + 1, later + 2]
