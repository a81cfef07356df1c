from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.auth import Auth, SharedKey
from azure_batch_provider.http.transport import Transport
from tests.batch.certificate import Certificate, self_signed
from tests.batch.manual_time import ManualTime
from tests.emulator_process import EmulatorProcess

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

Connect = Callable[..., Transport]


@pytest.fixture
def manual_time() -> ManualTime:
    return ManualTime()


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def connect(manual_time: ManualTime, log: list[str]) -> Iterator[Connect]:
    """Make transports that live in manual time and write to `log`."""
    opened: list[Transport] = []

    def open_transport(endpoint: str, auth: Auth | None = None, **options: Any) -> Transport:
        settings: dict[str, Any] = {
            "api_version": "2025-06-01",
            "request_timeout": 120,
            "max_concurrency": 4,
            "log": log.append,
            "clock": manual_time.clock,
            "sleep": manual_time.sleep,
            **options,
        }
        transport = Transport(endpoint, auth or SharedKey("acct", KEY), **settings)
        opened.append(transport)
        return transport

    yield open_transport
    for transport in opened:
        transport.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    with EmulatorProcess() as process:
        yield process


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An empty account."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture(params=["2025-06-01", "2024-07-01.20.0"])
def api_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(api_version: str, emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return BatchClient(connect(emulator.endpoint, SharedKey(emulator.account, emulator.key), api_version=api_version))
