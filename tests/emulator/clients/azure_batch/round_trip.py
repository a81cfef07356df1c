"""The round trip by azure-batch 15, with a key: how many tasks completed, and what one wrote, as JSON."""

from __future__ import annotations

import json
import os
import time

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential

credential = AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
image = models.BatchVmImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04")
command = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'"

with BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential) as client:
    client.create_pool(
        models.BatchPoolCreateOptions(
            id="p1",
            vm_size="standard_d2s_v3",
            virtual_machine_configuration=machine,
            target_dedicated_nodes=2,
            task_slots_per_node=4,
        )
    )
    client.create_job(models.BatchJobCreateOptions(id="j1", pool_info=models.BatchPoolInfo(pool_id="p1")))
    tasks = [models.BatchTaskCreateOptions(id=f"t{number}", command_line=command) for number in range(100)]
    client.create_tasks("j1", tasks)
    while any(client.list_tasks("j1", filter="state ne 'completed'")):
        time.sleep(0.1)
    completed = len(list(client.list_tasks("j1", filter="state eq 'completed'", max_results=40)))
    wrote = b"".join(client.download_task_file("j1", "t42", "stdout.txt")).decode()
    deletions = [client.begin_delete_job("j1", polling_interval=0), client.begin_delete_pool("p1", polling_interval=0)]
    for deletion in deletions:
        deletion.wait()
print(json.dumps({"completed": completed, "wrote": wrote}))
