from __future__ import annotations

import copy
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.known import is_right
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import paths, put
from tests.models.full_bodies import FULL_POOL_PROPERTIES, FULL_TASK
from tests.models.job_bodies import FULL_JOB

_BODY: Final = {name: value for name, value in FULL_TASK.items() if name in TaskBody.properties()}
_SWEEP: Final = {
    "task": {"commandLine": "render", "constraints": {"maxWallClockTime": "PT1H"}},
    "parameters": {"frame": {"start": 1, "end": 9}, "scene": {"values": ["a", 2]}},
}
WHOLE: Final[dict[type[Model], dict[str, Any]]] = {
    Task: {"jobId": "j", **FULL_TASK},
    TaskCollection: {"jobId": "j", "tasks": {"t": _BODY}, "defaults": _BODY, "sweep": _SWEEP},
    Job: FULL_JOB,
    PoolProperties: {"poolId": "p", **FULL_POOL_PROPERTIES},
}
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.text(max_size=3) | st.just("PT1H"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "value", "x"]), inner),
    max_leaves=4,
)


def accepted(model: type[Model], value: Any) -> bool:
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("model", WHOLE)
def test_a_whole_body_is_right(model: type[Model]) -> None:
    assert is_right(model, WHOLE[model])


@pytest.mark.parametrize("model", WHOLE)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_right_is_just_what_the_model_accepts(model: type[Model], data: st.DataObject) -> None:
    body = WHOLE[model]
    path = data.draw(st.sampled_from([path for path in paths(body) if path]))
    value = put(copy.deepcopy(body), path, data.draw(JSON))
    assert is_right(model, value) == accepted(model, value)


@pytest.mark.parametrize("path", [("commandLine",), ("constraints",), ("environmentSettings", 0)])
def test_what_is_unknown_is_left_to_the_model(path: tuple[str | int, ...]) -> None:
    value = put(copy.deepcopy(WHOLE[Task]), path, UNKNOWN)
    assert accepted(Task, value)
    assert not is_right(Task, value)
