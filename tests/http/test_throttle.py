"""How requests are spaced once the service has asked for it. Time passes by hand."""

from __future__ import annotations

import pytest

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, TimedOut
from azure_batch_provider.http.throttle import FIRST_SPACING, LONGEST_SPACING, MOMENT, Slowdown, Throttle
from tests.http.manual_time import ManualTime


@pytest.fixture
def deadline(manual_time: ManualTime) -> Deadline:
    return Deadline(clock=manual_time.clock, sleep=manual_time.sleep)


def passes(throttle: Throttle, deadline: Deadline, manual_time: ManualTime) -> float:
    """How long the next caller waits."""
    before = manual_time.passed
    throttle.admit(deadline, Slowdown(deadline))
    return manual_time.passed - before


def test_nobody_waits_as_long_as_the_service_does_not_ask(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    assert [passes(throttle, deadline, manual_time) for _ in range(3)] == [0, 0, 0]


def test_after_a_throttle_everybody_waits_and_then_passes_one_by_one(
    deadline: Deadline, manual_time: ManualTime
) -> None:
    throttle = Throttle()
    throttle.throttled(10, deadline.now(), deadline)
    assert passes(throttle, deadline, manual_time) == pytest.approx(10)
    assert [passes(throttle, deadline, manual_time) for _ in range(2)] == pytest.approx([FIRST_SPACING] * 2)


def test_requests_throttled_at_the_same_time_count_as_one(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    admitted = throttle.admit(deadline, Slowdown(deadline))
    for _ in range(20):
        manual_time.sleep(0.1)
        throttle.throttled(1, admitted, deadline)
    throttle.admit(deadline, Slowdown(deadline))
    assert passes(throttle, deadline, manual_time) == pytest.approx(FIRST_SPACING)


def test_each_further_throttle_doubles_the_spacing_up_to_a_bound(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    spacings = []
    for _ in range(11):
        throttle.throttled(1, deadline.now(), deadline)
        throttle.admit(deadline, Slowdown(deadline))
        spacings.append(passes(throttle, deadline, manual_time))
    assert spacings == pytest.approx([min(FIRST_SPACING * 2**n, LONGEST_SPACING) for n in range(11)])


def test_successes_speed_everybody_up_again(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    for _ in range(4):
        throttle.throttled(1, deadline.now(), deadline)
        throttle.admit(deadline, Slowdown(deadline))
    for _ in range(40):
        throttle.succeeded()
    throttle.admit(deadline, Slowdown(deadline))
    assert [passes(throttle, deadline, manual_time) for _ in range(2)] == [0, 0]


def test_without_a_time_to_wait_everybody_waits_for_a_moment(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    throttle.throttled(None, deadline.now(), deadline)
    assert [passes(throttle, deadline, manual_time) for _ in range(2)] == pytest.approx([MOMENT, FIRST_SPACING])


def test_the_spacing_comes_to_rest_near_what_the_service_allows(deadline: Deadline, manual_time: ManualTime) -> None:
    """It allows ten requests a second, and so many at once; each is sent until it is answered."""
    throttle, slowdown = Throttle(), Slowdown(deadline)
    tokens, sent, wanted = 10.0, 0, 500
    answered = 0
    while answered < wanted:
        before = manual_time.passed
        admitted = throttle.admit(deadline, slowdown)
        manual_time.sleep(0.01)
        tokens = min(10.0, tokens + (manual_time.passed - before) * 10)
        sent += 1
        if tokens >= 1:
            tokens -= 1
            answered += 1
            throttle.succeeded()
        else:
            throttle.throttled(None, admitted, deadline)
    assert manual_time.passed <= wanted / 10 * 1.25
    assert sent <= wanted * 1.35


def test_who_cannot_wait_that_long_learns_it_at_once(deadline: Deadline, manual_time: ManualTime) -> None:
    throttle = Throttle()
    throttle.throttled(60, deadline.now(), deadline)
    with pytest.raises(TimedOut, match="asked all requests to wait; 60 s"):
        throttle.admit(deadline.at_most(30), Slowdown(deadline))
    assert manual_time.passed == 0


def test_who_is_gone_does_not_wait(manual_time: ManualTime) -> None:
    gone = Deadline(alive=lambda: False, clock=manual_time.clock, sleep=manual_time.sleep)
    with pytest.raises(Cancelled):
        Throttle().admit(gone, Slowdown(gone))
