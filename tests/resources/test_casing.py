"""The casing in which a program writes a value of an enumeration means nothing, wherever it is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.unfinished import mark
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.resources.collection_plan import FAILED_TASKS
from azure_batch_provider.resources.completion import FAILED
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import spell
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import V2025, EmulatorProcess
from tests.generated.paths import Place, places
from tests.generated.samples import Sample, sample_of
from tests.http.manual_time import ManualTime
from tests.properties.entities import KINDS, POOL, placed
from tests.properties.provider import MODELS
from tests.resources.conftest import Begin

_RANDOM = re.compile(r"\[request-id .*?\]|tvmps_\w+")
_WRITTEN_AGAIN: Mapping[str, Mapping[str, Any]] = {
    "Job": {"poolInfo": {"poolId": "other"}, "movePool": True},
    "Pool": {"startTask": {"commandLine": "two"}},
    "PoolProperties": {"startTask": {"commandLine": "two"}},
}


def choices(kind: str) -> Iterator[tuple[Place, list[str]]]:
    """Every property of a resource that is an enumeration, or a list of such values, with what it can be; the default
    comes last."""
    for place in places(MODELS[kind], V2025):
        prop = place.prop
        enum = prop.type.enum or (prop.type.item.enum if prop.type.item is not None else None)
        if enum is not None:
            values = [str(member.value) for member in enum]
            yield place, sorted(values, key=lambda value: value == prop.traits.default)


def cased(sample: Sample, value: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body with a value as the API spells it, and as it does not."""
    listed = sample.place.prop.type.kind == "list"
    one, other = ([text] if listed else text for text in (value, value.swapcase()))
    return sample.with_value(one), sample.with_value(other)


def is_ours(place: Place) -> bool:
    """Whether a property is for the provider, and no body that is sent has it."""
    return not all(prop.traits.in_body for prop in (*place.parents, place.prop))


@pytest.mark.parametrize("kind", KINDS)
def test_check_finds_the_same_and_a_request_says_the_same(kind: str) -> None:
    model, tried = MODELS[kind], 0
    for place, values in choices(kind):
        sample = sample_of(model, V2025, place)
        for value in values:
            one, other = cased(sample, value)
            assert check(model, other, V2025) == check(model, one, V2025), (sample.name, value)
            assert body(model, other) == body(model, one), (sample.name, value)
            tried += 1
    assert tried > 4


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        pytest.param(kind, place, value, id=f"{kind}-{spell(place.path)}")
        for kind in KINDS
        for place, (value, *_) in choices(kind)
        if is_ours(place) and (kind, place.path[0]) != ("Pool", "rollout")  # what PoolProperties has, by one class
    ],
)
def test_what_only_the_provider_knows_does_the_same(
    emulator: EmulatorProcess, operation: Begin, kind: str, place: Place, value: str
) -> None:
    sample = sample_of(MODELS[kind], V2025, place)
    lives = [life(emulator, operation, kind, inputs) for inputs in cased(sample, value)]
    assert lives[0] == lives[1]


def life(emulator: EmulatorProcess, operation: Begin, kind: str, declared: dict[str, Any]) -> list[Any]:
    """What is planned, sent and said from the creation of a resource to its deletion: it is changed, its tasks fail,
    and it goes missing on the way."""
    emulator.reset()
    emulator.switch("added-tasks", "succeed")
    time, found = ManualTime(), list[Any]()

    def step(verb: Callable[[Any], Any]) -> Any:
        said: list[str] = []
        emulator.clear_requests()
        try:
            answer = verb(operation(said=said, clock=time.clock, sleep=time.sleep)(kind, "it"))
        except (InitFailed, Refused, RequestError) as error:
            answer = error.state if isinstance(error, InitFailed) else None
            said.append(str(error))
        sent = [(e["method"], e["path"], e["body"], e["status"]) for e in emulator.requests()]
        found.append((_RANDOM.sub("*", "; ".join(said)), [(_RANDOM.sub("*", str(request))) for request in sent]))
        return answer

    inputs = {**placed(emulator, kind, declared), **_ids(kind)}
    if "rollout" in inputs:
        inputs["rollout"] = {"strategy": "reboot", **inputs["rollout"]}
    if kind in ("Task", "TaskCollection"):
        emulator.post("/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}})
    if kind == "PoolProperties":
        emulator.post("/pools", {"id": "it", **POOL, "targetDedicatedNodes": 1})
        emulator.settle()
    made: State = step(lambda resource: resource.create(inputs))
    news = {**inputs, **_WRITTEN_AGAIN.get(kind, {})}
    changed: State = step(lambda resource: resource.update(made, news)) or made
    private = {**mark(changed.private, FAILED, "failed"), FAILED_TASKS: ["one"]}
    failed = State(changed.id, changed.inputs, changed.outputs, private)
    found.append(step(lambda resource: resource.diff(failed, {**news, "awaitCompletion": {}})))
    path = f"/{changed.id.partition('/collections/')[0]}"
    tasks = emulator.get(f"{path}/tasks")["value"] if kind == "TaskCollection" else ()
    for gone in [f"{path}/tasks/{task['id']}" for task in tasks] or [path]:
        emulator.call("DELETE", gone)
    emulator.settle()
    there = step(lambda resource: resource.read(changed))
    found.append(there is None)
    again: State = step(lambda resource: resource.create(inputs)) or changed
    step(lambda resource: resource.delete(again))
    found.append(emulator.call("GET", path).status)
    return found


def _ids(kind: str) -> dict[str, str]:
    """The same ones in each life."""
    own = {"Job": "jobId", "JobSchedule": "jobScheduleId", "Pool": "poolId", "PoolProperties": "poolId"}
    return {own[kind]: "it"} if kind in own else {"jobId": "job", **({"taskId": "it"} if kind == "Task" else {})}
