"""A program that asks for what is there, by the generated SDK: for a result at once, and for one that waits."""

from __future__ import annotations

import pulumi

import pulumi_azure_batch as batch


def ask(sync: bool) -> None:
    """What a job and its task show; with `sync` also what is known before any resource is made."""
    job = batch.Job("job", job_id="jobId", pool_info=batch.PoolInfoArgs(pool_id="poolId"))
    task = batch.Task("t", job_id=job.job_id, task_id="task1", command_line="cmd /c echo task1")
    after = pulumi.InvokeOutputOptions(depends_on=[task])
    found = batch.get_task_output(id=task.id)
    pulumi.export("state", found.state)
    pulumi.export("created", found.creation_time)
    pulumi.export("active", batch.get_job_task_counts_output(id=job.id, opts=after).task_counts.active)
    pulumi.export("ids", batch.get_tasks_output(id=task.id, filter="state eq 'active'").task_ids)
    if sync:
        pool = batch.get_pool(pool_id="poolId")
        pulumi.export("pool", pool.id)
        pulumi.export("nodes", pool.current_dedicated_nodes)
        image, *_ = batch.get_supported_images(filter="osType eq 'windows'", max_results=1).images
        pulumi.export("agent", image.node_agent_sku_id)
