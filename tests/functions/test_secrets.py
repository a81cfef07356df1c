"""No answer holds a secret, wherever in the account one is planted."""

from __future__ import annotations

import json
from typing import Any, Final

from azure_batch_provider import registry
from azure_batch_provider.models.base import Model
from tests.emulator_process import EmulatorProcess
from tests.functions.conftest import Invoke
from tests.resources.conftest import POOL

PLANTED: Final = "hunter2hunter2"
SAS: Final = (
    "https://acct.blob.core.windows.net/c/f?sv=2024-11-04&sp=r&sig=PlantedPlantedPlantedPlantedPlantedPlante%3D"
)
KEY: Final = "UGxhbnRlZA" * 8 + "UGxhbnQ=="
SETTINGS: Final = [{"name": "TOKEN", "value": PLANTED}]
RUN: Final[dict[str, Any]] = {
    "commandLine": f"run --password {PLANTED}",
    "environmentSettings": SETTINGS,
    "resourceFiles": [{"httpUrl": SAS, "filePath": "f"}],
}
TASK: Final[dict[str, Any]] = {
    **RUN,
    "id": "t",
    "outputFiles": [
        {
            "filePattern": "*",
            "destination": {"container": {"containerUrl": SAS}},
            "uploadOptions": {"uploadCondition": "taskcompletion"},
        }
    ],
    "containerSettings": {"imageName": "i", "registry": {"username": "u", "password": PLANTED}},
}
JOB: Final[dict[str, Any]] = {
    "poolInfo": {"poolId": "secrets"},
    "commonEnvironmentSettings": SETTINGS,
    "metadata": [{"name": "note", "value": PLANTED}],
    "jobManagerTask": {**RUN, "id": "manager"},
    "jobPreparationTask": RUN,
    "jobReleaseTask": RUN,
}
SECRETS: Final[dict[str, Any]] = {
    **POOL,
    "id": "secrets",
    "targetDedicatedNodes": 1,
    "startTask": RUN,
    "metadata": [{"name": "note", "value": PLANTED}],
    "userAccounts": [{"name": "u", "password": PLANTED}],
    "mountConfiguration": [
        {
            "azureFileShareConfiguration": {
                "accountName": "a",
                "accountKey": KEY,
                "azureFileUrl": "https://a.file.core.windows.net/s",
                "relativeMountPath": "m",
            }
        }
    ],
}
FAILURE: Final = {
    "category": "usererror",
    "code": "BlobAccessDenied",
    "message": f"Access to {SAS} was denied",
    "details": [{"name": "BlobSource", "value": SAS}, {"name": "Key", "value": f"AccountKey={KEY}"}],
}


def test_no_answer_holds_what_was_planted(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/pools", SECRETS)
    emulator.settle()
    emulator.post("/jobs", {"id": "secret", **JOB})
    emulator.post("/jobs/secret/tasks", TASK)
    emulator.run_task("secret", "t", state="completed", failureInfo=FAILURE)
    emulator.post("/jobschedules", {"id": "s", "schedule": {}, "jobSpecification": JOB, "metadata": JOB["metadata"]})
    emulator.post("/jobs/secret/terminate", {"terminateReason": f"see {SAS}"})
    emulator.settle()
    answers = [
        invoke("getPool", id="pools/secrets"),
        invoke("getPools"),
        invoke("getNodes", id="pools/secrets"),
        invoke("getNodeCounts"),
        invoke("getJob", id="jobs/secret"),
        invoke("getJobs"),
        invoke("getJobSchedule", id="jobschedules/s"),
        invoke("getJobTaskCounts", id="jobs/secret"),
        invoke("getTask", id="jobs/secret/tasks/t"),
        invoke("getTasks", id="jobs/secret"),
    ]
    whole = json.dumps(answers)
    assert answers[-2]["executionInfo"]["failureInfo"]["code"] == "BlobAccessDenied"
    assert "was denied" in whole and "AccountKey=***" in whole
    for secret in (PLANTED, "PlantedPlanted", KEY):
        assert secret not in whole
    # Nor was it sent to us, but for what the start tasks of a pool and its nodes are compared by.
    for entry in emulator.requests():
        if entry["method"] == "GET" and not entry["path"].startswith("/_emulator") and entry["query"].get("$select"):
            names = entry["query"]["$select"].split(",")
            assert not {"commandLine", "environmentSettings", "metadata", "resourceFiles"} & set(names)


def test_no_model_has_a_property_for_what_may_bear_a_secret() -> None:
    pending: list[type[Model]] = [registry.result(token) for token in registry.FUNCTIONS]
    seen: set[type[Model]] = set()
    while pending:
        model = pending.pop()
        seen.add(model)
        for name, prop in model.properties().items():
            assert not prop.traits.secret and not prop.traits.sensitive, (model, name)
            assert prop.type.kind not in ("any", "url"), (model, name)
            low = name.lower()
            words = ("commandline", "environment", "url", "metadata", "password", "key", "token", "files", "formula")
            assert not any(word in low for word in words), (model, name)
            inner = (prop.type.item or prop.type).model
            if inner is not None and inner not in seen:
                pending.append(inner)
    assert len(seen) > 20
