"""Prints the seconds that Microsoft's client takes to add tasks by `create_tasks`: JOB COUNT CONCURRENCY.

The models that it wants are made from plain data first, as the plugin decodes what the engine sends.
"""

from __future__ import annotations

import os
import sys
import time

from azure.batch import BatchClient
from azure.batch.models import BatchTaskCreateOptions, EnvironmentSetting
from azure.core.credentials import AzureNamedKeyCredential

from bench import tasks


def main() -> None:
    job, count, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    credential = AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential) as client:
        bodies = tasks.bodies(count).items()
        began = time.perf_counter()
        made = [
            BatchTaskCreateOptions(
                id=id,
                command_line=body["commandLine"],
                environment_settings=[EnvironmentSetting(**setting) for setting in body["environmentSettings"]],
            )
            for id, body in bodies
        ]
        client.create_tasks(job, made, max_concurrency=concurrency)
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
