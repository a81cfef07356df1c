"""Jobs with every property that the models know, all of them right and none of them doubtful, by api-version."""

from __future__ import annotations

import json
from typing import Any, Final

from azure_batch_provider.models.base import API_2024, API_2025
from tests.models.full_bodies import FULL_POOL_PROPERTIES, FULL_TASK, IDENTITY

ARM: Final = "/subscriptions/s/resourceGroups/g/providers"
SUBNET: Final = f"{ARM}/Microsoft.Network/virtualNetworks/n/subnets/s"
COMMAND: Final = "/bin/sh -c 'fetch data && unpack'"
ENVIRONMENT: Final = [{"name": "LEVEL", "value": "2"}]
CONSTRAINTS: Final = {"maxWallClockTime": "PT2H", "retentionTime": "P1D", "maxTaskRetryCount": 1}

MANAGER: Final[dict[str, Any]] = {
    "id": "manager",
    "displayName": "Adds frames",
    "commandLine": "python3 manager.py",
    "containerSettings": FULL_TASK["containerSettings"],
    "resourceFiles": FULL_TASK["resourceFiles"],
    "outputFiles": FULL_TASK["outputFiles"],
    "environmentSettings": ENVIRONMENT,
    "constraints": CONSTRAINTS,
    "requiredSlots": 2,
    "killJobOnCompletion": False,
    "userIdentity": {"username": "render"},
    "runExclusive": False,
    "applicationPackageReferences": [{"applicationId": "blender", "version": "4.2"}],
    "authenticationTokenSettings": {"access": ["job"]},
    "allowLowPriorityNode": False,
}
PREPARATION: Final[dict[str, Any]] = {
    "id": "prepare",
    "commandLine": COMMAND,
    "containerSettings": {"imageName": "ubuntu"},
    "resourceFiles": FULL_TASK["resourceFiles"],
    "environmentSettings": ENVIRONMENT,
    "constraints": CONSTRAINTS,
    "waitForSuccess": False,
    "userIdentity": {"autoUser": {"elevationLevel": "admin"}},
    "rerunOnNodeRebootAfterSuccess": False,
}
RELEASE: Final[dict[str, Any]] = {
    "id": "release",
    "commandLine": "/bin/rm -rf data",
    "containerSettings": {"imageName": "ubuntu"},
    "resourceFiles": [{"autoStorageContainerName": "tools"}],
    "environmentSettings": ENVIRONMENT,
    "maxWallClockTime": "PT15M",
    "retentionTime": "P1D",
    "userIdentity": {"autoUser": {"scope": "task"}},
}
NAT_POOLS: Final[list[dict[str, Any]]] = [
    {
        "name": "ssh",
        "protocol": "tcp",
        "backendPort": 22,
        "frontendPortRangeStart": 1000,
        "frontendPortRangeEnd": 1039,
        "networkSecurityGroupRules": [
            {
                "priority": 150,
                "access": "allow",
                "sourceAddressPrefix": "10.0.0.0/8",
                "sourcePortRanges": ["22", "100-200", "65535"],
            },
            {"priority": 4096, "access": "deny", "sourceAddressPrefix": "*", "sourcePortRanges": ["*"]},
        ],
    },
    {
        "name": "Data_2.x",
        "protocol": "udp",
        "backendPort": 9000,
        "frontendPortRangeStart": 55001,
        "frontendPortRangeEnd": 55040,
    },
]
MOUNTS: Final[list[dict[str, Any]]] = [
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "files",
            "containerName": "in",
            "accountKey": "a2V5",
            "blobfuseOptions": "-o attr_timeout=240",
            "relativeMountPath": "in",
        }
    },
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "files",
            "containerName": "out",
            "sasKey": "sv=2024-11-04&sig=c2ln",
            "relativeMountPath": "out",
        }
    },
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "files",
            "containerName": "ref",
            "identityReference": IDENTITY,
            "relativeMountPath": "ref/blobs",
        }
    },
    {"nfsMountConfiguration": {"source": "nfs:/data", "relativeMountPath": "nfs", "mountOptions": "-o ro"}},
    {
        "cifsMountConfiguration": {
            "username": "u",
            "source": "//host/share",
            "relativeMountPath": "cifs",
            "mountOptions": "-o vers=3.0",
            "password": "p",
        }
    },
    {
        "azureFileShareConfiguration": {
            "accountName": "files",
            "azureFileUrl": "https://files.file.core.windows.net/share",
            "accountKey": "a2V5",
            "relativeMountPath": "share",
            "mountOptions": "-o vers=3.0",
        }
    },
]
DISK_2024: Final[dict[str, Any]] = {
    "lun": 0,
    "caching": "readonly",
    "diskSizeGB": 64,
    "storageAccountType": "premium_lrs",
}
MACHINE_2024: Final[dict[str, Any]] = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "24.04.1"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    "dataDisks": [DISK_2024, {"lun": 63, "diskSizeGB": 1}],
    "licenseType": "Windows_Server",
    "containerConfiguration": {
        "type": "dockerCompatible",
        "containerImageNames": ["ubuntu"],
        "containerRegistries": [
            {"registryServer": "a.azurecr.io", "identityReference": IDENTITY},
            {"registryServer": "b.example.com", "username": "me", "password": "p"},
        ],
    },
    "diskEncryptionConfiguration": {"targets": ["temporarydisk"]},
    "nodePlacementConfiguration": {"policy": "zonal"},
    "extensions": [
        {
            "name": "monitor",
            "publisher": "Microsoft.Azure.Monitor",
            "type": "AzureMonitorLinuxAgent",
            "typeHandlerVersion": "1.0",
            "autoUpgradeMinorVersion": True,
            "enableAutomaticUpgrade": False,
            "settings": {"level": 1, "tags": ["a"]},
            "protectedSettings": {"token": "t"},
        },
        {"name": "late", "publisher": "p", "type": "t", "provisionAfterExtensions": ["monitor"]},
    ],
    "osDisk": {
        "ephemeralOSDiskSettings": {"placement": "CacheDisk"},
        "caching": "readwrite",
        "diskSizeGB": 128,
        "managedDisk": {
            "storageAccountType": "standardssd_lrs",
            "securityProfile": {"securityEncryptionType": "VMGuestStateOnly"},
        },
        "writeAcceleratorEnabled": False,
    },
    "securityProfile": {
        "encryptionAtHost": True,
        "securityType": "confidentialvm",
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    },
    "serviceArtifactReference": {"id": f"{ARM}/Microsoft.Compute/galleries/g/serviceArtifacts/a/vmArtifactsProfiles/p"},
}
NETWORK_2024: Final[dict[str, Any]] = {
    "subnetId": SUBNET,
    "dynamicVNetAssignmentScope": "job",
    "endpointConfiguration": {"inboundNATPools": NAT_POOLS},
    "publicIPAddressConfiguration": {
        "provision": "usermanaged",
        "ipAddressIds": [f"{ARM}/Microsoft.Network/publicIPAddresses/a"],
    },
    "enableAcceleratedNetworking": True,
}
POOL_2024: Final[dict[str, Any]] = {
    "displayName": "Render farm",
    "vmSize": "Standard_D2s_v3",
    "virtualMachineConfiguration": MACHINE_2024,
    "taskSlotsPerNode": 4,
    "taskSchedulingPolicy": {"nodeFillType": "pack"},
    "resizeTimeout": "PT5M",
    "targetDedicatedNodes": 1,
    "targetLowPriorityNodes": 2,
    "enableInterNodeCommunication": True,
    "networkConfiguration": NETWORK_2024,
    "startTask": FULL_POOL_PROPERTIES["startTask"],
    "applicationPackageReferences": [
        {"applicationId": f"{ARM}/Microsoft.Batch/batchAccounts/a/applications/blender", "version": "4.2"}
    ],
    "certificateReferences": FULL_POOL_PROPERTIES["certificateReferences"],
    "userAccounts": [
        {
            "name": "render",
            "password": "p",
            "elevationLevel": "admin",
            "linuxUserConfiguration": {"uid": 1000, "gid": 1000, "sshPrivateKey": "k"},
        }
    ],
    "metadata": [{"name": "team", "value": "video"}],
    "mountConfiguration": MOUNTS,
    "upgradePolicy": {
        "mode": "rolling",
        "automaticOSUpgradePolicy": {
            "disableAutomaticRollback": True,
            "enableAutomaticOSUpgrade": True,
            "useRollingUpgradePolicy": True,
            "osRollingUpgradeDeferral": True,
        },
        "rollingUpgradePolicy": {
            "enableCrossZoneUpgrade": True,
            "maxBatchInstancePercent": 20,
            "maxUnhealthyInstancePercent": 20,
            "maxUnhealthyUpgradedInstancePercent": 0,
            "pauseTimeBetweenBatches": "PT0S",
            "prioritizeUnhealthyInstances": True,
            "rollbackFailedInstancesOnPolicyBreach": False,
        },
    },
    "resourceTags": {"cost": "42"},
    "targetNodeCommunicationMode": "simplified",
}
POOL_2025: Final[dict[str, Any]] = {
    **{
        name: value
        for name, value in POOL_2024.items()
        if name not in ("certificateReferences", "resourceTags", "targetNodeCommunicationMode")
    },
    "taskSchedulingPolicy": {"nodeFillType": "spread", "jobDefaultOrder": "creationtime"},
    "networkConfiguration": {
        **NETWORK_2024,
        "publicIPAddressConfiguration": {
            **NETWORK_2024["publicIPAddressConfiguration"],
            "ipFamilies": ["IPv4", "IPv6"],
            "ipTags": [{"ipTagType": "FirstPartyUsage", "tag": "SQL"}],
        },
    },
    "virtualMachineConfiguration": {
        **MACHINE_2024,
        "dataDisks": [
            {
                "lun": 1,
                "diskSizeGB": 8,
                "managedDisk": {
                    "storageAccountType": "premium_lrs",
                    "diskEncryptionSet": {"id": f"{ARM}/Microsoft.Compute/diskEncryptionSets/d"},
                },
            }
        ],
        "diskEncryptionConfiguration": {
            "targets": ["osdisk", "temporarydisk"],
            "customerManagedKey": {
                "identityReference": IDENTITY,
                "keyUrl": "https://vault.vault.azure.net/keys/k/1",
                "rotationToLatestKeyVersionEnabled": True,
            },
        },
        "securityProfile": {
            **MACHINE_2024["securityProfile"],
            "proxyAgentSettings": {
                "enabled": True,
                "imds": {"mode": "Audit"},
                "wireServer": {
                    "inVMAccessControlProfileReferenceId": f"{ARM}/Microsoft.Compute/galleries/g/profiles/p/versions/1"
                },
            },
        },
    },
}
SCALED: Final[dict[str, Any]] = {
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"virtualMachineImageId": f"{ARM}/Microsoft.Compute/galleries/g/images/i"},
        "nodeAgentSKUId": "batch.node.windows amd64",
        "windowsConfiguration": {"enableAutomaticUpdates": False},
    },
    "enableAutoScale": True,
    "autoScaleFormula": "$TargetDedicatedNodes = 1;",
    "autoScaleEvaluationInterval": "PT168H",
    "userAccounts": [{"name": "w", "password": "p", "windowsUserConfiguration": {"loginMode": "interactive"}}],
}


