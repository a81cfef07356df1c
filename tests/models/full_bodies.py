"""One body for each resource with every property that its model knows, all of them right and none of them doubtful."""

from __future__ import annotations

from typing import Any, Final

IDENTITY: Final = {
    "resourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
}
SIGNED: Final = "https://files.blob.core.windows.net/in?sv=2024-11-04&se=2999-01-01T00:00:00Z&sp=rlw&sig=c2ln"

FULL_TASK: Final[dict[str, Any]] = {
    "jobId": "nightly",
    "taskId": "Render-1",
    "displayName": "Frame 1 of 24, größer",
    "commandLine": "/bin/sh -c 'render $FRAME > out.log && echo done'",
    "exitConditions": {
        "exitCodes": [{"code": 3, "exitOptions": {"jobAction": "none", "dependencyAction": "satisfy"}}],
        "exitCodeRanges": [{"start": 4, "end": 9, "exitOptions": {"jobAction": "disable"}}],
        "preProcessingError": {"dependencyAction": "block"},
        "fileUploadError": {},
        "default": {"jobAction": "terminate"},
    },
    "containerSettings": {
        "imageName": "registry.example.com/render:1",
        "containerRunOptions": "--rm",
        "registry": {"username": "me", "password": "p", "registryServer": "registry.example.com"},
        "workingDirectory": "containerImageDefault",
        "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}, {"source": "Shared"}],
    },
    "resourceFiles": [
        {"httpUrl": SIGNED, "filePath": "in/frame.exr", "fileMode": "0644"},
        {"storageContainerUrl": SIGNED, "blobPrefix": "textures/", "filePath": "textures"},
        {"storageContainerUrl": "https://files.blob.core.windows.net/in", "identityReference": IDENTITY},
        {"autoStorageContainerName": "models"},
    ],
    "outputFiles": [
        {
            "filePattern": "../std*.txt",
            "destination": {
                "container": {
                    "containerUrl": SIGNED,
                    "path": "logs",
                    "uploadHeaders": [{"name": "x-ms-blob-content-type", "value": "text/plain"}, {"name": "Empty"}],
                }
            },
            "uploadOptions": {"uploadCondition": "taskcompletion"},
        },
        {
            "filePattern": "out.log",
            "destination": {
                "container": {
                    "containerUrl": "https://files.blob.core.windows.net/out",
                    "identityReference": IDENTITY,
                }
            },
            "uploadOptions": {"uploadCondition": "TaskSuccess"},
        },
    ],
    "environmentSettings": [{"name": "FRAME", "value": "1"}, {"name": "EMPTY", "value": ""}, {"name": "NONE"}],
    "affinityInfo": {"affinityId": "TVM:tvm-1"},
    "constraints": {"maxWallClockTime": "PT1H30M", "retentionTime": "P7D", "maxTaskRetryCount": 3},
    "requiredSlots": 1,
    "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}},
    "multiInstanceSettings": {
        "numberOfInstances": 2,
        "coordinationCommandLine": "cmd /c start /b smpd.exe",
        "commonResourceFiles": [{"autoStorageContainerName": "models"}],
    },
    "dependsOn": {"taskIds": ["prepare", "Fetch_2"], "taskIdRanges": [{"start": 1, "end": 24}]},
    "applicationPackageReferences": [{"applicationId": "blender", "version": "4.2"}],
    "authenticationTokenSettings": {"access": ["job"]},
    "onMissing": "ignore",
    "triggers": ["2026-01-01", 7, True],
    "awaitCompletion": {"timeout": "PT2H", "failOnError": True},
    "onFailure": "rerun",
}

FULL_POOL_PROPERTIES: Final[dict[str, Any]] = {
    "poolId": "render",
    "startTask": {
        "commandLine": "/bin/bash -c 'apt-get update && apt-get install -y ffmpeg'",
        "containerSettings": {"imageName": "ubuntu", "registry": {"identityReference": IDENTITY}},
        "resourceFiles": [{"httpUrl": SIGNED, "filePath": "setup.sh"}],
        "environmentSettings": [{"name": "LEVEL", "value": "2"}],
        "userIdentity": {"username": "installer"},
        "maxTaskRetryCount": 2,
        "waitForSuccess": False,
    },
    "metadata": [{"name": "team", "value": "video"}],
    "applicationPackageReferences": [{"applicationId": "/subscriptions/s/applications/Blender", "version": "4.2"}],
    "certificateReferences": [
        {
            "thumbprint": "0123456789ABCDEF",
            "thumbprintAlgorithm": "SHA1",
            "storeLocation": "localmachine",
            "storeName": "Root",
            "visibility": ["starttask", "task"],
        }
    ],
    "targetNodeCommunicationMode": "simplified",
    "takeOver": True,
    "deletionPolicy": "restore",
    "rollout": {"strategy": "reimage", "maxUnavailable": "3", "nodeOption": "taskcompletion", "timeout": "PT2H"},
    "triggers": ["2026-01-01", 7, True],
}
