from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from azure.batch import BatchClient
from azure.core.exceptions import HttpResponseError

from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request
from batch_emulator.testing.requests_log import RequestsLog
from tests.emulator.parts import MACHINE, POOL_INFO, code_of, job_options, pool_options, values_of
from tests.emulator_process import EmulatorProcess

POOL = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}


def test_the_log_has_what_was_asked_and_how_it_was_answered(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    emulator.call("GET", "/jobs/none?$select=id,state", headers={"If-None-Match": "0x1"})
    emulator.call("POST", "/jobs", b"{", headers={"Content-Type": "application/json; odata=minimalmetadata"})
    first, second, third = emulator.requests()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/jobs", 201)
    assert first["body"] == {"id": "j1", "poolInfo": {"poolId": "p1"}}
    assert first["query"] == {"api-version": "2025-06-01"}
    assert first["headers"]["ocp-date"]
    assert (second["method"], second["path"], second["status"], second["body"]) == ("GET", "/jobs/none", 404, None)
    assert second["query"] == {"api-version": "2025-06-01", "$select": "id,state"}
    assert second["headers"]["if-none-match"] == "0x1"
    assert (third["status"], third["body"]) == (400, None)
    assert "authorization" not in str(emulator.requests()).lower()


def test_the_control_api_is_not_in_the_log(emulator: EmulatorProcess) -> None:
    emulator.switch("polls", 1)
    emulator.get("/pools")
    assert [entry["path"] for entry in emulator.requests()] == ["/pools"]
    emulator.clear_requests()
    assert emulator.requests() == []


def test_the_body_of_a_stranger_is_not_in_the_log(emulator: EmulatorProcess) -> None:
    emulator.call("POST", "/jobs", {"id": "j1"}, headers={"Authorization": "SharedKey batchdev:AAAA"})
    assert [(entry["status"], entry["body"]) for entry in emulator.requests()] == [(403, None)]


def test_a_reset_empties_the_account_and_sets_everything_back(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.switch("polls", 9)
    emulator.advance(3600)
    emulator.fault(status=503, times=10)
    emulator.reset()
    assert emulator.get("/pools")["value"] == emulator.get("/jobs")["value"] == []
    assert [entry["path"] for entry in emulator.requests()] == ["/pools", "/jobs"]
    assert emulator.get("/_emulator/faults") == []
    assert emulator.get("/_emulator/clock")["offset"] == 0
    assert {switch["name"]: switch["value"] for switch in emulator.get("/_emulator/switches")}["polls"] == 1


def test_the_clock_can_be_moved_on_and_stopped(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    before = emulator.get("/jobs/j1")["creationTime"]
    emulator.post("/_emulator/clock", {"frozen": True})
    stopped = emulator.get("/_emulator/clock")
    assert stopped["frozen"] is True and stopped == emulator.get("/_emulator/clock")
    emulator.advance(86_400)
    moved = emulator.get("/_emulator/clock")
    assert moved["offset"] == pytest.approx(stopped["offset"] + 86_400)
    emulator.call("PATCH", "/jobs/j1", {"priority": 1})
    assert emulator.get("/jobs/j1")["lastModified"][:10] > before[:10]
    running = emulator.post("/_emulator/clock", {"frozen": False})
    assert running["frozen"] is False and running["now"] >= moved["now"]


@pytest.mark.parametrize(
    "body", [{"advance": -1}, {"advance": "1"}, {"advance": True}, {"frozen": 1.5}, {"back": 1}, {}, [], None]
)
def test_a_clock_that_would_go_wrong_is_refused(emulator: EmulatorProcess, body: Any) -> None:
    reply = emulator.call("POST", "/_emulator/clock", body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")


def test_a_deleted_pool_is_seen_as_often_as_the_switch_says(emulator: EmulatorProcess) -> None:
    emulator.switch("polls", 3)
    emulator.post("/pools", POOL)
    emulator.call("DELETE", "/pools/p1")
    assert [emulator.call("GET", "/pools/p1").status for _ in range(4)] == [200, 200, 200, 404]


@pytest.mark.parametrize(("switch", "path"), [("pool-delete-delay", "/pools/p1"), ("job-delete-delay", "/jobs/j1")])
def test_a_deletion_can_take_time_of_the_clock(emulator: EmulatorProcess, switch: str, path: str) -> None:
    emulator.switch(switch, 90)
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.call("DELETE", path)
    emulator.advance(89)
    assert [emulator.get(path)["state"] for _ in range(3)] == ["deleting"] * 3
    emulator.advance(2)
    assert emulator.call("GET", path).status == 404


def test_states_can_move_by_the_clock_alone(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/_emulator/switches", {"states": "by-clock", "transition-delay": 5})
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/terminate")
    assert [emulator.get("/pools/p1")["allocationState"] for _ in range(3)] == ["resizing"] * 3
    assert [emulator.get("/jobs/j1")["state"] for _ in range(3)] == ["terminating"] * 3
    emulator.advance(5)
    assert emulator.get("/pools/p1")["allocationState"] == "steady"
    assert emulator.get("/jobs/j1")["state"] == "completed"


def test_what_the_clock_has_passed_moves_without_a_poll(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/switches", {"states": "by-clock", "transition-delay": 60, "active-job-quota": 1})
    specification = {"poolLifetimeOption": "job", "pool": {key: POOL[key] for key in POOL if key != "id"}}
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"autoPoolSpecification": specification}})
    emulator.post("/jobs/j1/terminate")
    emulator.advance(61)
    assert emulator.get("/pools")["value"] == [], "the pool ended with its job, resized or not"
    emulator.post("/jobs", {"id": "j2", "poolInfo": POOL_INFO, "constraints": {"maxWallClockTime": "PT1H"}})
    emulator.advance(3600)
    assert emulator.get("/jobs/j2")["state"] == "terminating"


def test_the_clock_does_not_move_what_is_gone(emulator: EmulatorProcess) -> None:
    emulator.switch("task-delete-delay", 60)

    def add() -> None:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})

    add()
    emulator.call("DELETE", "/jobs/j1/tasks/t1")
    emulator.call("DELETE", "/jobs/j1")
    assert [emulator.call("GET", "/jobs/j1").status for _ in range(2)] == [200, 404]
    add()
    emulator.advance(61)
    assert emulator.get("/jobs/j1/tasks/t1")["state"] == "active"


def test_a_delay_counts_again_when_states_no_longer_move_by_hand(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/switches", {"states": "by-hand", "pool-delete-delay": 60})
    emulator.post("/pools", POOL)
    emulator.call("DELETE", "/pools/p1")
    emulator.advance(61)
    assert emulator.get("/pools/p1")["state"] == "deleting"
    emulator.switch("states", "at-once")
    assert emulator.call("GET", "/pools/p1").status == 404


@pytest.mark.parametrize(("former", "name"), [("looks", "polls"), ("task-delete-looks", "task-delete-polls")])
def test_a_switch_can_be_set_by_the_name_that_it_had(emulator: EmulatorProcess, former: str, name: str) -> None:
    emulator.switch(former, 3)
    assert {switch["name"]: switch["value"] for switch in emulator.get("/_emulator/switches")}[name] == 3
    with EmulatorProcess("--set", f"{former}=4") as another:
        assert {switch["name"]: switch["value"] for switch in another.get("/_emulator/switches")}[name] == 4


def test_states_can_move_by_hand_alone(emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    emulator.post("/pools", POOL)
    emulator.call("DELETE", "/pools/p1")
    emulator.advance(86_400)
    assert [emulator.get("/pools/p1")["state"] for _ in range(3)] == ["deleting"] * 3
    emulator.settle()
    assert emulator.call("GET", "/pools/p1").status == 404


@pytest.mark.parametrize(
    "body",
    [{"colour": "red"}, {"polls": "many"}, {"polls": -1}, {"states": "sideways"}, {"token-audience": 7}, [], None],
)
def test_a_switch_that_makes_no_sense_is_refused_and_nothing_is_set(emulator: EmulatorProcess, body: Any) -> None:
    before = emulator.get("/_emulator/switches")
    if isinstance(body, dict):
        body = {"pool-quota": 3, **body}
    reply = emulator.call("POST", "/_emulator/switches", body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.get("/_emulator/switches") == before


def test_what_the_control_api_does_not_have_is_refused_with_what_it_has(emulator: EmulatorProcess) -> None:
    for method, path in (("GET", "/_emulator/reset"), ("POST", "/_emulator/x"), ("POST", "/_emulator/tasks")):
        reply = emulator.call(method, path)
        assert reply.status == 404
        assert "POST /_emulator/reset" in reply.body["message"]["value"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("none/t1", {"state": "running"}, 404),
        ("j1/none", {"state": "running"}, 404),
        ("j1/t1", {"state": "exploded"}, 400),
        ("j1/t1", {"state": "completed", "exitCode": "0"}, 400),
        ("j1/t1", {"state": "completed", "failureInfo": {}}, 400),
        ("j1/t1", {"state": "completed", "colour": "red"}, 400),
        ("j1/t1", None, 400),
    ],
)
def test_a_task_cannot_become_what_it_cannot_be(emulator: EmulatorProcess, path: str, body: Any, status: int) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    assert emulator.call("POST", f"/_emulator/tasks/{path}", body).status == status
    assert emulator.get("/jobs/j1/tasks/t1")["state"] == "active"


def test_a_fault_strikes_what_it_names_as_often_as_it_says(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.fault(method="get", path="/pools/*", times=2, status=503, retryAfter=7)
    client.create_pool(pool_options("p1"))
    for _ in range(2):
        with pytest.raises(HttpResponseError) as caught:
            client.get_pool("p1")
        assert (caught.value.status_code, code_of(caught)) == (503, "ServerBusy")
        response: Any = caught.value.response
        assert response.headers["Retry-After"] == "7"
    assert client.get_pool("p1").id == "p1"
    assert [entry["status"] for entry in emulator.requests()] == [201, 503, 503, 200]


def test_a_throttled_answer_says_how_long_to_wait(emulator: EmulatorProcess) -> None:
    emulator.fault(status=429)
    reply = emulator.call("GET", "/pools")
    assert (reply.status, reply.body["code"], reply.headers["Retry-After"]) == (429, "TooManyRequests", "30")
    emulator.switch("throttle-retry-after", 0)
    emulator.fault(code="TooManyRequests")
    assert "Retry-After" not in emulator.call("GET", "/pools").headers


def test_a_fault_can_wait_its_turn_and_have_any_code(emulator: EmulatorProcess) -> None:
    emulator.fault(skip=1, status=409, code="PoolBeingResized", values={"Reason": "told to"})
    replies = [emulator.call("GET", "/pools") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 409, 200]
    assert replies[1].body["code"] == "PoolBeingResized"
    assert values_of(replies[1].body) == {"Reason": "told to"}


def test_a_connection_can_be_dropped_before_anything_is_done(emulator: EmulatorProcess) -> None:
    emulator.fault(drop="before")
    with pytest.raises(requests.ConnectionError):
        emulator.call("POST", "/pools", POOL)
    assert emulator.call("GET", "/pools/p1").status == 404
    assert [(entry["method"], entry["status"]) for entry in emulator.requests()] == [("POST", None), ("GET", 404)]


def test_a_connection_can_be_dropped_after_the_change_is_made(emulator: EmulatorProcess) -> None:
    emulator.fault(method="POST", path="/pools", drop="after")
    with pytest.raises(requests.ConnectionError):
        emulator.call("POST", "/pools", POOL)
    assert emulator.call("POST", "/pools", POOL).body["code"] == "PoolExists"
    emulator.fault(drop="after")
    with pytest.raises(requests.ConnectionError):
        emulator.call("POST", "/pools", POOL)


def test_an_answer_can_be_late(emulator: EmulatorProcess) -> None:
    emulator.fault(path="/pools", delay=0.2)
    began = time.monotonic()
    assert emulator.call("GET", "/pools").status == 200
    assert time.monotonic() - began >= 0.2


def test_what_is_held_back_does_not_reach_the_account_that_a_reset_leaves(emulator: EmulatorProcess) -> None:
    emulator.fault(path="/pools", delay=1)
    with ThreadPoolExecutor(1) as thread:
        late = thread.submit(emulator.call, "POST", "/pools", POOL)
        while emulator.get("/_emulator/faults"):
            time.sleep(0.01)
        emulator.reset()
        with pytest.raises(requests.ConnectionError):
            late.result()
    assert emulator.requests() == []
    assert emulator.call("GET", "/pools").body["value"] == []


def test_faults_can_be_listed_and_taken_back(emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/faults", [{"status": 500}, {"path": "/jobs", "times": 0, "status": 500}])
    assert emulator.get("/_emulator/faults") == [{"path": "*", "times": 1, "skip": 0, "status": 500, "delay": 0.0}]
    emulator.clear_faults()
    assert emulator.call("GET", "/pools").status == 200


def test_a_fault_never_strikes_a_stranger_or_the_control_api(emulator: EmulatorProcess) -> None:
    emulator.fault(status=500)
    assert emulator.call("GET", "/pools", headers={"Authorization": "SharedKey a:b"}).status == 403
    assert emulator.call("GET", "/_emulator/clock").status == 200
    assert emulator.call("GET", "/pools").status == 500


@pytest.mark.parametrize(
    "fault",
    [
        {"colour": "red"},
        {"drop": "sometimes"},
        {"times": -1},
        {"times": True},
        {"status": 200},
        {"status": "500"},
        {"delay": -1},
        {"retryAfter": "soon"},
        {"path": 7},
        {"when": "now"},
        {"when": "after", "drop": "after"},
        {"probability": 1.5},
        {"seed": -1},
        {"operation": "Task - Explode"},
        {"operation": 7},
        {"values": {"Reason": 7}},
        "boom",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(emulator: EmulatorProcess, fault: Any) -> None:
    reply = emulator.call("POST", "/_emulator/faults", fault)
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert emulator.get("/_emulator/faults") == []


def test_a_fault_strikes_an_operation_by_its_name(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.fault(operation="pool - LIST", status=503)
    assert emulator.call("GET", "/jobs").status == 200
    assert emulator.call("GET", "/pools/p1").status == 404
    assert [emulator.call("GET", "/pools").status for _ in range(2)] == [503, 200]
    assert [entry["operation"] for entry in emulator.requests()] == ["Job - List", "Pool - Get", *["Pool - List"] * 2]
    text = emulator.call("POST", "/_emulator/faults", {"operation": "Pool - Explode"}).body["values"][0]["value"]
    assert "Pool - Resize" in text and "Job - Get" not in text


def test_a_refusal_can_come_when_the_change_is_made(emulator: EmulatorProcess) -> None:
    emulator.fault(operation="Job - Add", status=500, when="after")
    job = {"id": "j1", "poolInfo": {"poolId": "p1"}}
    assert [emulator.call("POST", "/jobs", job).status for _ in range(2)] == [500, 409]


def test_a_fault_with_a_seed_strikes_the_same_requests_again(emulator: EmulatorProcess) -> None:
    def statuses(**fault: Any) -> list[int]:
        emulator.clear_faults()
        emulator.fault(path="/pools", status=503, probability=0.5, **fault)
        return [emulator.call("GET", "/pools").status for _ in range(20)]

    first = statuses(seed=7)
    assert 4 < first.count(503) < 16
    assert statuses(seed=7) == first != statuses(seed=8)
    assert statuses(times=2).count(503) == 2


def test_the_log_of_requests_is_bounded_in_bytes() -> None:
    log = RequestsLog(largest=10_000)
    scope = {"method": "POST", "raw_path": b"/jobs", "query_string": b"", "headers": [], "scheme": "http"}
    for number in range(100):
        body = Body(json.dumps({"number": number, "text": "x" * 1000}).encode())
        log.note(Request({**scope, "server": ("127.0.0.1", 80)}), body, 201, str(number))
    kept = json.loads(log.as_json())
    assert [entry["body"]["number"] for entry in kept] == list(range(92, 100))
    assert len(log.as_json()) <= 10_000 + 100
    log.clear()
    assert log.as_json() == b"[]"


def test_the_log_says_when_by_the_emulator_s_clock(emulator: EmulatorProcess) -> None:
    now = emulator.post("/_emulator/clock", {"advance": 86_400, "frozen": True})["now"]
    emulator.call("GET", "/pools")
    emulator.call("GET", "/pools/p1")
    noted = [(entry["time"], entry["operation"], entry["code"]) for entry in emulator.requests()]
    assert noted == [(now, "Pool - List", None), (now, "Pool - Get", "PoolNotFound")]


def test_the_log_holds_no_body_of_what_was_not_let_in(emulator: EmulatorProcess) -> None:
    emulator.call("POST", "/jobs", {"id": "secret"}, headers={"Authorization": "SharedKey batchdev:AAAA"})
    ((body, status),) = [(entry["body"], entry["status"]) for entry in emulator.requests()]
    assert (body, status) == (None, 403)
