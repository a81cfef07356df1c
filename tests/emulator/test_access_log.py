from __future__ import annotations

import contextlib
import re

from batch_emulator.http.access_log import line
from batch_emulator.protocol.request import Request
from tests.emulator_process import EmulatorProcess

JOB = {"id": "j1", "poolInfo": {"poolId": "p1"}, "commonEnvironmentSettings": [{"name": "A", "value": "hidden-body"}]}


def _request(target: str) -> Request:
    path, _, query = target.partition("?")
    scope = {
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "scheme": "http",
    }
    return Request({**scope, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 50_000)})


def test_a_line_says_what_was_asked_and_how_it_was_answered() -> None:
    with EmulatorProcess("--access-log") as emulator:
        emulator.post("/jobs", JOB)
        emulator.call("GET", "/nowhere?sig=hidden-query&token=hidden-token", headers={"X-Secret": "hidden-header"})
        emulator.fault(drop="before")
        emulator.call("GET", "/_emulator/clock")
        with contextlib.suppress(OSError):
            emulator.call("GET", "/jobs/j1")
        said = emulator.errors().splitlines()
    lines = [entry for entry in said if re.match(r"20\d\d-", entry)]
    shape = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.0\.0\.1 (.*) \d+\.\dms (.*)")
    shown = [match.groups() for match in map(shape.fullmatch, lines) if match]
    assert shown == [
        ("POST /jobs?api-version=2025-06-01 201", "Job - Add"),
        ("GET /nowhere?sig=...&token=...&api-version=2025-06-01 501", "-"),
        ("POST /_emulator/faults 200", "-"),
        ("GET /_emulator/clock 200", "-"),
        ("GET /jobs/j1?api-version=2025-06-01 dropped", "Job - Get"),
    ]
    assert "hidden" not in "".join(said)


def test_a_line_has_no_secret_wherever_it_stands_and_nothing_that_moves_a_terminal() -> None:
    for target in (
        "/pools/https%3A%2F%2Fa%3Fsv%3D1%26sig%3Dhidden%252B",
        "/jobs?$filter=url%20eq%20'https://a/b?sig%253Dhidden'",
        "/jobs?$skiptoken=hidden&api-version=2025-06-01",
        "/jobs/token=hidden;SIG=hidden",
        "/jobs?%24select=id&accesskey=hidden",
    ):
        assert "hidden" not in line(_request(target), 200, 0.001, None), target
    said = line(_request("/jobs/" + "x" * 5000), 200, 0.001, None)
    assert len(said) < 500
    odd = Request(
        {
            "method": "GET",
            "raw_path": b"/\x1b[31m\xff",
            "query_string": b"",
            "headers": [],
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        }
    )
    assert line(odd, None, 0.0, None).isprintable()
