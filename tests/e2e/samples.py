"""The sample requests of the two REST pages that the project started from, each body as its page has it.

Tasks follow the page Task - Add (2024-07-01.20.0), the pool's properties the page Pools - Replace Pool Properties
(2025-06-01). Several task samples share an id, so each needs a job of its own.
"""

from __future__ import annotations

from typing import Any, Final

_NONADMIN: Final[dict[str, Any]] = {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}}

BASIC: Final[dict[str, Any]] = {"id": "task1", "commandLine": "cmd /c echo task1"}

DATA_ISOLATION: Final[dict[str, Any]] = {
    "id": "taskId",
    "commandLine": "bash -c 'echo hello'",
    "containerSettings": {
        "imageName": "ubuntu",
        "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}],
    },
    "userIdentity": _NONADMIN,
}

DUPLICATE_SOURCES: Final[dict[str, Any]] = {
    "id": "taskId",
    "commandLine": "bash -c 'echo hello'",
    "containerSettings": {
        "imageName": "ubuntu",
        "containerHostBatchBindMounts": [
            {"source": "Task", "isReadOnly": True},
            {"source": "Task", "isReadOnly": True},
        ],
    },
    "userIdentity": _NONADMIN,
}

CONTAINER_SETTINGS: Final[dict[str, Any]] = {
    "id": "taskId",
    "commandLine": "bash -c 'echo hello'",
    "containerSettings": {"imageName": "ubuntu", "containerRunOptions": "--rm"},
    "userIdentity": _NONADMIN,
}

EXIT_CONDITIONS: Final[dict[str, Any]] = {
    "id": "taskId",
    "commandLine": "cmd /c exit 3",
    "exitConditions": {
        "exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "terminate"}}],
    },
    "userIdentity": _NONADMIN,
}

EXTRA_SLOTS: Final[dict[str, Any]] = {"id": "task1", "requiredSlots": 2, "commandLine": "cmd /c echo task1"}

TASKS: Final[dict[str, dict[str, Any]]] = {
    "basic": BASIC,
    "data-isolation": DATA_ISOLATION,
    "container-settings": CONTAINER_SETTINGS,
    "exit-conditions": EXIT_CONDITIONS,
    "extra-slots": EXTRA_SLOTS,
}
"""The samples that the service accepts, by a short name that is also the id of a job for them."""

POOL_PROPERTIES: Final[dict[str, Any]] = {
    "startTask": {"commandLine": "/bin/bash -c 'echo start task'"},
    "applicationPackageReferences": [],
    "metadata": [],
}


def declared(job: Any, sample: dict[str, Any]) -> dict[str, Any]:
    """The properties of a Task resource that has a sample's body."""
    rest = {name: value for name, value in sample.items() if name != "id"}
    return {"jobId": job, "taskId": sample["id"], **rest}
