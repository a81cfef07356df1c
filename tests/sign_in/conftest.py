"""A certificate for this machine, and the transports of `tests/http`."""

from __future__ import annotations

import pytest

from tests.http.conftest import connect as connect
from tests.http.conftest import log as log
from tests.http.conftest import manual_time as manual_time
from tests.http.conftest import without_proxies as without_proxies
from tests.sign_in.certificate import Certificate, self_signed


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))