def pool_info(pool: dict[str, Any]) -> dict[str, Any]:
    """A `poolInfo` with a pool made for the job."""
    return {
        "autoPoolSpecification": {
            "autoPoolIdPrefix": "render",
            "poolLifetimeOption": "job",
            "keepAlive": True,
            "pool": pool,
        }
    }


_FULL: Final[dict[str, Any]] = {
    "jobId": "nightly",
    "displayName": "Nightly renders",
    "usesTaskDependencies": True,
    "priority": -1000,
    "allowTaskPreemption": True,
    "maxParallelTasks": 10,
    "constraints": {"maxWallClockTime": "P200D", "maxTaskRetryCount": 3},
    "jobManagerTask": MANAGER,
    "jobPreparationTask": PREPARATION,
    "jobReleaseTask": RELEASE,
    "commonEnvironmentSettings": ENVIRONMENT,
    "poolInfo": pool_info(POOL_2025),
    "onAllTasksComplete": "terminatejob",
    "onTaskFailure": "performexitoptionsjobaction",
    "networkConfiguration": {"subnetId": SUBNET, "skipWithdrawFromVNet": True},
    "metadata": [{"name": "team", "value": "video"}],
    "takeOver": True,
    "deletionPolicy": "terminate",
    "onMissing": "ignore",
    "movePool": True,
    "disableTasks": "wait",
}
# Through JSON, so that no object stands in two places: tests change one of them.
FULL_JOBS: Final[dict[str, dict[str, Any]]] = {
    API_2025: json.loads(json.dumps(_FULL)),
    API_2024: json.loads(json.dumps({**_FULL, "poolInfo": pool_info(POOL_2024)})),
}
FULL_JOB: Final = FULL_JOBS[API_2025]
