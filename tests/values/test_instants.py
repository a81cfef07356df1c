"""Instants as the service writes them."""

from __future__ import annotations

import pytest

from azure_batch_provider.values.instants import instant_of_etag, parse_instant


def test_instants_are_compared_to_the_microsecond() -> None:
    earlier, later = parse_instant("2026-02-03T01:09:19.3786162Z"), parse_instant("2026-02-03T01:09:19.38Z")
    assert earlier is not None and later is not None and earlier < later


@pytest.mark.parametrize(
    "text",
    [
        "",
        "None",
        "tomorrow",
        "2026-13-01T00:00:00Z",
        # Moments that no calendar of ours has.
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "2026-01-01T00:00:00+99:99",
        "99999-01-01T00:00:00Z",
        "1" * 5000,
    ],
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert parse_instant(text) is None


def test_another_offset_is_the_same_instant() -> None:
    assert parse_instant("2026-02-03T01:00:00Z") == parse_instant("2026-02-03T03:00:00+02:00")
    assert parse_instant("2026-02-03T01:00:00") == parse_instant("2026-02-03T01:00:00z")


def test_an_etag_tells_the_moment() -> None:
    assert instant_of_etag("0x8DE62C0DBC88F32") == "2026-02-03T01:09:19.378616Z"
    assert instant_of_etag(None) is None
    assert instant_of_etag("W/abc") is None
    assert instant_of_etag("0x" + "F" * 5000) is None
    assert instant_of_etag("-0x1") is None
