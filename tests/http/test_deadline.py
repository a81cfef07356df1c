"""How long an operation may take, and who ends it. Time passes by hand."""

from __future__ import annotations

import math

import pytest

from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import Cancelled, TimedOut, TransportError
from tests.http.manual_time import ManualTime


def test_without_an_end_time_is_infinite() -> None:
    deadline = Deadline()
    deadline.check()
    assert deadline.remaining() == math.inf


def test_a_deadline_that_has_passed_is_no_answer_and_nothing_was_sent(manual_time: ManualTime) -> None:
    deadline = Deadline(5, clock=manual_time.clock, sleep=manual_time.sleep)
    manual_time.sleep(5)
    with pytest.raises(TimedOut) as raised:
        deadline.check()
    assert isinstance(raised.value, TransportError)
    assert not raised.value.sent
    assert deadline.remaining() == 0


def test_a_wait_ends_with_the_deadline(manual_time: ManualTime) -> None:
    deadline = Deadline(5, clock=manual_time.clock, sleep=manual_time.sleep)
    deadline.wait(3)
    with pytest.raises(TimedOut):
        deadline.wait(3)
    assert manual_time.passed == pytest.approx(5)


def test_a_wait_notices_within_a_slice_that_the_caller_is_gone(manual_time: ManualTime) -> None:
    deadline = Deadline(alive=lambda: manual_time.passed < 2, clock=manual_time.clock, sleep=manual_time.sleep)
    with pytest.raises(Cancelled):
        deadline.wait(3600)
    assert manual_time.passed <= 2 + SLICE


def test_the_caller_is_asked_even_when_there_is_nothing_to_wait_for() -> None:
    with pytest.raises(Cancelled):
        Deadline(alive=lambda: False).wait(0)


def test_a_shorter_deadline_keeps_the_caller_and_never_ends_later(manual_time: ManualTime) -> None:
    alive = True
    outer = Deadline(10, alive=lambda: alive, clock=manual_time.clock, sleep=manual_time.sleep)
    assert outer.at_most(3).remaining() == 3
    assert outer.at_most(30).remaining() == 10
    assert Deadline(clock=manual_time.clock).at_most(7).remaining() == 7
    alive = False
    with pytest.raises(Cancelled):
        outer.at_most(3).check()
