"""What may have been created keeps its id, with a mark of what is unfinished; what was refused leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_batch_provider.engine.log import EngineLog
from azure_batch_provider.engine.state import PRIVATE, written
from azure_batch_provider.engine.wire import decode
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.ledger import Ledger
from azure_batch_provider.lifecycle.results import InitFailed
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.plugin.errors import LARGEST, abort
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import EmulatorProcess
from tests.marks import Secret, marked
from tests.resources.conftest import MakeLifecycle

DECLARED: Final[dict[str, dict[str, Any]]] = {
    "Job": {"jobId": "j", "poolInfo": {"poolId": "pool"}},
    "Task": {"jobId": "job", "taskId": "t", "commandLine": "run"},
    "PoolProperties": {"poolId": "pool", "startTask": {"commandLine": "start"}},
}
IDS: Final = {"Job": "jobs/j", "Task": "jobs/job/tasks/t", "PoolProperties": "pools/pool"}
WRITTEN: Final = {"Job": "/jobs", "Task": "/jobs/job/tasks", "PoolProperties": "/pools/pool/updateproperties"}


def left(failure: InitFailed) -> Any:
    return failure.state.private.get("unfinished")


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_an_answer_that_does_not_say_what_happened_keeps_the_id(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, kind: str, status: int
) -> None:
    # Asking to be asked again later than there is time for, it answers once.
    emulator.fault(method="POST", path=WRITTEN[kind], status=status, retryAfter=60)
    with pytest.raises(InitFailed) as caught:
        lifecycle(kind).create(DECLARED[kind])
    assert caught.value.state.id == IDS[kind]
    assert left(caught.value)["what"] == "create"
    assert left(caught.value)["reason"] in caught.value.reasons[0]
    assert {name: caught.value.state.outputs[name] for name in DECLARED[kind]} == DECLARED[kind]


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.parametrize("status", [400, 409, 429, 503])
def test_an_answer_that_says_no_keeps_nothing(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, kind: str, status: int
) -> None:
    emulator.fault(method="POST", path=WRITTEN[kind], status=status, code="ServerBusy", retryAfter=60)
    with pytest.raises(RequestError, match="ServerBusy"):
        lifecycle(kind).create(DECLARED[kind])


@pytest.mark.parametrize("kind", ["Job", "Task"])
def test_what_exists_after_a_lost_reply_and_cannot_be_looked_at_keeps_its_id(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, kind: str
) -> None:
    emulator.fault(method="POST", path=WRITTEN[kind], drop="after")
    # Of what was just created, and of nothing that is looked at before.
    emulator.fault(method="GET", path=f"/{IDS[kind]}", status=403, code="AuthorizationFailure", times=100)
    with pytest.raises(InitFailed, match="AuthorizationFailure") as caught:
        lifecycle(kind).create(DECLARED[kind])
    assert left(caught.value)["what"] == "create"


@pytest.mark.parametrize("kind", ["Job", "Task"])
def test_what_has_other_content_than_was_sent_was_not_made_by_the_lost_request(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, kind: str
) -> None:
    theirs = {
        "Job": {"id": "j", "poolInfo": {"poolId": "pool"}, "priority": 9},
        "Task": {"id": "t", "commandLine": "x"},
    }
    emulator.post(WRITTEN[kind], theirs[kind])
    emulator.fault(method="POST", path=WRITTEN[kind], drop="before")
    with pytest.raises(Refused, match="exists already and is not what is declared"):
        lifecycle(kind).create(DECLARED[kind])


def test_what_a_pool_had_before_is_what_the_first_attempt_found(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    emulator.post("/pools/pool/updateproperties", {"metadata": [{"name": "a", "value": "theirs"}], **NO_PACKAGES})
    declared = {**DECLARED["PoolProperties"], "takeOver": True, "deletionPolicy": "restore"}
    emulator.fault(method="POST", path="/pools/pool/updateproperties", drop="after", times=100)
    pools = lifecycle("PoolProperties")
    with pytest.raises(InitFailed) as caught:
        pools.create(declared)
    emulator.clear_faults()
    state = pools.update(replace(caught.value.state, inputs=declared), declared)
    assert state.unfinished is None
    pools.session.ledger = Ledger()  # another operation of the engine
    pools.delete(state)
    pool = emulator.get("/pools/pool")
    assert (pool["metadata"], pool.get("startTask")) == ([{"name": "a", "value": "theirs"}], None)


NO_PACKAGES: Final[dict[str, Any]] = {"applicationPackageReferences": []}


class Trailers:
    """What a failed call sends, in the place of the connection."""

    def __init__(self) -> None:
        self.sent: Any = ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.sent = metadata

    def abort(self, code: Any, details: str) -> None:
        raise RuntimeError(details)


@pytest.mark.long
def test_the_largest_bodies_are_small_enough_to_be_kept_in_a_failure(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    # As many secrets as a request has room for, and the pool had as much before.
    def settings(value: Any) -> list[dict[str, Any]]:
        return [{"name": f"{index:05}", "value": value} for index in range(28_000)]

    start = {"commandLine": "start", "environmentSettings": settings("x")}
    emulator.post("/pools/pool/updateproperties", {"startTask": start, "metadata": [], **NO_PACKAGES})
    start = {"commandLine": "start", "environmentSettings": settings(Secret("y"))}
    declared = marked({"poolId": "pool", "takeOver": True, "startTask": start})
    emulator.fault(method="POST", path="/pools/pool/updateproperties", status=504, times=100)
    with pytest.raises(InitFailed) as caught:
        lifecycle("PoolProperties").create(declared.values)
    trailers = Trailers()
    with pytest.raises(RuntimeError, match="504"):
        abort(
            cast("Any", trailers),
            caught.value,
            [],
            EngineLog(None),
            "urn",
            wrap=lambda state: written(PoolProperties, state, declared, rehearses=False),
            refresh_before_update=True,
        )
    status = status_pb2.Status.FromString(trailers.sent[0][1])
    failure = provider_pb2.ErrorResourceInitFailed()
    status.details[0].Unpack(failure)
    assert failure.id == "pools/pool"
    assert failure.ByteSize() < LARGEST
    kept = decode(failure.properties)
    assert kept.values["poolId"] == "pool"
    assert kept.values["startTask"] == declared.values["startTask"] and ("startTask",) in kept.secret_paths
    assert kept.values[PRIVATE]["unfinished"]["what"] == "create"
