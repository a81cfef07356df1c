"""What the service shows of a job, in its own spelling and with all that it fills in, means what was declared."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.compare import same
from azure_batch_provider.properties.read_back import project, undeclared
from tests.models.full_bodies import IDENTITY
from tests.models.job_bodies import FULL_JOB, NAT_POOLS, pool_info
from tests.models.test_job_pool import LINUX, on

NO_LIMIT = "P10675199DT2H48M5.4775807S"
COMMON_USER = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
FILLED: dict[str, Any] = {
    "id": "nightly",
    "url": "https://a.b.batch.azure.com/jobs/nightly",
    "eTag": "0x8DE62C0DBC88F32",
    "state": "active",
    "priority": 0,
    "maxParallelTasks": -1,
    "usesTaskDependencies": False,
    "allowTaskPreemption": False,
    "constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 0},
    "executionInfo": {"startTime": "2026-02-03T01:09:19.3786162Z", "poolId": "render"},
    "onAllTasksComplete": "noaction",
    "onTaskFailure": "noaction",
}


def shown(**more: Any) -> dict[str, Any]:
    return {**FILLED, "poolInfo": {"poolId": "render"}, **more}


def declared(**more: Any) -> dict[str, Any]:
    return {"jobId": "nightly", "poolInfo": {"poolId": "render"}, **more}


TASK = {"id": "m", "commandLine": "x"}
PAIRS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"metadata": []}, {}),
    ({"constraints": {}}, {}),
    (
        {"constraints": {"maxWallClockTime": "PT24H"}},
        {"constraints": {"maxWallClockTime": "P1D", "maxTaskRetryCount": 0}},
    ),
    ({"poolInfo": {"poolId": "Render"}}, {}),
    ({"onAllTasksComplete": "noAction", "priority": 0}, {}),
    (
        {"jobManagerTask": TASK},
        {
            "jobManagerTask": {
                **TASK,
                "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 5},
                "userIdentity": COMMON_USER,
                "requiredSlots": 1,
                "killJobOnCompletion": True,
                "runExclusive": True,
                "allowLowPriorityNode": True,
            }
        },
    ),
    (
        {"jobManagerTask": {**TASK, "constraints": {"maxWallClockTime": "PT60M"}}},
        {
            "jobManagerTask": {
                **TASK,
                "constraints": {"maxWallClockTime": "PT1H", "retentionTime": "P7D", "maxTaskRetryCount": 5},
            }
        },
    ),
    (
        {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "x"}},
        {
            "jobPreparationTask": {
                "id": "jobpreparation",
                "commandLine": "x",
                "constraints": {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 0},
                "userIdentity": COMMON_USER,
                "waitForSuccess": True,
                "rerunOnNodeRebootAfterSuccess": True,
            },
            "jobReleaseTask": {
                "id": "jobrelease",
                "commandLine": "x",
                "maxWallClockTime": "PT15M",
                "retentionTime": "P7D",
                "userIdentity": COMMON_USER,
            },
        },
    ),
]
POOL_PAIRS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "vmSize": "STANDARD_D2S_V3",
            "resizeTimeout": "PT15M",
            "taskSlotsPerNode": 1,
            "taskSchedulingPolicy": {"nodeFillType": "Spread", "jobDefaultOrder": "none"},
            "targetLowPriorityNodes": 0,
            "enableAutoScale": False,
            "enableInterNodeCommunication": False,
            "virtualMachineConfiguration": {
                **LINUX,
                "imageReference": {**LINUX["imageReference"], "version": "latest"},
                "nodePlacementConfiguration": {"policy": "Regional"},
            },
        },
    ),
    (
        {"networkConfiguration": {"subnetId": "/Sub"}},
        {
            "networkConfiguration": {
                "subnetId": "/sub",
                "dynamicVNetAssignmentScope": "none",
                "enableAcceleratedNetworking": False,
                "publicIPAddressConfiguration": {"provision": "BatchManaged", "ipFamilies": ["IPv4"]},
            }
        },
    ),
    (
        {"networkConfiguration": {"endpointConfiguration": {"inboundNATPools": NAT_POOLS}}},
        {"networkConfiguration": {"endpointConfiguration": {"inboundNATPools": NAT_POOLS[::-1]}}},
    ),
    (
        {"virtualMachineConfiguration": {**LINUX, "osDisk": {}, "dataDisks": [{"lun": 1, "diskSizeGB": 4}]}},
        {
            "virtualMachineConfiguration": {
                **LINUX,
                "osDisk": {
                    "ephemeralOSDiskSettings": {},
                    "caching": "None",
                    "managedDisk": {"storageAccountType": "Standard_LRS"},
                },
                "dataDisks": [
                    {
                        "lun": 1,
                        "diskSizeGB": 4,
                        "caching": "None",
                        "storageAccountType": "standard_lrs",
                        "managedDisk": {"storageAccountType": "standard_lrs"},
                    }
                ],
            }
        },
    ),
    (
        {
            "userAccounts": [
                {"name": "u", "password": "p", "linuxUserConfiguration": {"uid": 1, "gid": 1, "sshPrivateKey": "k"}}
            ]
        },
        {"userAccounts": [{"name": "u", "elevationLevel": "nonAdmin", "linuxUserConfiguration": {"uid": 1, "gid": 1}}]},
    ),
    (
        {"mountConfiguration": FULL_JOB["poolInfo"]["autoPoolSpecification"]["pool"]["mountConfiguration"]},
        {
            "mountConfiguration": [
                {
                    kind: {
                        name: value
                        for name, value in system.items()
                        if name not in ("accountKey", "sasKey", "password")
                    }
                    for kind, system in mount.items()
                }
                for mount in FULL_JOB["poolInfo"]["autoPoolSpecification"]["pool"]["mountConfiguration"]
            ]
        },
    ),
    (
        {"upgradePolicy": {"mode": "rolling", "rollingUpgradePolicy": {"maxBatchInstancePercent": 20}}},
        {
            "upgradePolicy": {
                "mode": "Rolling",
                "automaticOSUpgradePolicy": {"disableAutomaticRollback": False, "enableAutomaticOSUpgrade": False},
                "rollingUpgradePolicy": {
                    "maxBatchInstancePercent": 20,
                    "maxUnhealthyInstancePercent": 20,
                    "pauseTimeBetweenBatches": "PT0S",
                },
            }
        },
    ),
    (
        {
            "virtualMachineConfiguration": {
                **LINUX,
                "securityProfile": {"securityType": "trustedLaunch"},
                "diskEncryptionConfiguration": {
                    "targets": ["osdisk", "temporarydisk"],
                    "customerManagedKey": {"identityReference": IDENTITY, "keyUrl": "https://v/keys/k/1"},
                },
            }
        },
        {
            "virtualMachineConfiguration": {
                **LINUX,
                "securityProfile": {"securityType": "trustedlaunch", "encryptionAtHost": False, "uefiSettings": {}},
                "diskEncryptionConfiguration": {
                    "targets": ["TemporaryDisk", "OsDisk"],
                    "customerManagedKey": {
                        "identityReference": IDENTITY,
                        "keyUrl": "https://v/keys/k/1",
                        "rotationToLatestKeyVersionEnabled": False,
                    },
                },
            }
        },
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_what_the_service_fills_in_and_spells_otherwise_is_no_difference(
    ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    read = project(Job, declared(**ours), shown(**theirs))
    assert same(Job, declared(**ours), read)
    assert same(Job, read, declared(**ours))


@pytest.mark.parametrize(("ours", "theirs"), POOL_PAIRS)
def test_what_the_service_fills_in_for_the_pool_of_a_job_is_no_difference(
    ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    job = {**on(**ours), "jobId": "nightly"}
    pool = {**job["poolInfo"]["autoPoolSpecification"]["pool"], **theirs}
    read = project(Job, job, shown(poolInfo=pool_info(pool)))
    assert same(Job, job, read)
    assert same(Job, read, job)


def test_an_import_of_a_minimal_job_declares_no_more_than_its_pool() -> None:
    assert undeclared(Job, shown()) == {"jobId": "nightly", "poolInfo": {"poolId": "render"}}


@pytest.mark.parametrize(
    ("theirs", "path"),
    [
        ({"priority": 1}, "priority"),
        ({"constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 1}}, "constraints"),
        ({"metadata": [{"name": "a", "value": "b"}]}, "metadata"),
        ({"poolInfo": {"poolId": "other"}}, "poolInfo"),
        ({"maxParallelTasks": 1}, "maxParallelTasks"),
        ({"networkConfiguration": {"subnetId": "/s"}}, "networkConfiguration"),
    ],
)
def test_what_somebody_else_has_changed_is_a_difference(theirs: dict[str, Any], path: str) -> None:
    read = project(Job, declared(), shown(**theirs))
    assert not same(Job, read, declared())
    assert {name for name in read if read[name] != declared().get(name)} == {path}


@pytest.mark.parametrize(("retries", "is_same"), [(0, True), (3, False)])
def test_the_retries_of_a_job_do_not_count_for_its_preparation(retries: int, is_same: bool) -> None:
    ours = {
        "jobPreparationTask": {"commandLine": "prepare", "constraints": {}},
        "constraints": {"maxTaskRetryCount": 3},
    }
    limits = {"maxWallClockTime": NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": retries}
    theirs = {
        "jobPreparationTask": {"id": "jobpreparation", "commandLine": "prepare", "constraints": limits},
        "constraints": {"maxWallClockTime": NO_LIMIT, "maxTaskRetryCount": 3},
    }
    assert same(Job, declared(**ours), project(Job, declared(**ours), shown(**theirs))) is is_same


def test_how_a_job_ends_is_a_difference_only_where_it_is_declared() -> None:
    ending = shown(onAllTasksComplete="TerminateJob")
    assert project(Job, declared(), ending) == declared()
    managed = declared() | {"onAllTasksComplete": "noaction"}
    assert not same(Job, project(Job, managed, ending), managed)
