"""Puts into an account what a script may have put there long ago: a start task, a job, and twelve tasks in it.

It talks to the account of `AZURE_BATCH_ENDPOINT` by Microsoft's client, and knows nothing of Pulumi.
"""

from __future__ import annotations

import os

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential


def main() -> None:
    key = AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], key) as client:
        start = models.BatchStartTask(command_line="/bin/sh -c 'apt-get install -y blender'", wait_for_success=True)
        properties = models.BatchPoolReplaceOptions(start_task=start, application_package_references=[], metadata=[])
        client.replace_pool_properties("poolId", properties)
        pool = models.BatchPoolInfo(pool_id="poolId")
        client.create_job(models.BatchJobCreateOptions(id="film", pool_info=pool, priority=100))
        for frame in range(1, 13):
            line = f"blender --background film.blend --render-frame {frame}"
            client.create_task("film", models.BatchTaskCreateOptions(id=f"frame-{frame:02}", command_line=line))


if __name__ == "__main__":
    main()
