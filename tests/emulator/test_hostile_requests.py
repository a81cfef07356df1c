"""Nothing that a client can send makes the emulator fail, or spoils it for the next one."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator import draws
from tests.emulator.parts import POOL_INFO
from tests.emulator.raw import answer_to, exchange, send
from tests.emulator_process import EmulatorProcess

EXAMPLES = int(os.environ.get("EXAMPLES", "30"))
IS_MEANT = (501, 503)
KEPT = {
    "shared-key": "allowed",
    "missing-authorization-status": 401,
    "bearer-refusal-status": 401,
}
PARTS = (
    *(b"GET /jobs HTTP/1.1\r\nHost: localhost\r\n", b"POST /jobs HTTP/1.1\r\nHost: localhost\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Expect: 100-continue\r\n", b"X: \r\n"),
    *(b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"\r\n", b"\r\n\r\n", b"5\r\nabcde\r\n", b"zz\r\n", b"{}"),
)
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _furnish(emulator: EmulatorProcess) -> None:
    emulator.reset()
    emulator.post("/pools", {**draws.POOL, "id": "p1"})
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "usesTaskDependencies": True})
    emulator.post("/jobs", {"id": "k1", "poolInfo": POOL_INFO, "onTaskFailure": "performexitoptionsjobaction"})
    emulator.post("/jobschedules", {**draws.SCHEDULE, "id": "s1", "jobSpecification": {"poolInfo": POOL_INFO}})
    emulator.post("/jobs/j1/addtaskcollection", {"value": [{"id": name, "commandLine": "x"} for name in ("t1", "k1")]})


def _check(emulator: EmulatorProcess) -> None:
    """All that there is can be listed, what was asked can be read, and nothing was written to standard error."""
    emulator.post("/_emulator/switches", KEPT)
    for path in ("/pools", "/jobschedules", "/jobs"):
        assert isinstance(emulator.get(path)["value"], list)
    for job in emulator.get("/jobs?$select=id,state")["value"]:
        reply = emulator.call("GET", f"/jobs/{job['id']}/tasks")
        assert reply.status == 200 or reply.body["code"] == "JobNotFound"
    assert isinstance(emulator.requests(), list)
    assert emulator.errors() == ""


@many
@given(sent=st.lists(draws.requests(), min_size=8, max_size=16))
def test_requests_are_answered_whatever_they_hold(emulator: EmulatorProcess, sent: list[draws.Drawn]) -> None:
    _furnish(emulator)
    for drawn in sent:
        ask = send if drawn.signed else exchange
        headers = drawn.headers if drawn.signed else (*drawn.headers, ("Content-Length", str(len(drawn.content))))
        reply = ask(emulator, drawn.method, drawn.target, headers, drawn.content)
        assert 200 <= reply.status < 500 or reply.status in IS_MEANT
    _check(emulator)


@many
@given(parts=st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PARTS)), max_size=8))
def test_bytes_are_answered_whatever_they_are(emulator: EmulatorProcess, parts: list[bytes]) -> None:
    reply = answer_to(emulator, b"".join(parts), ends=True)
    assert reply.status in (0, 100, 400, 401, 411)
    assert emulator.get("/jobs")["value"] == []
    assert emulator.errors() == ""
