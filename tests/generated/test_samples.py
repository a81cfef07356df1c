"""Every property of every resource has a sample: a new field without a valid one fails here."""

from __future__ import annotations

import pytest

from azure_batch_provider.models.base import API_2024, API_2025, Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.models.pool import Pool
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import at
from tests.generated.paths import places
from tests.generated.samples import samples

ALONE = {
    "enableAutoScale": "wants a formula, or none",
    "thumbprintAlgorithm": "has one value",
    "inboundNATPools": "is required, and its items stand for it",
    "parameters": "is required, and its entries stand for it",
    "tasks": "is needed where there is no sweep, and its entries stand for it",
}
"""Properties that are no objects and yet have no second value that could stand by itself."""


@pytest.mark.parametrize("version", [API_2025, API_2024])
@pytest.mark.parametrize("model", [Task, TaskCollection, PoolProperties, Pool, Job, JobSchedule])
def test_every_property_has_two_valid_values_that_differ(model: type[Model], version: str) -> None:
    found = samples(model, version)
    assert [sample.place.path for sample in found] == [place.path for place in places(model, version)]
    for sample in found:
        first = at(sample.first, sample.place.path)
        assert check(model, sample.first, version).violations == [], sample.name
        assert first not in (None, "", [], {}, sample.place.prop.traits.default), sample.name
        if sample.second is None:
            assert sample.place.prop.type.model is not None or sample.place.path[-1] in ALONE, sample.name
        else:
            assert check(model, sample.second, version).violations == [], sample.name
            assert first != at(sample.second, sample.place.path), sample.name


def test_samples_have_names_of_their_own() -> None:
    names = [sample.name for sample in samples(Job, API_2025)]
    assert len(set(names)) == len(names)
