"""What is sent again, when, and what the caller learns in the end. Time passes by hand; HTTP is real."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import Cancelled, ServiceError, TimedOut, TransportError
from azure_batch_provider.lifecycle.verbs import may_have_happened
from tests.http.conftest import Connect
from tests.http.manual_time import ManualTime
from tests.http.scripted_service import Answer, ScriptedService, closed_port, error

DONE = Answer(200, {"id": "p"})


def with_header(answer: Answer, name: str, value: str) -> Answer:
    return Answer(answer.status, answer.body, {**answer.headers, name: value})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_sent_again(connect: Connect, manual_time: ManualTime, status: int) -> None:
    failure = Answer(status, text="")
    with ScriptedService(failure, failure, DONE) as service:
        assert connect(service.endpoint).request("GET", "/pools/p").body == {"id": "p"}
    assert len(service.requests) == 3
    assert 0.75 <= manual_time.passed <= 1.5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 501])
def test_a_lasting_failure_is_not_sent_again(connect: Connect, manual_time: ManualTime, status: int) -> None:
    with ScriptedService(error(status, "SomeCode"), DONE) as service, pytest.raises(ServiceError):
        connect(service.endpoint).request("GET", "/pools/p")
    assert len(service.requests) == 1
    assert manual_time.passed == 0


def test_attempts_of_one_call_share_their_id_and_are_signed_each(connect: Connect) -> None:
    with ScriptedService(error(500, "InternalError"), DONE) as service:
        connect(service.endpoint).request("POST", "/jobs", body={"id": "j"})
    first, second = service.requests
    assert first.headers["client-request-id"] == second.headers["client-request-id"]
    assert first.body == second.body == {"id": "j"}


def test_what_the_service_said_is_told_rather_than_that_the_last_attempt_had_no_answer(connect: Connect) -> None:
    with (
        ScriptedService(error(500, "InternalError"), Answer(drop="unanswered")) as service,
        pytest.raises(ServiceError, match="InternalError") as caught,
    ):
        connect(service.endpoint).request("POST", "/jobs", body={"id": "j"})
    assert caught.value.uncertain
    assert caught.value.attempts == len(service.requests) > 1


def test_pauses_double_and_stay_within_their_bounds(connect: Connect, log: list[str]) -> None:
    with ScriptedService(error(500, "InternalError")) as service, pytest.raises(ServiceError):
        connect(service.endpoint, request_timeout=120).request("GET", "/pools/p")
    pauses = [float(line.split(" again in ")[1].split()[0]) for line in log if " again in " in line]
    assert len(pauses) >= 6
    assert all(min(30, 0.5 * 2**n) / 2 - 0.1 <= pause <= min(30, 0.5 * 2**n) + 0.1 for n, pause in enumerate(pauses))


def test_a_failure_that_stays_is_raised_when_the_time_is_over(connect: Connect, manual_time: ManualTime) -> None:
    with (
        ScriptedService(error(500, "InternalError", "Server trouble.")) as service,
        pytest.raises(ServiceError, match="InternalError: Server trouble") as raised,
    ):
        connect(service.endpoint, request_timeout=20).request("GET", "/pools/p")
    assert raised.value.attempts == len(service.requests) > 3
    assert f"It was sent {raised.value.attempts} times." in str(raised.value)
    assert manual_time.passed <= 20


def test_the_callers_deadline_ends_the_attempts_as_well(connect: Connect, manual_time: ManualTime) -> None:
    deadline = Deadline(3, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService(error(500, "InternalError")) as service, pytest.raises(ServiceError):
        connect(service.endpoint).request("GET", "/pools/p", deadline=deadline)
    assert manual_time.passed <= 3


def test_nothing_is_sent_when_the_time_is_over_already(connect: Connect, manual_time: ManualTime) -> None:
    deadline = Deadline(0, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService() as service, pytest.raises(TimedOut, match="GET /pools/p was not sent") as raised:
        connect(service.endpoint).request("GET", "/pools/p", deadline=deadline)
    assert not raised.value.sent
    assert service.requests == []


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_honoured(connect: Connect, manual_time: ManualTime, status: int) -> None:
    with ScriptedService(with_header(error(status, "ServerBusy"), "Retry-After", "30"), DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p")
    assert 30 <= manual_time.passed < 31


def test_retry_after_as_a_date_is_honoured(connect: Connect, manual_time: ManualTime) -> None:
    then = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=40), usegmt=True)
    with ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", then), DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p")
    assert 35 < manual_time.passed < 42


@pytest.mark.parametrize("value", ["soon", "-5", "", "Wed, 99 Feb 2026 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(connect: Connect, manual_time: ManualTime, value: str) -> None:
    with ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", value), DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p")
    assert manual_time.passed <= 0.6


def test_a_retry_after_in_the_past_means_at_once(connect: Connect, manual_time: ManualTime) -> None:
    past = "Tue, 03 Feb 2015 00:00:00 GMT"
    with ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", past), DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p")
    assert manual_time.passed == 0


def test_a_wait_longer_than_the_call_may_take_is_not_begun(connect: Connect, manual_time: ManualTime) -> None:
    with (
        ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", "300"), DONE) as service,
        pytest.raises(ServiceError, match="throttled"),
    ):
        connect(service.endpoint).request("GET", "/pools/p")
    assert manual_time.passed == 0


def test_one_throttled_call_holds_all_others_back_as_long_as_it_may_take_itself(
    connect: Connect, manual_time: ManualTime
) -> None:
    with ScriptedService(with_header(error(429, "TooManyRequests"), "Retry-After", "300"), DONE) as service:
        transport = connect(service.endpoint, request_timeout=120)
        with pytest.raises(ServiceError):
            transport.request("GET", "/pools/a")
        with pytest.raises(TimedOut, match="asked all requests to wait; 120 s"):
            transport.request("GET", "/pools/b")
        assert len(service.requests) == 1
        manual_time.sleep(50)
        transport.request("GET", "/pools/c")
        transport.close()
    assert 120 <= manual_time.passed < 121


@pytest.mark.parametrize(
    "value",
    ["99999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359", "Fri, 31 Dec 9999 23:59:59 GMT"],
)
def test_an_absurd_retry_after_ends_its_call_and_no_other_one_later(
    connect: Connect, manual_time: ManualTime, value: str
) -> None:
    deadline = Deadline(7, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", value), DONE) as service:
        transport = connect(service.endpoint)
        with pytest.raises(ServiceError):
            transport.request("GET", "/pools/a", deadline=deadline)
        transport.request("GET", "/pools/b")
        transport.close()
    assert manual_time.passed <= 7.1


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "\u0663",
        "1" * 5000,
        "-",
        ",",
    ],
)
@pytest.mark.parametrize("header", ["Date", "Retry-After"])
def test_no_date_whatever_is_more_than_a_date_that_cannot_be_read(connect: Connect, header: str, value: str) -> None:
    value = value.encode().decode("latin-1")
    with (
        ScriptedService(with_header(error(403, "AuthenticationFailed"), header, value)) as service,
        pytest.raises(ServiceError, match="AuthenticationFailed"),
    ):
        connect(service.endpoint).request("GET", "/pools/p")


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_what_a_gateway_or_the_service_gave_up_waiting_for_may_have_been_done(connect: Connect, status: int) -> None:
    with (
        ScriptedService(Answer(status, text=""), error(409, "TaskExists")) as service,
        pytest.raises(ServiceError, match="TaskExists") as raised,
    ):
        connect(service.endpoint).request("POST", "/jobs/j/tasks", body={"id": "t"})
    assert raised.value.uncertain
    assert may_have_happened(raised.value)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (408, 500, 502, 504)),
        *((status, False) for status in (400, 403, 404, 409, 412, 429, 501, 503)),
    ],
)
def test_the_last_answer_says_whether_it_may_have_been_done(connect: Connect, status: int, expected: bool) -> None:
    with ScriptedService(Answer(status, text="")) as service, pytest.raises(ServiceError) as raised:
        connect(service.endpoint, request_timeout=0.2).request("POST", "/jobs", body={"id": "j"})
    assert len(service.requests) == 1
    assert may_have_happened(raised.value) is expected


def test_who_is_held_back_is_told_from_two_seconds_on_and_every_five(connect: Connect, manual_time: ManualTime) -> None:
    told: list[tuple[float, str]] = []
    deadline = Deadline(clock=manual_time.clock, sleep=manual_time.sleep)
    deadline.reports_to(lambda text: told.append((manual_time.passed, text)))
    busy = with_header(error(503, "ServerBusy"), "Retry-After", "7")
    with ScriptedService(busy, busy, DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p", deadline=deadline)
    assert [round(when) for when, _ in told] == [2, 7, 12]
    assert told[1][1] == "the service throttles this account: waiting for 7 s so far"


def test_who_waits_for_its_turn_behind_a_throttled_call_is_told_too(connect: Connect, manual_time: ManualTime) -> None:
    told: list[str] = []
    deadline = Deadline(clock=manual_time.clock, sleep=manual_time.sleep)
    deadline.reports_to(told.append)
    impatient = Deadline(4, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService(with_header(error(429, "TooManyRequests"), "Retry-After", "9"), DONE) as service:
        transport = connect(service.endpoint)
        with pytest.raises(ServiceError):
            transport.request("GET", "/pools/a", deadline=impatient)
        transport.request("GET", "/pools/b", deadline=deadline)
        transport.close()
    assert len(told) == 1
    assert re.fullmatch(r"the service throttles this account: waiting for 2 s so far", told[0])


def test_who_waits_for_other_reasons_or_shortly_is_told_nothing(connect: Connect, manual_time: ManualTime) -> None:
    told: list[str] = []
    deadline = Deadline(clock=manual_time.clock, sleep=manual_time.sleep)
    deadline.reports_to(told.append)
    short, other = (
        with_header(error(*what), "Retry-After", wait)
        for what, wait in (((503, "ServerBusy"), "1"), ((500, "InternalError"), "30"))
    )
    with ScriptedService(short, other, DONE) as service:
        connect(service.endpoint).request("GET", "/pools/p", deadline=deadline)
    assert manual_time.passed >= 31
    assert told == []


def test_any_answer_that_is_not_a_throttle_speeds_everybody_up_again(connect: Connect, manual_time: ManualTime) -> None:
    throttled = with_header(error(503, "ServerBusy"), "Retry-After", "1")
    with ScriptedService(throttled, error(404, "TaskNotFound")) as service:
        transport = connect(service.endpoint)
        for _ in range(3):
            with pytest.raises(ServiceError, match="TaskNotFound"):
                transport.request("GET", "/jobs/j/tasks/t")
        transport.close()
    assert manual_time.passed < 1.1


def test_other_failures_hold_nobody_back(connect: Connect, manual_time: ManualTime) -> None:
    with ScriptedService(with_header(error(500, "InternalError"), "Retry-After", "300"), DONE) as service:
        transport = connect(service.endpoint)
        with pytest.raises(ServiceError):
            transport.request("GET", "/pools/a")
        transport.request("GET", "/pools/b")
        transport.close()
    assert manual_time.passed == 0


@pytest.mark.parametrize("drop", ["unanswered", "halfway"])
def test_a_connection_that_breaks_is_tried_again(connect: Connect, drop: str) -> None:
    broken = Answer(200, {"id": "p"}, drop=drop)  # type: ignore[arg-type]
    with ScriptedService(broken, DONE) as service:
        assert connect(service.endpoint).request("GET", "/pools/p").body == {"id": "p"}
    assert len(service.requests) == 2


def test_a_connection_that_always_breaks_may_have_reached_the_service(connect: Connect) -> None:
    with (
        ScriptedService(Answer(drop="unanswered")) as service,
        pytest.raises(TransportError, match="connection broke") as raised,
    ):
        connect(service.endpoint).request("POST", "/jobs", body={})
    assert raised.value.sent
    assert len(service.requests) == 4


def test_an_error_after_a_lost_answer_says_that_it_may_be_our_own_doing(connect: Connect) -> None:
    with (
        ScriptedService(Answer(drop="unanswered"), error(409, "TaskExists")) as service,
        pytest.raises(ServiceError, match="TaskExists") as raised,
    ):
        connect(service.endpoint).request("POST", "/jobs/j/tasks", body={"id": "t"})
    assert raised.value.uncertain
    assert raised.value.attempts == 2


def test_an_error_after_a_throttle_is_certain(connect: Connect) -> None:
    with (
        ScriptedService(error(503, "ServerBusy"), error(409, "TaskExists")) as service,
        pytest.raises(ServiceError, match="TaskExists") as raised,
    ):
        connect(service.endpoint).request("POST", "/jobs/j/tasks", body={"id": "t"})
    assert not raised.value.uncertain


def test_a_host_that_refuses_connections_is_given_up_soon(connect: Connect, manual_time: ManualTime) -> None:
    with closed_port() as port, pytest.raises(TransportError, match="no connection") as raised:
        connect(f"http://127.0.0.1:{port}").request("GET", "/pools/p")
    assert not raised.value.sent
    assert f"127.0.0.1:{port}" in str(raised.value)
    assert 1.75 <= manual_time.passed <= 3.5


def test_a_lost_answer_stays_lost_when_later_attempts_do_not_connect(connect: Connect) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer_nothing() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        listener.close()
        connection.close()

    thread = threading.Thread(target=answer_nothing)
    thread.start()
    with pytest.raises(TransportError) as raised:
        connect(f"http://127.0.0.1:{listener.getsockname()[1]}").request("POST", "/jobs", body={})
    thread.join()
    assert raised.value.sent


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_service_that_never_answers_is_left_when_the_time_is_over(connect: Connect, silent_port: int) -> None:
    # Real time, since it is the socket that waits.
    transport = connect(f"http://127.0.0.1:{silent_port}")
    with pytest.raises(TransportError, match="no answer within the time allowed") as raised:
        transport.request("POST", "/jobs", body={}, deadline=Deadline(0.2))
    assert raised.value.sent


def test_a_caller_who_is_gone_ends_the_attempts(connect: Connect, manual_time: ManualTime) -> None:
    deadline = Deadline(alive=lambda: manual_time.passed < 5, clock=manual_time.clock, sleep=manual_time.sleep)
    with (
        ScriptedService(with_header(error(503, "ServerBusy"), "Retry-After", "60")) as service,
        pytest.raises(Cancelled) as raised,
    ):
        connect(service.endpoint).request("POST", "/jobs", body={}, deadline=deadline)
    assert not raised.value.sent
    assert manual_time.passed <= 5 + SLICE
    assert len(service.requests) == 1


def test_a_caller_who_leaves_after_a_lost_answer_learns_that_it_was_sent(
    connect: Connect, manual_time: ManualTime
) -> None:
    deadline = Deadline(alive=lambda: manual_time.passed < 0.1, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService(Answer(drop="unanswered")) as service, pytest.raises(Cancelled) as raised:
        connect(service.endpoint).request("POST", "/jobs", body={}, deadline=deadline)
    assert raised.value.sent


def test_no_more_requests_are_in_flight_than_allowed(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", max_concurrency=2, request_timeout=60)
        outcomes: list[object] = []

        def ask() -> None:
            outcomes.append(transport.request("GET", "/jobs", deadline=Deadline(30)).body)

        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        served = 0
        held: list[socket.socket] = []
        while served < 5:
            while len(held) < min(2, 5 - served):
                connection, _ = listener.accept()
                _read_head(connection)
                held.append(connection)
            # Two are held: were there a third, it would be connecting now.
            listener.settimeout(0.05)
            with pytest.raises(TimeoutError):
                listener.accept()
            listener.settimeout(None)
            connection = held.pop(0)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            connection.close()
            served += 1
        for thread in threads:
            thread.join()
    assert outcomes == [{}] * 5


def _read_head(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
