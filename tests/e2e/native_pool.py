"""A program in which a pool is made as azure-native makes it: its update puts the whole pool, from what it knows of it.

What others wrote to the pool is gone after that, `ignoreChanges` or not. The stand-in does so through the official
client; everything else is a program as users write it, by either door.
"""

from __future__ import annotations

import os
from typing import Any

import pulumi
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

import pulumi_azure_batch
from azure_batch_provider import dynamic


class _NativePoolProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["poolName"], props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        key = AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
        client = BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], key)
        nothing = models.BatchPoolReplaceOptions(application_package_references=[], metadata=[])
        client.replace_pool_properties(_id, nothing)
        return UpdateResult(_news)


class NativePool(Resource, module="native", name="Pool"):
    """A pool that exists already; a change of its scale replaces all of it."""

    poolName: pulumi.Output[str]
    scaleSettings: pulumi.Output[Any]

    def __init__(self, name: str, pool_name: str, nodes: int) -> None:
        scale = {"fixedScale": {"targetDedicatedNodes": nodes}}
        super().__init__(_NativePoolProvider(), name, {"poolName": pool_name, "scaleSettings": scale})


def declare(door: str, nodes: int, triggers: bool) -> None:
    """Pool properties that come after a pool, with what is told of a change of it or without."""
    pool = NativePool("pool", "poolId", nodes)
    kind: Any = pulumi_azure_batch.PoolProperties if door == "plugin" else dynamic.PoolProperties
    kind(
        "p",
        pool_id="poolId",
        start_task={"commandLine": "cmd /c start"},
        metadata=[{"name": "team", "value": "a"}],
        triggers=[pool.scaleSettings] if triggers else None,
        opts=pulumi.ResourceOptions(depends_on=[pool]),
    )
