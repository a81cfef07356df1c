"""The round trip by azure-batch 14, with a key: how many tasks completed, and what one wrote, as JSON."""

from __future__ import annotations

import json
import os
import time

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

credentials = SharedKeyCredentials(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
client = BatchServiceClient(credentials, batch_url=os.environ["AZURE_BATCH_ENDPOINT"])
image = models.ImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04")
command = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'"
left = models.TaskListOptions(filter="state ne 'completed'")
over = models.TaskListOptions(filter="state eq 'completed'", max_results=40)

client.pool.add(
    models.PoolAddParameter(
        id="p1",
        vm_size="standard_d2s_v3",
        virtual_machine_configuration=machine,
        target_dedicated_nodes=2,
        task_slots_per_node=4,
    )
)
client.job.add(models.JobAddParameter(id="j1", pool_info=models.PoolInformation(pool_id="p1")))
client.task.add_collection(
    "j1", [models.TaskAddParameter(id=f"t{number}", command_line=command) for number in range(100)]
)
while any(client.task.list("j1", left)):
    time.sleep(0.1)
completed = len(list(client.task.list("j1", over)))
wrote = b"".join(client.file.get_from_task("j1", "t42", "stdout.txt")).decode()
client.job.delete("j1")
client.pool.delete("p1")
while any(client.job.list()) or any(client.pool.list()):
    time.sleep(0.1)
print(json.dumps({"completed": completed, "wrote": wrote}))
