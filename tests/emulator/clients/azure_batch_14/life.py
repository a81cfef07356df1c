"""Takes a pool, a job and tasks through their lives by azure-batch 14, and prints what each step came to as JSON.

Runs in an environment of its own. What the answers should be is not known here.
"""

from __future__ import annotations

import datetime
import json
import os
from typing import Any

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

credentials = SharedKeyCredentials(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
client = BatchServiceClient(credentials, batch_url=os.environ["AZURE_BATCH_ENDPOINT"])
client.config.retry_policy.policy.total = 0
steps: dict[str, Any] = {}


def plain(answer: Any) -> Any:
    if hasattr(answer, "as_dict"):
        return answer.as_dict()
    return answer if answer is None or isinstance(answer, bool) else [item.as_dict() for item in answer]


def refusal(call: Any) -> str:
    try:
        call()
    except models.BatchErrorException as error:
        return str(error.error.code)
    return "none"


image = models.ImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04")
note = [models.MetadataItem(name="a", value="1")]
info = models.PoolInformation(pool_id="p1")

pools = client.pool
pools.add(
    models.PoolAddParameter(
        id="p1",
        vm_size="STANDARD_D2s_v3",
        virtual_machine_configuration=machine,
        target_dedicated_nodes=1,
        metadata=note,
        start_task=models.StartTask(command_line="/bin/true"),
    )
)
steps["pool"] = plain(pools.get("p1"))
steps["pool exists"] = [pools.exists("p1"), pools.exists("p2")]
steps["pools"] = plain(pools.list(models.PoolListOptions(filter="id eq 'p1'", select="id,state", max_results=1)))
pools.patch("p1", models.PoolPatchParameter(metadata=[]))
steps["pool patched"] = plain(pools.get("p1"))
pools.update_properties(
    "p1",
    models.PoolUpdatePropertiesParameter(application_package_references=[], metadata=note, certificate_references=[]),
)
steps["pool replaced"] = plain(pools.get("p1"))

nodes = client.compute_node
pools.get("p1")
pools.resize("p1", models.PoolResizeParameter(target_dedicated_nodes=2, target_low_priority_nodes=1))
steps["pool resized"] = [plain(pools.get("p1")) for _ in range(2)][1]
steps["nodes"] = [plain(nodes.list("p1")) for _ in range(4)][3]
name = steps["nodes"][0]["id"]
nodes.disable_scheduling("p1", name)
steps["node offline"] = plain(nodes.get("p1", name))
nodes.enable_scheduling("p1", name)
nodes.add_user("p1", name, models.ComputeNodeUser(name="ada", password="hunter2"))
nodes.update_user("p1", name, "ada", models.NodeUpdateUserParameter(password="hunter3"))
nodes.delete_user("p1", name, "ada")
steps["node settings"] = plain(nodes.get_remote_login_settings("p1", name))
logs = models.UploadBatchServiceLogsConfiguration(
    container_url="https://s.blob.core.windows.net/c", start_time=datetime.datetime(2026, 1, 1)
)
steps["node logs"] = plain(nodes.upload_batch_service_logs("p1", name, logs))
steps["node extensions"] = plain(client.compute_node_extension.list("p1", name))
nodes.reboot("p1", name)
steps["node rebooted"] = plain(nodes.get("p1", name))
steps["node counts"] = plain(client.account.list_pool_node_counts())
steps["usage"] = plain(pools.list_usage_metrics())
pools.remove_nodes("p1", models.NodeRemoveParameter(node_list=[name]))
pools.stop_resize("p1")
steps["pool stopped"] = [plain(pools.get("p1")) for _ in range(2)][1]

jobs = client.job
day = models.JobConstraints(max_wall_clock_time=datetime.timedelta(hours=24))
jobs.add(models.JobAddParameter(id="j1", pool_info=info, priority=3, constraints=day))
steps["job"] = plain(jobs.get("j1"))
steps["jobs"] = plain(jobs.list(models.JobListOptions(select="id")))
jobs.patch("j1", models.JobPatchParameter(priority=7))
steps["job patched"] = plain(jobs.get("j1"))
jobs.update("j1", models.JobUpdateParameter(pool_info=info, metadata=note))
steps["job updated"] = plain(jobs.get("j1"))
jobs.disable("j1", "requeue")
jobs.get("j1")
steps["job disabled"] = plain(jobs.get("j1"))
jobs.enable("j1")

tasks = client.task
tasks.add("j1", models.TaskAddParameter(id="t1", command_line="/bin/true"))
steps["task"] = plain(tasks.get("j1", "t1"))
many = [models.TaskAddParameter(id=f"m{number:03}", command_line="x") for number in range(150)]
steps["tasks added"] = plain(tasks.add_collection("j1", many, threads=2).value)
listing = models.TaskListOptions(filter="startswith(id, 'm')", select="id", max_results=60)
steps["tasks"] = plain(tasks.list("j1", listing))
tasks.update("j1", "t1", models.TaskConstraints(max_task_retry_count=2))
steps["task updated"] = plain(tasks.get("j1", "t1"))
tasks.terminate("j1", "t1")
steps["task terminated"] = plain(tasks.get("j1", "t1"))
tasks.reactivate("j1", "t1")
tasks.delete("j1", "t1")
steps["task counts"] = plain(jobs.get_task_counts("j1"))

schedules = client.job_schedule
daily = models.Schedule(recurrence_interval=datetime.timedelta(hours=24), start_window=datetime.timedelta(hours=1))
made = models.JobSpecification(pool_info=info, priority=3)
schedules.add(models.JobScheduleAddParameter(id="s1", schedule=daily, job_specification=made, metadata=note))
steps["schedule"] = plain(schedules.get("s1"))
steps["schedule exists"] = [schedules.exists("s1"), schedules.exists("s2")]
steps["schedules"] = plain(schedules.list(models.JobScheduleListOptions(filter="state eq 'active'", select="id")))
steps["schedule jobs"] = plain(jobs.list_from_job_schedule("s1"))
tasks.add("s1:job-1", models.TaskAddParameter(id="t1", command_line="/bin/true"))
steps["schedule task"] = plain(tasks.get("s1:job-1", "t1"))
schedules.patch("s1", models.JobSchedulePatchParameter(metadata=[]))
steps["schedule patched"] = plain(schedules.get("s1"))
schedules.update("s1", models.JobScheduleUpdateParameter(schedule=daily, job_specification=made))
schedules.disable("s1")
steps["schedule disabled"] = plain(schedules.get("s1"))
schedules.enable("s1")
schedules.terminate("s1")
steps["schedule terminated"] = plain(schedules.get("s1"))
steps["schedule statistics"] = plain(schedules.get("s1", models.JobScheduleGetOptions(expand="stats")))["stats"]
schedules.delete("s1")

jobs.terminate("j1", "enough")
steps["job terminated"] = plain(jobs.get("j1"))
jobs.delete("j1")
pools.delete("p1")
steps["refusals"] = [
    refusal(lambda: tasks.get("j1", "t1")),
    refusal(lambda: jobs.get("j2")),
    refusal(lambda: pools.get("p2")),
    refusal(lambda: schedules.get("s2")),
    refusal(lambda: pools.add(models.PoolAddParameter(id="a b", vm_size="a", virtual_machine_configuration=machine))),
]
print(json.dumps(steps))
