"""Azure Batch for Pulumi programs in Python that want no plugin: the second front door.

The same models, lifecycles and errors as the plugin's, as far as Pulumi's dynamic providers allow; docs/dynamic.md
lists what they do not. A program uses `job.py`, `job_schedule.py`, `pool_properties.py` and `task.py`,
made on `resource.py`. The engine starts a process with `provider.py` and `batch_provider.py` in it, with
`operation.py` and `failure.py`; `hidden.py` is what travels between the two. This file, what a program uses and
`provider.py` are written by scripts/generate.py.
"""

from __future__ import annotations

from azure_batch_provider.dynamic.job import Job
from azure_batch_provider.dynamic.job_schedule import JobSchedule
from azure_batch_provider.dynamic.pool_properties import PoolProperties
from azure_batch_provider.dynamic.task import Task

__all__ = ["Job", "JobSchedule", "PoolProperties", "Task"]
