"""Lists, reads and deletes the files of task t1 of job j1: what came back goes to standard output as JSON."""

from __future__ import annotations

import json
import os
from typing import Any

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

account = os.environ
credentials = SharedKeyCredentials(account["AZURE_BATCH_ACCOUNT"], account["AZURE_BATCH_ACCESS_KEY"])
client = BatchServiceClient(credentials, batch_url=account["AZURE_BATCH_ENDPOINT"])
steps: dict[str, Any] = {}


def read(name: str, **options: str) -> str:
    return b"".join(client.file.get_from_task("j1", "t1", name, models.FileGetFromTaskOptions(**options))).decode()


steps["names"] = [file.name for file in client.file.list_from_task("j1", "t1", recursive=True)]
steps["content"] = read("wd/out file.txt")
steps["part"] = read("wd/out file.txt", ocp_range="bytes=1-2")
headers = client.file.get_properties_from_task("j1", "t1", "wd/out file.txt", raw=True).headers
steps["properties"] = [
    headers[name] for name in ("Content-Length", "ocp-batch-file-isdirectory", "ocp-batch-file-mode")
]
steps["subtasks"] = client.task.list_subtasks("j1", "t1").value
client.file.delete_from_task("j1", "t1", "wd", recursive=True)
steps["left"] = [file.name for file in client.file.list_from_task("j1", "t1")]
print(json.dumps(steps))
