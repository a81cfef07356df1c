"""Azure Batch for Pulumi programs in Python that want no plugin: the second front door.

The same models, lifecycles and errors as the plugin's, as far as Pulumi's dynamic providers allow; docs/dynamic.md
lists what they do not. `job.py`, `task.py` and `pool_properties.py` are what a program uses: generated from the models,
on `resource.py`. `provider.py` runs in a process that the engine starts, as do `operation.py` and `failure.py`;
`hidden.py` is what travels between the two.
"""

from __future__ import annotations

from azure_batch_provider.dynamic.job import Job
from azure_batch_provider.dynamic.pool_properties import PoolProperties
from azure_batch_provider.dynamic.task import Task

__all__ = ["Job", "PoolProperties", "Task"]
