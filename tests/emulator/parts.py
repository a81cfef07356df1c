"""Small bodies and models that many of these tests need."""

from __future__ import annotations

from typing import Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

MACHINE: dict[str, Any] = {
    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
}
WINDOWS = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2022-datacenter"}
POOL_INFO = {"poolId": "p1"}
_GROUP = "/subscriptions/0/resourceGroups/g/providers"
SUBNET = f"{_GROUP}/Microsoft.Network/virtualNetworks/v/subnets/s"
GALLERY_IMAGE = f"{_GROUP}/Microsoft.Compute/galleries/g/images/i/versions/1.0.0"


def machine(**more: Any) -> models.VirtualMachineConfiguration:
    image = models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
    return models.VirtualMachineConfiguration(
        **{"image_reference": image, "node_agent_sku_id": "batch.node.ubuntu 22.04", **more}
    )


def pool_options(pool_id: str, **more: Any) -> models.BatchPoolCreateOptions:
    return models.BatchPoolCreateOptions(
        **{"id": pool_id, "vm_size": "STANDARD_D2s_v3", "virtual_machine_configuration": machine(), **more}
    )


def job_options(job_id: str, **more: Any) -> models.BatchJobCreateOptions:
    return models.BatchJobCreateOptions(**{"id": job_id, "pool_info": models.BatchPoolInfo(pool_id="p1"), **more})


def task_options(task_id: str, **more: Any) -> models.BatchTaskCreateOptions:
    return models.BatchTaskCreateOptions(**{"id": task_id, "command_line": "cmd /c echo hello", **more})


def code_of(caught: pytest.ExceptionInfo[HttpResponseError]) -> str:
    """The service's error code, as the client understood it."""
    model: Any = caught.value.model
    return str(model.code)


def values_of(body: dict[str, Any]) -> dict[str, str | None]:
    return {item["key"]: item.get("value") for item in body.get("values", [])}
