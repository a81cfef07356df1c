"""The engine's log: lines in order and together, no call that waits for them, no answer before what belongs to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from azure_batch_provider.engine import log as module
from azure_batch_provider.engine.log import EngineLog
from tests.engine.listening import Engine, listening

AT_ONCE = 1.0
"""Seconds; far less than the patience of the log, and enough for a machine that has other things to do too."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with listening() as engine:
        yield engine


@pytest.fixture
def log(engine: Engine) -> Iterator[EngineLog]:
    log = EngineLog(engine.address)
    yield log
    engine.takes.set()
    log.close()


def busy(engine: Engine, log: EngineLog) -> None:
    """The engine has one line in its hands, and takes no other."""
    engine.takes.clear()
    log("info", "", "first")
    assert engine.received.wait(10)


def test_lines_arrive_in_their_order_and_debug_lines_together(engine: Engine, log: EngineLog) -> None:
    busy(engine, log)
    for number in range(100):
        log("debug", "", f"request {number}")
    log("warning", "urn", "look out")
    log("debug", "", "request 100")
    engine.takes.set()
    log.flush()
    assert engine.lines == ["first", *(f"request {n}" for n in range(100)), "look out", "request 100"]
    assert len(engine.messages) == 4


def test_each_level_is_what_it_was(engine: Engine, log: EngineLog) -> None:
    for level in ("debug", "info", "warning", "status"):
        log(level, f"urn of {level}", level)
    log.flush()
    found = [(it.message, it.urn, it.severity, it.ephemeral) for it in engine.messages]
    assert found == [
        ("debug", "urn of debug", 0, False),
        ("info", "urn of info", 1, False),
        ("warning", "urn of warning", 2, False),
        ("status", "urn of status", 1, True),
    ]


def test_debug_lines_of_different_resources_are_not_mixed(engine: Engine, log: EngineLog) -> None:
    busy(engine, log)
    for urn in ("a", "a", "b", ""):
        log("debug", urn, f"of {urn}")
    engine.takes.set()
    log.flush()
    assert [(it.urn, it.message) for it in engine.messages[1:]] == [("a", "of a\nof a"), ("b", "of b"), ("", "of ")]


def test_what_looks_like_a_secret_is_not_sent(engine: Engine, log: EngineLog) -> None:
    log("debug", "", "Authorization: Bearer abc.def")
    log.flush()
    assert engine.lines == ["Authorization: Bearer ***"]


def test_lines_arrive_soon_without_a_flush(engine: Engine, log: EngineLog) -> None:
    log("debug", "", "a line")
    assert engine.received.wait(10)


def test_no_line_of_many_threads_is_lost_and_each_keeps_its_order(engine: Engine, log: EngineLog) -> None:
    def talk(thread: int) -> None:
        for number in range(200):
            log("debug", "", f"{thread} {number}")
            if number % 50 == 0:
                log("info", "", f"{thread} info")
                log.flush(debug=False)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(talk, range(16)))
    log.flush()
    for thread in range(16):
        numbers = [
            int(line.split()[1]) for line in engine.lines if line.startswith(f"{thread} ") and "info" not in line
        ]
        assert numbers == list(range(200))
    assert sum("info" in line for line in engine.lines) == 16 * 4


def test_a_line_does_not_wait_for_a_busy_engine_and_a_flush_does(engine: Engine, log: EngineLog) -> None:
    busy(engine, log)
    started = time.monotonic()
    for _ in range(1000):
        log("debug", "", "a line")
    assert time.monotonic() - started < AT_ONCE
    flush = threading.Thread(target=log.flush)
    flush.start()
    flush.join(0.2)
    assert flush.is_alive()
    engine.takes.set()
    flush.join(10)
    assert len(engine.lines) == 1001


def test_an_answer_does_not_wait_for_debug_lines(engine: Engine, log: EngineLog) -> None:
    log("info", "", "first")
    log.flush(debug=False)
    assert engine.lines == ["first"]
    engine.takes.clear()
    log("debug", "", "a line")
    started = time.monotonic()
    log.flush(debug=False)
    assert time.monotonic() - started < AT_ONCE


def test_debug_lines_that_are_too_many_are_counted_and_others_are_not_left_out(
    engine: Engine, log: EngineLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    busy(engine, log)
    for number in range(1005):
        log("debug", "", f"request {number}")
    log("warning", "", "look out")
    engine.takes.set()
    log.flush()
    log("debug", "", "later")
    log.flush()
    told = "Lines left out, since the engine took them too slowly: 1,000"
    assert engine.lines == ["first", *(f"request {n}" for n in range(5)), "look out", told, "later"]


def test_an_engine_that_hangs_holds_up_one_answer_at_most(
    engine: Engine, log: EngineLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    busy(engine, log)
    log.flush()
    time.sleep(0.1)
    started = time.monotonic()
    for _ in range(100):
        log("warning", "", "look out")
        log.flush()
    assert time.monotonic() - started < AT_ONCE


def test_an_engine_that_is_back_is_waited_for_again(
    engine: Engine, log: EngineLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    busy(engine, log)
    log.flush()
    engine.takes.set()
    while "back" not in engine.lines:
        log("info", "", "back")
        time.sleep(0.05)
    log("info", "", "last")
    log.flush()
    assert engine.lines[-1] == "last"


def test_an_engine_that_is_gone_holds_up_nothing() -> None:
    with listening() as engine:
        log = EngineLog(engine.address)
        log("info", "", "first")
        log.flush()
    started = time.monotonic()
    for _ in range(100):
        log("warning", "", "look out")
        log.flush()
    log.close()
    assert time.monotonic() - started < 2 * AT_ONCE


def test_closing_says_what_was_said_and_then_nothing_and_ends_the_thread(engine: Engine) -> None:
    before = set(threading.enumerate())
    log = EngineLog(engine.address)
    (sender,) = (thread for thread in set(threading.enumerate()) - before if thread.name == "engine log")
    log("debug", "", "last words")
    log.close()
    log("info", "", "too late")
    log.flush()
    log.close()
    assert engine.lines == ["last words"]
    sender.join(10)
    assert not sender.is_alive()


def test_without_an_engine_nothing_happens() -> None:
    log = EngineLog(None)
    log("warning", "", "look out")
    log.flush()
    log.close()
