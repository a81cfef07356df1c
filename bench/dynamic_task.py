"""What a user writes without this provider: a resource of Pulumi's dynamic provider that POSTs its task."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from email.utils import formatdate
from typing import Any

import requests
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

API_VERSION = "2025-06-01"
MEDIA_TYPE = "application/json; odata=minimalmetadata"


class TaskProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        path = f"/jobs/{props['job']}/tasks"
        body = json.dumps({key: props["task"][key] for key in ("id", "commandLine", "environmentSettings")}).encode()
        date = formatdate(usegmt=True)
        answer = requests.post(
            f"{os.environ['AZURE_BATCH_ENDPOINT']}{path}?api-version={API_VERSION}",
            data=body,
            headers={"Content-Type": MEDIA_TYPE, "ocp-date": date, "Authorization": _signature(path, body, date)},
            timeout=60,
        )
        answer.raise_for_status()
        return CreateResult(f"{props['job']}/{props['task']['id']}", props)


class DynamicTask(Resource):
    def __init__(self, name: str, job: str, task: dict[str, Any]) -> None:
        super().__init__(TaskProvider(), name, {"job": job, "task": task})


def _signature(path: str, body: bytes, date: str) -> str:
    account, key = os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]
    headers = ["POST", "", "", str(len(body)), "", MEDIA_TYPE, *[""] * 6, f"ocp-date:{date}"]
    text = "\n".join([*headers, f"/{account}{path}", f"api-version:{API_VERSION}"])
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return f"SharedKey {account}:{base64.b64encode(digest).decode()}"
