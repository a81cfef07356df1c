from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.emulator.parts import POOL_INFO, values_of
from tests.emulator.raw import answer_to, send
from tests.emulator_process import V2025, EmulatorProcess

TARGET = f"/jobs?api-version={V2025}"
FOREIGN = [
    *("evil.example", "evil.example:10100", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example."),
    *("localhost.example:80", "xlocalhost", "127.0.0.1@evil.example", "localhost:80:80", "localhost:port", "[::1"),
    *("[::1]x", "localhost, evil.example", "127.0.0.1/", "127.0.0.256", "0x7f.1", "a_b.example", "\xe9.example", "..."),
]


@pytest.fixture(scope="module")
def everywhere() -> Iterator[EmulatorProcess]:
    """As in a container: all addresses, and a name of its own."""
    with EmulatorProcess("--host", "0.0.0.0", "--allow-host", "Batch.Internal") as process:
        yield process
        assert process.errors() == ""


@pytest.mark.parametrize("host", [*FOREIGN, "192.168.1.7", "0.0.0.0", "[2001:db8::1]", "batch", "batch.internal"])
def test_a_name_that_is_not_this_machine_s_is_refused_before_all_else(emulator: EmulatorProcess, host: str) -> None:
    reply = send(emulator, "POST", TARGET, content=b'{"id": "j1", "poolInfo": {"poolId": "p"}}', host=host)
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    values = values_of(reply.body)
    assert values["HeaderName"] == "Host" and "--allow-host" in str(values["Reason"])
    assert "evil" not in reply.content.decode()
    assert send(emulator, "GET", "/_emulator/requests", host=host).status == 400
    assert emulator.get("/jobs")["value"] == []
    assert [(entry["status"], entry["body"]) for entry in emulator.requests()] == [(400, None), (200, None)]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "localhost.", "acct.localhost:80", "127.0.0.1", "127.1.2.3:9", "[::1]:8080"]
)
def test_loopback_s_own_names_will_do_on_whatever_port(emulator: EmulatorProcess, host: str) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    reply = send(emulator, "GET", TARGET, host=host)
    assert reply.body["value"][0]["url"] == f"http://{host}/jobs/j1"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *((host, 400) for host in FOREIGN if host != "xlocalhost"),
        *(
            (host, 200)
            for host in ("192.168.1.7:32768", "172.17.0.2", "[2001:db8::1]:80", "localhost", "emulator:10100")
        ),
        *((host, 200) for host in ("batch.internal", "BATCH.internal.:80", socket.gethostname())),
        ("other.internal", 400),
    ],
)
def test_beyond_loopback_addresses_and_names_of_containers_will_do(
    everywhere: EmulatorProcess, host: str, status: int
) -> None:
    assert everywhere.endpoint.startswith("http://127.0.0.1:")
    assert send(everywhere, "GET", TARGET, host=host).status == status


def test_a_host_is_needed_where_http_has_one(emulator: EmulatorProcess) -> None:
    assert answer_to(emulator, b"GET /jobs HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n").status == 400
    reply = answer_to(emulator, b"GET /jobs HTTP/1.0\r\n\r\n")
    assert (reply.status, reply.body["odata.metadata"].split("/$")[0]) == (401, emulator.endpoint)


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_it_listens_where_its_option_says(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((host, 0))
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with EmulatorProcess("--host", host) as emulator, emulator.client() as client:
        assert list(client.list_pools()) == []
