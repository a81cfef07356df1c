from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch_emulator.state.clock import LATEST, SECOND, Clock, etag, format_time, http_date, parse_http_date, parse_time

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
    assert parse_http_date(http_date(ticks)) == ticks - ticks % SECOND


@given(st.one_of(st.text(), st.from_regex(r"\A\d{1,6}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\Z")))
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-14:00")
@example("2026-01-01T00:00:00+99:99")
@example("2026-0\u0661-01T00:00:00Z")
@example("1" * 5000)
def test_a_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        ticks = parse_time(text)
    except ValueError:
        return
    assert parse_time(format_time(ticks)) == ticks


@given(st.one_of(st.text(), st.from_regex(r"\A(Mon, )?\d{1,6} (Jan|FEB) \d{1,6} \d\d:\d\d:\d\d (GMT|[+-]\d{2,6})\Z")))
@example("Mon, 01 Jan 0001 00:00:00 +1400")
@example("Fri, 31 Dec 9999 23:59:59 -1400")
@example("Mon, 01 Jan 2026 00:00:00 +999999999")
@example("Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
@example("1" * 5000)
def test_a_text_is_an_http_date_or_a_value_error(text: str) -> None:
    try:
        ticks = parse_http_date(text)
    except ValueError:
        return
    assert parse_http_date(http_date(ticks)) == ticks


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


@pytest.mark.parametrize("frozen", [True, False])
def test_a_clock_stops_where_times_end(frozen: bool) -> None:
    clock = Clock()
    if frozen:
        clock.freeze()
    for step in (1e300, float("inf"), 10**400, (LATEST - clock.now()) / SECOND + 60):
        with pytest.raises(ValueError, match=r"ends at 9999-12-31"):
            clock.advance(step)
    clock.advance((LATEST - clock.now()) // SECOND - 1)
    assert clock.now() <= LATEST
    clock.restore({"offset": LATEST, "frozen": None, "lastStamp": LATEST})
    assert clock.now() == LATEST
    assert parse_time(format_time(clock.stamp())) > LATEST


def test_stamps_rise_after_those_of_an_earlier_run() -> None:
    clock = Clock()
    later = parse_time(datetime.datetime(2999, 1, 1).isoformat())
    clock.not_before(later)
    assert [clock.stamp(), clock.stamp()] == [later + 1, later + 2]
