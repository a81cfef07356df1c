"""What holds for every test: how processes are started, that an interrupt reaches them, and one account for all.

A test process has live gRPC channels and servers. A child that is forked from it runs gRPC's handlers of forks, which
start gRPC's threads again in the child; when the child then closes its files before the new program is loaded, one of
those threads ends it with SIGABRT, now and then. A plain `subprocess` does not fork (it is a vfork, for which no
handler runs); a `preexec_fn`, `multiprocessing` with its fork, `os.fork` and `pty.fork` do.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.emulator_process import EmulatorProcess


class Forked(Exception):
    """A test has forked its process. What a child needs before it starts goes into a program of its own."""


def _refuse() -> None:
    # Python prints what a handler raises and goes on to fork; pytest then fails the test with it.
    raise Forked("start a new program by `subprocess` without `preexec_fn`; gRPC's threads do not survive a fork")


os.register_at_fork(before=_refuse)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores interrupts, and all that it starts does: also what tests mean to interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# How fast values are made says how busy the machine is.
settings.register_profile("tests", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: at the end nothing waits for it."""
    items.sort(key=lambda item: item.path.name != "test_chain.py")


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    """An emulator for all tests of a worker; each begins by resetting it."""
    with EmulatorProcess() as emulator:
        yield emulator
        assert emulator.errors() == ""
