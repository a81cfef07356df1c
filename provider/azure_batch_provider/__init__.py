"""The Azure Batch data plane as code: a Pulumi provider for pool properties, jobs and tasks.

This package itself imports nothing, so that the plugin answers its first call before pydantic, requests or
azure-identity are loaded.
"""
