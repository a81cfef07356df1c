"""Transports to whatever endpoint a test names, in time that passes by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azure_batch_provider.batch.dialect import BatchDialect
from azure_batch_provider.http.auth import Auth
from azure_batch_provider.http.transport import Transport
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.http.manual_time import ManualTime

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

    def open_transport(
        endpoint: str, auth: Auth | None = None, *, api_version: str = "2025-06-01", **options: Any
    ) -> Transport:
        settings: dict[str, Any] = {
            "request_timeout": 120,
            "max_concurrency": 4,
            "log": log.append,
            "clock": manual_time.clock,
            "sleep": manual_time.sleep,
            **options,
        }
        transport = Transport(endpoint, auth or SharedKey("acct", KEY), BatchDialect(api_version), **settings)
        opened.append(transport)
        return transport

    yield open_transport
    for transport in opened:
        transport.close()
