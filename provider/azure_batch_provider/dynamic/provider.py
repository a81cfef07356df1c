"""The dynamic providers of all resource types, by the names that states know them by.

Written by scripts/generate.py from the registry.
"""

from __future__ import annotations

from azure_batch_provider.dynamic.batch_provider import BatchProvider


class JobProvider(BatchProvider):
    """See `azure_batch_provider.resources.job`."""

    token = "azure-batch:index:Job"


class JobScheduleProvider(BatchProvider):
    """See `azure_batch_provider.resources.job_schedule`."""

    token = "azure-batch:index:JobSchedule"


class PoolPropertiesProvider(BatchProvider):
    """See `azure_batch_provider.resources.pool_properties`."""

    token = "azure-batch:index:PoolProperties"


class TaskProvider(BatchProvider):
    """See `azure_batch_provider.resources.task`."""

    token = "azure-batch:index:Task"
