"""A call of a front door."""

from __future__ import annotations

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call


def test_what_a_deadline_says_to_who_waits_is_a_status_line_of_the_call() -> None:
    said: list[tuple[str, str, str]] = []
    call = Call("urn", "name", "type", lambda *line: said.append(line), Deadline())
    call.deadline.at_most(3).report("it takes long")
    assert said == [("status", "urn", "it takes long")]


def test_what_several_requests_of_a_call_wait_for_is_said_once() -> None:
    said: list[str] = []
    call = Call("urn", "name", "type", lambda level, urn, text: said.append(text), Deadline())
    for text in ("waiting for 2 s", "waiting for 2 s", "waiting for 7 s", "waiting for 2 s"):
        call.deadline.at_most(3).report(text)
    assert said == ["waiting for 2 s", "waiting for 7 s", "waiting for 2 s"]
