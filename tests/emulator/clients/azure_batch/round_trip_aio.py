"""The round trip by azure-batch 15's asynchronous client, with a token: what the synchronous one prints."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

from azure.batch import models
from azure.batch.aio import BatchClient
from azure.core.credentials import AccessToken

image = models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04")
command = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'"


class Token:
    """What azure-identity would be: a token that was given out before."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken(os.environ["TOKEN"], int(time.time()) + 3600)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Token:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


async def main() -> None:
    async with BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], Token()) as client:
        await client.create_pool(
            models.BatchPoolCreateOptions(
                id="p1",
                vm_size="standard_d2s_v3",
                virtual_machine_configuration=machine,
                target_dedicated_nodes=2,
                task_slots_per_node=4,
            )
        )
        await client.create_job(models.BatchJobCreateOptions(id="j1", pool_info=models.BatchPoolInfo(pool_id="p1")))
        tasks = [models.BatchTaskCreateOptions(id=f"t{number}", command_line=command) for number in range(100)]
        await client.create_tasks("j1", tasks)
        while [task.id async for task in client.list_tasks("j1", filter="state ne 'completed'")]:
            await asyncio.sleep(0.1)
        listed = client.list_tasks("j1", filter="state eq 'completed'", max_results=40)
        completed = len([task.id async for task in listed])
        pieces = await client.download_task_file("j1", "t42", "stdout.txt")
        wrote = b"".join([piece async for piece in pieces]).decode()
        job = await client.begin_delete_job("j1", polling_interval=0)
        pool = await client.begin_delete_pool("p1", polling_interval=0)
        await asyncio.gather(job.wait(), pool.wait())
    print(json.dumps({"completed": completed, "wrote": wrote}))


asyncio.run(main())
