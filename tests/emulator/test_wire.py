from __future__ import annotations

import base64
import datetime
import json
import re
import socket
import uuid
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import pytest
import requests

from batch_emulator.http.shared_key import sign
from tests.emulator.parts import MACHINE, POOL_INFO, values_of
from tests.emulator_process import MEDIA_TYPE, V2024, V2025, EmulatorProcess, Reply

POOL = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
JOB = {"id": "j1", "poolInfo": POOL_INFO}
TASK = {"id": "t1", "commandLine": "x"}
TICKS_OF_THE_FIRST_YEARS = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)


def test_every_answer_has_the_service_s_headers(emulator: EmulatorProcess) -> None:
    for reply in (
        emulator.call("GET", "/pools"),
        emulator.call("POST", "/pools", POOL),
        emulator.call("HEAD", "/pools/p1"),
        emulator.call("GET", "/pools/none"),
        emulator.call("GET", "/pools", headers={"Authorization": "SharedKey batchdev:AAAA"}),
    ):
        assert str(uuid.UUID(reply.headers["request-id"])) == reply.headers["request-id"]
        assert reply.headers["Server"] == "Microsoft-HTTPAPI/2.0"
        assert reply.headers["DataServiceVersion"] == "3.0"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Strict-Transport-Security"].startswith("max-age=")
        assert parsedate_to_datetime(reply.headers["Date"]).tzinfo is not None
        assert "client-request-id" not in reply.headers
        if reply.body is not None:
            assert reply.headers["Content-Type"] == "application/json; odata=minimalmetadata"


def test_headers_are_spelled_as_the_service_spells_them(emulator: EmulatorProcess) -> None:
    """Java's client does not find them otherwise."""
    added = list(emulator.call("POST", "/pools", POOL).headers)
    assert {"ETag", "Last-Modified", "DataServiceId", "Location", "DataServiceVersion", "request-id"} <= set(added)
    assert {"ETag", "Content-Type", "Content-Length"} <= set(emulator.call("GET", "/pools/p1").headers)
    assert "Content-Length" in list(emulator.call("HEAD", "/pools/p1").headers)


def test_the_client_s_request_id_comes_back_only_when_asked_for(emulator: EmulatorProcess) -> None:
    client_id = "9C4D50EE-2D56-4CD3-8152-34347DC9F2B0"
    asked = {"client-request-id": client_id, "return-client-request-id": "true"}
    assert emulator.call("GET", "/pools", headers=asked).headers["client-request-id"] == client_id
    assert emulator.call("GET", "/pools/none", headers=asked).headers["client-request-id"] == client_id
    for said in ({"client-request-id": client_id}, {**asked, "return-client-request-id": "false"}):
        assert "client-request-id" not in emulator.call("GET", "/pools", headers=said).headers


@pytest.mark.parametrize(
    "headers",
    [
        {"client-request-id": "{9C4D50EE-2D56-4CD3-8152-34347DC9F2B0}"},
        {"client-request-id": "mine"},
        {"return-client-request-id": "perhaps"},
        {"If-Modified-Since": "yesterday"},
    ],
)
def test_a_header_outside_its_format_is_refused(emulator: EmulatorProcess, headers: dict[str, str]) -> None:
    emulator.post("/pools", POOL)
    reply = emulator.call("GET", "/pools/p1", headers=headers)
    assert (reply.status, reply.body["code"]) == (400, "InvalidHeaderValue")
    assert values_of(reply.body)["HeaderName"] == next(iter(headers)).lower()


