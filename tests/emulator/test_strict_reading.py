"""What can be read in two ways is refused, whatever it is: bodies, queries, headers, paths, numbers, dates."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.parts import MACHINE, POOL_INFO, values_of
from tests.emulator.raw import answer_in_pieces, answer_to, exchange, send
from tests.emulator_process import V2025, EmulatorProcess

VERSION = f"api-version={V2025}"
POOL: dict[str, Any] = {"id": "k", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
KELVIN = quote("\N{KELVIN SIGN}")


def _job(**more: Any) -> dict[str, Any]:
    return {"id": "j1", "poolInfo": POOL_INFO, **more}


BODIES = {
    "a surrogate in UTF-8": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "displayName": "\xed\xa0\x80"}',
    "half of an escaped pair": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "displayName": "\\ud83d"}',
    "the other half": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "displayName": "\\ude00\\ud83d"}',
    "half of a pair in a name": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "odata.\\ud83d": 1}',
    "UTF-16": json.dumps(_job()).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(_job()).encode("utf-16-le"),
    "UTF-32": json.dumps(_job()).encode("utf-32"),
    "Latin-1": '{"id": "j1", "poolInfo": {"poolId": "p"}, "displayName": "\xe4"}'.encode("latin-1"),
    "an infinite number": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "priority": 1e400}',
    "Infinity": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "priority": Infinity}',
    "NaN": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "priority": NaN}',
    "a long number": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "priority": ' + b"1" * 5000 + b"}",
    "more than 64 bits": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "priority": 18446744073709551616}',
    "a property twice": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "id": "j2"}',
    "a property twice in the depth": b'{"id": "j1", "poolInfo": {"poolId": "p", "poolId": "p"}}',
    "a property twice, once escaped": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "\\u0069d": "j2"}',
    "950 levels": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "odata.x": ' + b"[" * 950 + b"]" * 950 + b"}",
    "65 levels": b'{"odata.x": ' + b"[" * 64 + b"]" * 64 + b"}",
    "a comment": b'{"id": "j1", /* */ "poolInfo": {"poolId": "p"}}',
    "two values": b'{"id": "j1", "poolInfo": {"poolId": "p"}} {}',
    "a control character": b'{"id": "j1", "poolInfo": {"poolId": "p"}, "displayName": "\x01"}',
}


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("method", "path"), [("POST", "/jobs"), ("POST", "/_emulator/switches")])
def test_a_body_that_is_not_plain_json_is_refused_and_nothing_is_kept(
    emulator: EmulatorProcess, content: bytes, method: str, path: str
) -> None:
    reply = send(emulator, method, f"{path}?{VERSION}", content=content)
    assert (reply.status, reply.code) == (400, "InvalidRequestBody")
    assert emulator.get("/jobs")["value"] == []
    assert [entry["body"] for entry in emulator.requests() if entry["method"] == "POST"] in ([], [None])


def test_a_body_may_have_everything_that_json_has(emulator: EmulatorProcess) -> None:
    told = _job(displayName="\U0001f600\u2028 \x00 \u212a", metadata=[{"name": "\x7f", "value": ""}])
    for number, content in enumerate((json.dumps(told), json.dumps(told, ensure_ascii=False))):
        sent = content.replace('"j1"', f'"j{number}"').encode()
        assert send(emulator, "POST", f"/jobs?{VERSION}", content=b"\xef\xbb\xbf \r\n" + sent).status == 201
        job = emulator.get(f"/jobs/j{number}")
        assert (job["displayName"], job["metadata"]) == (told["displayName"], told["metadata"])
    assert emulator.requests()[0]["body"] == {**told, "id": "j0"}
    nested = b'{"odata.x": ' + b"[" * 63 + b"]" * 63 + b', "id": "j2", "poolInfo": {"poolId": "p"}}'
    assert send(emulator, "POST", f"/jobs?{VERSION}", content=nested).status == 201
    assert len(emulator.requests()) == 5


@pytest.mark.parametrize(
    "more", ["force=true", "FORCE=true", "%66orce=true", "f%6Frce=true&x=1", "force=false", "force", "api-version=x"]
)
def test_a_parameter_that_is_repeated_is_refused_before_all_else(emulator: EmulatorProcess, more: str) -> None:
    emulator.post("/jobs", _job())
    target = f"/jobs/j1?{VERSION}&force=false&{more}"
    for reply in (
        send(emulator, "DELETE", target),
        exchange(emulator, "DELETE", target, [("Authorization", "SharedKey a:b")]),
        send(emulator, "DELETE", f"/jobs/j1?{more}&{VERSION}&force=false"),
    ):
        assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
        values = values_of(reply.body)
        assert str(values["QueryParameterName"]).lower() in ("force", "api-version")
        assert values["Reason"] == "The parameter must be given once."
    assert emulator.get("/jobs/j1")["state"] == "active"
    assert [entry["status"] for entry in emulator.requests()] == [201, 400, 400, 400, 200]


@pytest.mark.parametrize("name", ["ocp-date", "If-Match", "Authorization", "Content-Type", "client-request-id"])
def test_a_header_that_means_something_is_there_once(emulator: EmulatorProcess, name: str) -> None:
    emulator.post("/jobs", _job())
    reply = send(emulator, "DELETE", f"/jobs/j1?{VERSION}", [(name, "x"), (name.upper(), "y")])
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    assert values_of(reply.body)["HeaderName"] == name.lower()
    assert send(emulator, "GET", f"/jobs/j1?{VERSION}", [("Accept", "x"), ("Accept", "y")]).status == 200


@pytest.mark.parametrize(
    "target", ["/jobs/%FF", "/jobs/%ED%A0%80", "/jobs/%00", "/jobs/a%0Ab", "/jobs/%zz", "jobs", "*", "http://x/jobs"]
)
def test_a_path_that_is_not_text_is_refused(emulator: EmulatorProcess, target: str) -> None:
    reply = send(emulator, "GET", f"{target}?{VERSION}")
    assert (reply.status, reply.code) == (400, "InvalidUri")
    assert [entry["path"] for entry in emulator.requests()] == [target]


@pytest.mark.parametrize("query", ["$filter=%FF", "$filter=%zz", "%C0=1"])
def test_a_query_that_is_not_text_is_refused(emulator: EmulatorProcess, query: str) -> None:
    reply = send(emulator, "GET", f"/jobs?{query}&{VERSION}")
    assert (reply.status, reply.code) == (400, "InvalidUri")


def test_ids_and_names_are_folded_as_ascii_only(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": "k", "poolInfo": POOL_INFO})
    emulator.post("/jobs/k/tasks", {"id": "k", "commandLine": "x"})
    emulator.settle()
    patch = json.dumps({"metadata": []}).encode()
    for target in (f"/pools/{KELVIN}", f"/jobs/{KELVIN}"):
        assert send(emulator, "PATCH", f"{target}?{VERSION}", content=patch).status == 404
        assert send(emulator, "GET", f"{target}?{VERSION}").status == 404
    assert send(emulator, "GET", f"/jobs/k/tasks/{KELVIN}?{VERSION}").code == "TaskNotFound"
    assert send(emulator, "POST", f"/_emulator/tasks/k/{KELVIN}", content=b'{"state": "running"}').status == 404
    assert send(emulator, "GET", f"/jobs?{VERSION}&$s{KELVIN}iptoken=").code == "UnsupportedQueryParameter"
    for text in ("id eq '\N{KELVIN SIGN}'", "startswith(id,'\N{KELVIN SIGN}')"):
        assert emulator.get(f"/pools?$filter={quote(text)}")["value"] == []
    reply = emulator.call("POST", "/jobs/k/disable", {"disableTas\N{KELVIN SIGN}s": "wait"})
    assert reply.status == 400
    kinds = {"id": "t2", "commandLine": "x", "userIdentity": {"autoUser": {"scope": "tas\N{KELVIN SIGN}"}}}
    assert emulator.call("POST", "/jobs/k/tasks", kinds).body["code"] == "InvalidPropertyValue"
    assert emulator.get("/pools/K")["id"] == emulator.get("/jobs/K")["id"] == "k"


DIGITS = "1" * 5000


@pytest.mark.parametrize(
    "query",
    [
        f"timeOut={DIGITS}",
        f"timeout=-{DIGITS}",
        "timeout=%D9%A3",
        f"maxresults={DIGITS}",
        "maxresults=1_0",
        "maxresults=%D9%A3",
        f"$filter=executionInfo/exitCode%20eq%20{DIGITS}",
        "$filter=" + "(" * 500 + "id%20eq%20'a'" + ")" * 500,
        "$filter=" + "(" * 5000,
        "$filter=creationTime%20gt%20datetime'0001-01-01T00:00:00%2B14:00'",
        "$filter=creationTime%20gt%20datetime'9999-12-31T23:59:59-14:00'",
        "$filter=creationTime%20gt%20datetime'2026-01-01T00:00:00%2B99:99'",
        f"$filter=creationTime%20gt%20datetime'{DIGITS}'",
        "$filter=id%20eq%20'" + "a" * 9000 + "'",
        "$skiptoken=" + "A" * 5001,
    ],
)
def test_a_query_out_of_bounds_is_refused(emulator: EmulatorProcess, query: str) -> None:
    emulator.post("/jobs", _job())
    reply = send(emulator, "GET", f"/jobs/j1/tasks?{VERSION}&{query}")
    assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")


def test_a_filter_may_be_long_and_deep_within_bounds(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", _job())
    deep = "(" * 32 + "id eq 'J1'" + ")" * 32
    long = " or ".join(["id eq 'j1'"] * 500)
    for text in (deep, f"{deep} and {deep}", long):
        assert len(emulator.get(f"/jobs?$filter={quote(text)}")["value"]) == 1


DATES = [
    "Mon, 01 Jan 0001 00:00:00 +1400",
    "Fri, 31 Dec 9999 23:59:59 -1400",
    "Mon, 01 Jan 2026 00:00:00 +999999999999",
    f"Mon, 01 Jan {DIGITS} 00:00:00 GMT",
    f"Mon, 01 Jan 2026 00:00:{DIGITS} GMT",
    "Mon, 99 Jan 2026 00:00:00 GMT",
    DIGITS,
    "(" * 2000,
]


@pytest.mark.parametrize("date", DATES)
def test_a_date_out_of_bounds_is_refused(emulator: EmulatorProcess, date: str) -> None:
    emulator.post("/jobs", _job())
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        reply = send(emulator, "GET", f"/jobs/j1?{VERSION}", [(name, date)])
        assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    for name in ("ocp-date", "Date"):
        reply = exchange(emulator, "GET", "/jobs", [(name, date), ("Authorization", "SharedKey batchdev:AAAA")])
        assert (reply.status, reply.code) == (403, "AuthenticationFailed")


@pytest.mark.parametrize(
    "authorization",
    [f"SharedKey batchdev:{'A' * 50_000}", "SharedKey batchdev:\xff\xfe", "Bearer " + "W1" * 20_000, "\xff" * 100],
)
def test_credentials_of_any_kind_are_refused(emulator: EmulatorProcess, authorization: str) -> None:
    headers = [("Authorization", authorization), ("Date", "x")]
    assert exchange(emulator, "GET", f"/jobs?{VERSION}", headers).code == "AuthenticationFailed"


def test_a_duration_has_digits_of_ascii_within_bounds(emulator: EmulatorProcess) -> None:
    for duration in (f"P{DIGITS}D", "P\u0661D", f"PT0.{DIGITS}S{DIGITS}"):
        reply = emulator.call("POST", "/jobs", _job(constraints={"maxWallClockTime": duration}))
        assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")


def test_the_clock_does_not_go_past_its_end(emulator: EmulatorProcess) -> None:
    reply = emulator.call("POST", "/_emulator/clock", {"advance": 10**12, "frozen": True})
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.get("/_emulator/clock")["frozen"] is False
    step = 10**12
    while step:
        if emulator.call("POST", "/_emulator/clock", {"advance": step}).status == 400:
            step //= 2
    emulator.post("/jobs", _job())
    assert emulator.get("/jobs/j1")["creationTime"] > "9999-12-30T23:59"
    assert emulator.call("GET", "/jobs").status == 200


@pytest.mark.parametrize(
    "fault", [{"delay": 10**300}, {"retryAfter": 10**19}, {"delay": 1e200}, {"times": 10**30}, {"status": 10**18}]
)
def test_a_fault_out_of_bounds_is_refused(emulator: EmulatorProcess, fault: dict[str, Any]) -> None:
    assert emulator.call("POST", "/_emulator/faults", fault).status == 400
    assert emulator.get("/_emulator/faults") == []


@pytest.mark.parametrize("audience", ["a\nb", "\u212a", "", "x" * 5000])
def test_a_switch_that_goes_into_a_header_can_be_in_one(emulator: EmulatorProcess, audience: str) -> None:
    assert emulator.call("POST", "/_emulator/switches", {"token-audience": audience}).status == 400
    assert exchange(emulator, "GET", "/jobs", []).status == 401


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_not_http_is_answered_with_400(emulator: EmulatorProcess, sent: bytes) -> None:
    assert answer_to(emulator, sent).status == 400


def test_headers_of_forty_kilobytes_are_read_whatever_pieces_they_come_in(emulator: EmulatorProcess) -> None:
    head = b"GET /jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"a" * 40_000
    assert answer_to(emulator, head + b"\r\n\r\n").status == 401
    assert answer_in_pieces(emulator, head, b"\r\n\r\n").status == 401


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_another_protocol_is_not_spoken(emulator: EmulatorProcess, upgrade: str) -> None:
    headers = [("Connection", "Upgrade"), ("Upgrade", upgrade)]
    assert exchange(emulator, "GET", "/jobs", headers).status == 401


def test_a_broken_body_behind_an_answer_ends_the_connection(emulator: EmulatorProcess) -> None:
    head = b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = answer_to(emulator, head + b"1\r\nx\r\n", b"zz\r\n")
    assert reply.status == 401
    assert emulator.get("/jobs")["value"] == []
