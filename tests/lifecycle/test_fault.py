"""A fault of our own: the id of what may have been made is kept, and the user learns where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle import fault
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.resources.job import JobLifecycle
from azure_batch_provider.values.refusal import Refused
from tests.go_between import GoBetween, answer

JOB = {"jobId": "j", "poolInfo": {"poolId": "p"}}


class Faulty(JobLifecycle):
    """A job whose creation fails with an error of Python's after the service said yes."""

    def create(self, inputs: Mapping[str, Any]) -> State:
        super().create(inputs)
        raise KeyError("pl4nted-s3cret")


@contextmanager
def lifecycles(*, preview: bool = False) -> Iterator[Callable[[type[JobLifecycle]], JobLifecycle]]:
    with GoBetween("http://127.0.0.1:1") as between:
        between.instead("POST", "/jobs", answer("201 Created", b"", "ETag: 0x8DE62C0DBC88F32"))
        between.instead("GET", "/jobs/j", answer("404 Not Found", b'{"code": "JobNotFound"}'))
        given = configuration({"endpoint": between.endpoint, "accountName": "a", "accountKey": "a2V5"}, {})
        session = Session(given, BatchClient.connect)
        call = Call("urn", "name", "type", lambda level, urn, text: None, Deadline(10), preview=preview)
        yield lambda kind: kind(session, call)
        session.close()


def test_a_fault_of_our_own_after_the_service_said_yes_keeps_the_id() -> None:
    with lifecycles() as lifecycle, pytest.raises(InitFailed) as raised:
        fault.create(lifecycle(Faulty), JOB)
    assert raised.value.state.id == "jobs/j"
    assert raised.value.state.outputs["jobId"] == "j"
    (reason,) = raised.value.reasons
    assert reason.startswith(
        "This is a bug in the azure-batch provider, not in your program: KeyError at test_fault.py:"
    )
    assert "pl4nted-s3cret" not in reason
    assert isinstance(fault.fault_in(raised.value), KeyError)


def test_a_fault_in_a_preview_keeps_nothing() -> None:
    with lifecycles(preview=True) as lifecycle, pytest.raises(KeyError):
        fault.create(lifecycle(Faulty), JOB)


def test_what_goes_well_and_what_is_refused_is_passed_on() -> None:
    with lifecycles() as lifecycle:
        assert fault.create(lifecycle(JobLifecycle), JOB).id == "jobs/j"

        class Refusing(JobLifecycle):
            def create(self, inputs: Mapping[str, Any]) -> State:
                raise Refused("never", "no")

        with pytest.raises(Refused):
            fault.create(lifecycle(Refusing), JOB)