def test_an_etag_is_the_time_of_the_last_change(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    reply = emulator.call("GET", "/pools/p1")
    etag = reply.headers["ETag"]
    assert re.fullmatch(r"0x[0-9A-F]+", etag)
    assert reply.body["eTag"] == etag
    changed = TICKS_OF_THE_FIRST_YEARS + datetime.timedelta(microseconds=int(etag, 16) // 10)
    assert reply.headers["Last-Modified"] == changed.strftime("%a, %d %b %Y %H:%M:%S GMT")
    body_time = reply.body["lastModified"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z", body_time)
    assert body_time.startswith(changed.strftime("%Y-%m-%dT%H:%M:%S"))


def test_etags_never_repeat_even_when_the_clock_stands_still(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/jobs", JOB)
    etags = [emulator.call("PATCH", "/jobs/j1", {"priority": 1}).headers["ETag"] for _ in range(20)]
    assert len(set(etags)) == 20 and etags == sorted(etags)


def _walk(emulator: EmulatorProcess) -> dict[str, Reply]:
    """One success of every served operation."""
    call = emulator.call
    replace: dict[str, Any] = {"metadata": [], "applicationPackageReferences": []}
    steps: list[tuple[str, str, str, Any]] = [
        ("pool add", "POST", "/pools", POOL),
        ("pool get", "GET", "/pools/p1", None),
        ("pool exists", "HEAD", "/pools/p1", None),
        ("pool list", "GET", "/pools", None),
        ("pool patch", "PATCH", "/pools/p1", {"metadata": []}),
        ("pool updateproperties", "POST", "/pools/p1/updateproperties", replace),
        ("job add", "POST", "/jobs", JOB),
        ("job get", "GET", "/jobs/j1", None),
        ("job list", "GET", "/jobs", None),
        ("job patch", "PATCH", "/jobs/j1", {"priority": 1}),
        ("job update", "PUT", "/jobs/j1", {"poolInfo": POOL_INFO}),
        ("job disable", "POST", "/jobs/j1/disable", {"disableTasks": "wait"}),
        ("job enable", "POST", "/jobs/j1/enable", None),
        ("task add", "POST", "/jobs/j1/tasks", TASK),
        ("task get", "GET", "/jobs/j1/tasks/t1", None),
        ("task list", "GET", "/jobs/j1/tasks", None),
        ("task collection", "POST", "/jobs/j1/addtaskcollection", {"value": [{"id": "t2", "commandLine": "x"}]}),
        ("task counts", "GET", "/jobs/j1/taskcounts", None),
        ("task update", "PUT", "/jobs/j1/tasks/t1", {}),
        ("task terminate", "POST", "/jobs/j1/tasks/t1/terminate", None),
        ("task reactivate", "POST", "/jobs/j1/tasks/t1/reactivate", None),
        ("task delete", "DELETE", "/jobs/j1/tasks/t1", None),
        ("job terminate", "POST", "/jobs/j1/terminate", None),
        ("job delete", "DELETE", "/jobs/j1", None),
        ("pool delete", "DELETE", "/pools/p1", None),
    ]
    return {name: call(method, path, body) for name, method, path, body in steps}


def test_each_operation_answers_with_its_status_and_headers(emulator: EmulatorProcess) -> None:
    url = emulator.endpoint
    replies = _walk(emulator)
    assert {name: reply.status for name, reply in replies.items()} == {
        "pool add": 201,
        "pool get": 200,
        "pool exists": 200,
        "pool list": 200,
        "pool patch": 200,
        "pool updateproperties": 204,
        "job add": 201,
        "job get": 200,
        "job list": 200,
        "job patch": 200,
        "job update": 200,
        "job disable": 202,
        "job enable": 202,
        "task add": 201,
        "task get": 200,
        "task list": 200,
        "task collection": 200,
        "task counts": 200,
        "task update": 200,
        "task terminate": 204,
        "task reactivate": 204,
        "task delete": 200,
        "job terminate": 202,
        "job delete": 202,
        "pool delete": 202,
    }
    bodiless = {name for name, reply in replies.items() if reply.body is None}
    assert bodiless == set(replies) - {
        *("pool get", "pool list", "job get", "job list", "task get", "task list", "task collection", "task counts")
    }
    without_etag = {name for name, reply in replies.items() if "ETag" not in reply.headers}
    assert without_etag == {name for name, reply in replies.items() if "Last-Modified" not in reply.headers}
    assert without_etag == {
        *("pool list", "job list", "task list", "task collection", "task counts"),
        *("pool delete", "job delete", "task delete"),
    }
    identified = {
        name: reply.headers["DataServiceId"] for name, reply in replies.items() if "DataServiceId" in reply.headers
    }
    assert identified == {
        "pool add": f"{url}/pools/p1",
        "pool patch": f"{url}/pools/p1",
        "pool updateproperties": f"{url}/pools/p1/updateproperties",
        "job add": f"{url}/jobs/job-1",
        "job patch": f"{url}/jobs/j1",
        "job update": f"{url}/jobs/j1",
        "job disable": f"{url}/jobs/j1/disable",
        "job enable": f"{url}/jobs/j1/enable",
        "task add": f"{url}/jobs/j1/tasks/t1",
        "task update": f"{url}/jobs/j1/tasks/t1",
        "task terminate": f"{url}/jobs/j1/tasks/t1/terminate",
        "job terminate": f"{url}/jobs/j1/terminate",
    }
    located = {name: reply.headers["Location"] for name, reply in replies.items() if "Location" in reply.headers}
    assert located == {name: identified[name] for name in ("pool add", "job add", "task add")}
    for name, reply in replies.items():
        if reply.status == 204:
            assert reply.headers["Content-Length"] == "0"
        elif reply.body is None and name != "pool exists":
            assert reply.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize("version", [V2024, V2025])
def test_an_error_has_the_service_s_body(emulator: EmulatorProcess, version: str) -> None:
    reply = emulator.call("GET", "/pools/none", api_version=version)
    metadata = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
    assert reply.body["odata.metadata"] == f"{emulator.endpoint}/{metadata}"
    assert reply.body["code"] == "PoolNotFound"
    assert reply.body["message"]["lang"] == "en-US"
    text, request_id, time = reply.body["message"]["value"].split("\n")
    assert text and request_id == f"RequestId:{reply.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT[\d:.]+Z", time)
    assert "values" not in reply.body
    assert int(reply.headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("query", "code", "name"),
    [
        ("?api-version=2023-01-01", "UnsupportedRequestVersion", "api-version"),
        ("?api-version=", "MissingRequiredQueryParameter", "api-version"),
        ("?colour=red", "UnsupportedQueryParameter", "colour"),
        ("?force=true", "UnsupportedQueryParameter", "force"),
        ("?timeout=soon", "InvalidQueryParameterValue", "timeout"),
        ("?timeOut=0", "InvalidQueryParameterValue", "timeOut"),
        ("?$expand=nodes", "InvalidQueryParameterValue", "$expand"),
        ("?maxresults=0", "InvalidQueryParameterValue", "maxresults"),
        ("?maxresults=1001", "InvalidQueryParameterValue", "maxresults"),
        ("?maxresults=all", "InvalidQueryParameterValue", "maxresults"),
        ("?$skiptoken=!", "InvalidQueryParameterValue", "$skiptoken"),
        ("?$select=id,colour", "InvalidQueryParameterValue", "$select"),
        ("?$filter=colour eq 'red'", "InvalidQueryParameterValue", "$filter"),
    ],
)
def test_a_query_parameter_that_does_not_fit_is_refused(
    emulator: EmulatorProcess, query: str, code: str, name: str
) -> None:
    emulator.post("/pools", POOL)
    reply = emulator.call("GET", f"/pools{query}")
    assert (reply.status, reply.body["code"]) == (400, code)
    values = values_of(reply.body)
    assert values["QueryParameterName"] == name
    assert ("Reason" in values) == (code in ("InvalidQueryParameterValue", "UnsupportedRequestVersion"))


def test_an_api_version_is_required(emulator: EmulatorProcess) -> None:
    reply = emulator.call("GET", "/pools", api_version=None)
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredQueryParameter")


@pytest.mark.parametrize("name", ["timeout", "timeOut", "TIMEOUT"])
@pytest.mark.parametrize("version", [V2024, V2025])
def test_the_timeout_is_taken_in_any_spelling_unless_it_is_to_be_exact(
    emulator: EmulatorProcess, name: str, version: str
) -> None:
    path = f"/pools?{name}=45"
    assert emulator.call("GET", path, api_version=version).status == 200
    emulator.switch("timeout-name", "exact")
    own = {V2024: "timeout", V2025: "timeOut"}[version]
    assert emulator.call("GET", path, api_version=version).status == (200 if name == own else 400)


@pytest.mark.parametrize(
    "media_type",
    [
        MEDIA_TYPE,
        "application/json;odata=minimalmetadata",
        "application/json; odata=minimalmetadata; charset=utf-8",
        "Application/JSON; OData=MinimalMetadata",
    ],
)
def test_the_media_type_is_taken_in_every_client_s_spelling(emulator: EmulatorProcess, media_type: str) -> None:
    assert emulator.call("POST", "/jobs", JOB, headers={"Content-Type": media_type}).status == 201


def test_another_media_type_is_refused(emulator: EmulatorProcess) -> None:
    for media_type in ("application/json", "text/plain", "application/xml; odata=minimalmetadata"):
        reply = emulator.call("POST", "/jobs", JOB, headers={"Content-Type": media_type})
        assert (reply.status, reply.body["code"]) == (400, "InvalidHeaderValue")
    reply = emulator.call("POST", "/jobs", JOB, headers={"Content-Type": ""})
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredHeader")
    emulator.switch("content-type", "lenient")
    assert emulator.call("POST", "/jobs", JOB, headers={"Content-Type": "application/json"}).status == 201


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"id": NaN}', b'{"id": "\\ud800"}', b"[" * 100_000, b"1" * 5000],
    ids=["empty", "cut", "array", "text", "binary", "nan", "half a character", "deep", "huge number"],
)
def test_a_body_that_is_no_json_object_is_refused(emulator: EmulatorProcess, content: bytes) -> None:
    reply = emulator.call("POST", "/jobs", content, headers={"Content-Type": MEDIA_TYPE})
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")


def test_a_body_may_have_a_mebibyte_and_no_more(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", JOB)
    room = 1_048_576 - len(json.dumps({**TASK, "commandLine": ""}))
    assert emulator.call("POST", "/jobs/j1/tasks", {**TASK, "commandLine": "x" * room}).status == 201
    reply = emulator.call("POST", "/jobs/j1/tasks", {"id": "t2", "commandLine": "x" * (room + 1)})
    assert (reply.status, reply.body["code"]) == (413, "RequestBodyTooLarge")
    assert reply.body["values"] == [{"key": "MaxLimit", "value": "1048576"}]


def test_a_request_without_a_length_is_refused(emulator: EmulatorProcess) -> None:
    now = formatdate(usegmt=True)
    head = "\n".join(["POST", *[""] * 11])
    signature = sign(base64.b64decode(emulator.key), f"{head}\nocp-date:{now}\n/batchdev/jobs\napi-version:{V2025}")
    lines = [
        f"POST /jobs?api-version={V2025} HTTP/1.1",
        "Host: 127.0.0.1",
        f"ocp-date: {now}",
        f"Authorization: SharedKey batchdev:{signature}",
        "Connection: close",
    ]
    port = int(emulator.endpoint.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as stream:
            answer = stream.read().decode()
    assert answer.startswith("HTTP/1.1 411 ") and "MissingContentLengthHeader" in answer


def test_a_body_in_chunks_is_taken(emulator: EmulatorProcess) -> None:
    content = json.dumps(JOB).encode()
    now = formatdate(usegmt=True)
    head = "\n".join(["POST", "", "", "", "", MEDIA_TYPE, *[""] * 6])
    signature = sign(base64.b64decode(emulator.key), f"{head}\nocp-date:{now}\n/batchdev/jobs\napi-version:{V2025}")
    headers = {"ocp-date": now, "Content-Type": MEDIA_TYPE, "Authorization": f"SharedKey batchdev:{signature}"}
    parts = iter([content[:5], content[5:]])
    reply = requests.post(f"{emulator.endpoint}/jobs?api-version={V2025}", data=parts, headers=headers, timeout=30)
    assert reply.status_code == 201


def test_an_annotation_that_a_client_sends_back_is_taken(emulator: EmulatorProcess) -> None:
    assert emulator.call("POST", "/jobs", {**JOB, "odata.metadata": "x"}).status == 201


def test_null_counts_as_absent(emulator: EmulatorProcess) -> None:
    assert emulator.call("POST", "/jobs", {**JOB, "priority": None, "metadata": None}).status == 201
    assert emulator.get("/jobs/j1")["priority"] == 0
    reply = emulator.call("POST", "/jobs", {"id": "j2", "poolInfo": None})
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredProperty")


def test_a_caller_that_goes_away_in_the_middle_leaves_nothing_behind(emulator: EmulatorProcess) -> None:
    now = formatdate(usegmt=True)
    head = "\n".join(["POST", "", "", "1000", "", MEDIA_TYPE, *[""] * 6])
    signature = sign(base64.b64decode(emulator.key), f"{head}\nocp-date:{now}\n/batchdev/jobs\napi-version:{V2025}")
    lines = [
        f"POST /jobs?api-version={V2025} HTTP/1.1",
        "Host: 127.0.0.1",
        f"ocp-date: {now}",
        f"Content-Type: {MEDIA_TYPE}",
        "Content-Length: 1000",
        f"Authorization: SharedKey batchdev:{signature}",
    ]
    port = int(emulator.endpoint.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", '{"id": "j1",']).encode())
    entries: list[dict[str, Any]] = []
    for _ in range(1000):
        entries = entries or emulator.requests()
    assert [(entry["path"], entry["status"], entry["body"]) for entry in entries] == [("/jobs", None, None)]
    assert emulator.get("/jobs")["value"] == []


def test_a_body_far_over_the_limit_is_refused_without_being_kept(emulator: EmulatorProcess) -> None:
    reply = emulator.call("POST", "/jobs", b" " * 3 * 1_048_576)
    assert (reply.status, reply.body["code"]) == (413, "RequestBodyTooLarge")
