"""Mistakes that another infrastructure tool's Batch resources made, each with its issue: they are not made here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator_process import EmulatorProcess
from tests.properties.entities import placed, removed
from tests.properties.provider import Planned, Provider, Seen


@pytest.fixture
def life(account: EmulatorProcess, provider: Provider) -> Iterator[Life]:
    life = Life(account, provider)
    yield life
    life.over()


class Life:
    """Creates, reads and updates entities, and knows what the service has."""

    def __init__(self, account: EmulatorProcess, provider: Provider) -> None:
        self.account = account
        self.provider = provider
        self.made: list[str] = []

    def create(self, kind: str, **fields: Any) -> Seen:
        inputs, failures = self.provider.check(kind, placed(self.account, kind, fields))
        assert failures == []
        seen = self.provider.create(kind, inputs)
        self.made.append(seen.id)
        return seen

    def server(self, seen: Seen) -> Any:
        return self.account.get(f"/{seen.id}", self.provider.version)

    def plan(self, kind: str, seen: Seen, **fields: Any) -> Planned:
        """What a program would plan that declares these fields, after a read; None removes one."""
        read = self.provider.read(kind, seen.id, seen)
        assert read is not None
        return self.provider.diff(kind, seen.id, read.inputs, {**seen.inputs, **fields}, read.properties)

    def update(self, kind: str, seen: Seen, **fields: Any) -> Seen:
        return self.provider.update(kind, seen, {**seen.inputs, **fields})

    def over(self) -> None:
        for id in self.made:
            removed(self.account, id)


def test_minus_one_stays_minus_one(life: Life) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/30078"""
    task = life.create("Task", commandLine="x", constraints={"maxTaskRetryCount": -1})
    assert life.server(task)["constraints"]["maxTaskRetryCount"] == -1
    assert life.plan("Task", task) == Planned()
    planned = life.plan("Task", task, constraints={"maxTaskRetryCount": 1})
    assert planned.changes == {"constraints.maxTaskRetryCount": "update"}

    job = life.create("Job", poolInfo={"poolId": "p"}, constraints={"maxTaskRetryCount": -1}, maxParallelTasks=-1)
    assert life.server(job)["constraints"]["maxTaskRetryCount"] == -1
    assert life.server(job)["maxParallelTasks"] == -1
    assert life.plan("Job", job) == Planned()

    pool = life.create("PoolProperties", startTask={"commandLine": "x", "maxTaskRetryCount": -1})
    assert life.server(pool)["startTask"]["maxTaskRetryCount"] == -1
    assert life.plan("PoolProperties", pool) == Planned()


def test_what_a_program_no_longer_declares_is_removed(life: Life) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/30206"""
    fields = {
        "startTask": {"commandLine": "x", "environmentSettings": [{"name": "A", "value": "1"}]},
        "metadata": [{"name": "team", "value": "video"}],
        "applicationPackageReferences": [{"applicationId": "ffmpeg"}],
    }
    pool = life.create("PoolProperties", **fields)
    for name in fields:
        assert life.plan("PoolProperties", pool, **{name: None}).changes == {name: "delete"}
    bare = {"startTask": {"commandLine": "x"}}
    assert life.plan("PoolProperties", pool, **bare).changes == {"startTask.environmentSettings": "delete"}
    left = life.update("PoolProperties", pool, **bare, metadata=[])
    assert "environmentSettings" not in life.server(left)["startTask"]
    assert "metadata" not in life.server(left)
    gone = life.update("PoolProperties", left, startTask=None, applicationPackageReferences=None)
    assert not {"startTask", "applicationPackageReferences"} & set(life.server(gone))
    assert life.plan("PoolProperties", gone) == Planned()

    limits = {"maxWallClockTime": "P9D", "maxTaskRetryCount": 5}
    job = life.create("Job", poolInfo={"poolId": "p"}, constraints=limits, metadata=[{"name": "a", "value": "b"}])
    assert life.plan("Job", job, constraints={"maxWallClockTime": "P9D"}).changes == {
        "constraints.maxTaskRetryCount": "delete"
    }
    job = life.update("Job", job, constraints={"maxWallClockTime": "P9D"}, metadata=None)
    assert life.server(job)["constraints"] == {"maxWallClockTime": "P9D", "maxTaskRetryCount": 0}
    assert "metadata" not in life.server(job)
    assert life.plan("Job", job) == Planned()


def test_another_order_is_no_change_where_order_means_nothing(life: Life) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/30187"""
    settings = [{"name": name, "value": name.lower()} for name in ("B", "A", "C")]
    packages = [{"applicationId": "two", "version": "1"}, {"applicationId": "one"}]
    task = life.create("Task", commandLine="x", environmentSettings=settings, dependsOn={"taskIds": ["b", "a"]})
    assert life.plan("Task", task, environmentSettings=settings[::-1], dependsOn={"taskIds": ["a", "B"]}) == Planned()

    pool = life.create("PoolProperties", metadata=settings, applicationPackageReferences=packages)
    body = {"metadata": settings[::-1], "applicationPackageReferences": packages[::-1], "certificateReferences": []}
    if life.provider.version == "2025-06-01":
        del body["certificateReferences"]
    life.account.post(f"/{pool.id}/updateproperties", body, life.provider.version)
    assert life.plan("PoolProperties", pool) == Planned()
    assert life.plan("PoolProperties", pool, metadata=settings[1:] + settings[:1]) == Planned()

    job = life.create("Job", poolInfo={"poolId": "p"}, commonEnvironmentSettings=settings, metadata=settings)
    assert life.plan("Job", job, commonEnvironmentSettings=settings[::-1], metadata=settings[::-1]) == Planned()


def test_what_is_left_out_is_not_sent_as_an_empty_text(life: Life) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/16975"""
    life.account.clear_requests()
    file = {"storageContainerUrl": "https://h/c"}
    life.create("Task", commandLine="x", displayName=None, resourceFiles=[file])
    life.create("PoolProperties", startTask={"commandLine": "x", "userIdentity": None, "resourceFiles": [file]})
    life.create("Job", poolInfo={"poolId": "p"}, displayName=None)
    bodies = [entry["body"] for entry in life.account.requests() if entry["method"] == "POST"]
    task, _, pool, job = bodies
    assert set(task) == {"id", "commandLine", "resourceFiles"}
    assert task["resourceFiles"] == [file]
    assert pool["startTask"] == {"commandLine": "x", "resourceFiles": [file]}
    assert set(job) == {"id", "poolInfo"}

    named = life.create("Task", commandLine="x", displayName="")
    assert life.server(named)["displayName"] == ""
    assert life.plan("Task", named) == Planned()
    assert life.plan("Task", named, displayName=None).changes == {"displayName": "delete"}
