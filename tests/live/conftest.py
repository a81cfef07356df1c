"""The account of a live run, and the report. What is made in the account is taken away when the run ends or fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import Stack
from tests.live import report
from tests.live.account import Account, from_environment
from tests.live.estate import Estate
from tests.live.report import Finding

MakeStack = Callable[..., Stack]


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    account = from_environment()
    yield account
    account.close()


@pytest.fixture(scope="session")
def estate(account: Account) -> Iterator[Estate]:
    """A prefix of this run's own, with a pool of no nodes."""
    estate = Estate(account)
    try:
        estate.build()
        yield estate
    finally:
        estate.clear()


@pytest.fixture(scope="session")
def findings(account: Account) -> Iterator[list[Finding]]:
    found: list[Finding] = []
    yield found
    report.write(account, found)


@pytest.fixture
def make_stack(account: Account, tmp_path: Path) -> MakeStack:
    def make(program: Mapping[str, Any], *, name: str = "stack", config: Mapping[str, Any] | None = None) -> Stack:
        return Stack(tmp_path / name, program, account.environment(), config=config)

    return make
