from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.auto_pool import PoolInfo
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, warned
from tests.models.full_bodies import IDENTITY
from tests.models.job_bodies import MACHINE_2024, NAT_POOLS, pool_info

POOL = "poolInfo.autoPoolSpecification.pool"
IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
LINUX: dict[str, Any] = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
WINDOWS: dict[str, Any] = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.windows amd64"}


def on(**more: Any) -> dict[str, Any]:
    """A job on a pool of its own with two nodes and these properties."""
    pool = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": LINUX, "targetDedicatedNodes": 2, **more}
    return {"jobId": "j", "poolInfo": pool_info(pool)}


def machine(**more: Any) -> dict[str, Any]:
    return on(virtualMachineConfiguration={**LINUX, **more})


def network(*nat_pools: Any, **more: Any) -> dict[str, Any]:
    endpoints = {"endpointConfiguration": {"inboundNATPools": list(nat_pools)}} if nat_pools else {}
    return on(networkConfiguration={**endpoints, **more})


def nat(start: Any = 1000, end: Any = 1100, **more: Any) -> dict[str, Any]:
    ports = {"frontendPortRangeStart": start, "frontendPortRangeEnd": end}
    return {"name": "n", "protocol": "tcp", "backendPort": 22, **ports, **more}


def rule(priority: Any = 150, **more: Any) -> dict[str, Any]:
    return {"priority": priority, "access": "allow", "sourceAddressPrefix": "*", **more}


def mounting(**kind: Any) -> dict[str, Any]:
    return on(mountConfiguration=[kind])


def blobs(**more: Any) -> dict[str, Any]:
    plain = {"accountName": "a", "containerName": "c", "relativeMountPath": "m"}
    return mounting(azureBlobFileSystemConfiguration={**plain, **more})


def user(**more: Any) -> dict[str, Any]:
    return on(userAccounts=[{"name": "u", "password": "p", **more}])


def upgraded(**more: Any) -> dict[str, Any]:
    return on(upgradePolicy={"mode": "rolling", **more})


NETWORK = f"{POOL}.networkConfiguration"
NAT = f"{NETWORK}.endpointConfiguration.inboundNATPools"
MACHINE = f"{POOL}.virtualMachineConfiguration"
CONFIDENTIAL = f"{MACHINE}.osDisk.managedDisk.securityProfile.securityEncryptionType"

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (on(vmSize=None), f"{POOL}.vmSize", "is required"),
    (on(virtualMachineConfiguration=None), MACHINE, "is required: a pool's nodes are virtual machines"),
    (on(displayName="x" * 1025), f"{POOL}.displayName", "at most 1024"),
    (on(taskSlotsPerNode=0), f"{POOL}.taskSlotsPerNode", "must be at least 1"),
    (on(taskSlotsPerNode=257), f"{POOL}.taskSlotsPerNode", "must be at most 256"),
    (on(taskSchedulingPolicy={}), f"{POOL}.taskSchedulingPolicy.nodeFillType", "is required"),
    (on(resizeTimeout="PT4M59S"), f"{POOL}.resizeTimeout", "must be at least PT5M"),
    (on(targetDedicatedNodes=-1), f"{POOL}.targetDedicatedNodes", "must be at least 0"),
    (on(autoScaleFormula="$x=1;"), f"{POOL}.autoScaleFormula", "only be given with `enableAutoScale: true`"),
    (
        on(enableAutoScale=False, autoScaleEvaluationInterval="PT5M"),
        f"{POOL}.autoScaleEvaluationInterval",
        "only be given with `enableAutoScale: true`",
    ),
    (
        on(enableAutoScale=True, targetDedicatedNodes=None),
        f"{POOL}.autoScaleFormula",
        "is required with `enableAutoScale: true`",
    ),
    (
        on(enableAutoScale=True, autoScaleFormula="$x=1;", targetDedicatedNodes=0),
        f"{POOL}.targetDedicatedNodes",
        "cannot be given with `enableAutoScale: true`",
    ),
    (
        on(enableAutoScale=True, autoScaleFormula="x" * 8193, targetDedicatedNodes=None),
        f"{POOL}.autoScaleFormula",
        "has 8193 characters, at most 8192 are allowed",
    ),
    *(
        (
            on(
                enableAutoScale=True,
                autoScaleFormula="$x=1;",
                autoScaleEvaluationInterval=interval,
                targetDedicatedNodes=None,
            ),
            f"{POOL}.autoScaleEvaluationInterval",
            reason,
        )
        for interval, reason in (("PT4M", "must be at least PT5M"), ("PT168H1S", "must be at most PT168H"))
    ),
    (
        on(applicationPackageReferences=[{"applicationId": f"/a/{n}", "version": "1"} for n in range(11)]),
        f"{POOL}.applicationPackageReferences",
        "has 11 items, at most 10",
    ),
    # machines
    (machine(imageReference={}), f"{MACHINE}.imageReference", "names no image"),
    (machine(imageReference={"version": "1"}), f"{MACHINE}.imageReference", "names no image"),
    (
        machine(imageReference={"publisher": "p", "sku": "s"}),
        f"{MACHINE}.imageReference.offer",
        "is required with `publisher`",
    ),
    *(
        (
            machine(imageReference={"virtualMachineImageId": "/i", name: "x"}),
            f"{MACHINE}.imageReference.{name}",
            "cannot be given with `virtualMachineImageId`",
        )
        for name in ("publisher", "offer", "sku", "version", "sharedGalleryImageId", "communityGalleryImageId")
    ),
    (machine(nodeAgentSKUId=None), f"{MACHINE}.nodeAgentSKUId", "is required"),
    (machine(dataDisks=[{"lun": 64, "diskSizeGB": 1}]), f"{MACHINE}.dataDisks[0].lun", "must be at most 63"),
    (
        machine(dataDisks=[{"lun": 1, "diskSizeGB": 1}, {"lun": 1, "diskSizeGB": 1}]),
        f"{MACHINE}.dataDisks[1].lun",
        "is the lun of dataDisks[0] already",
    ),
    (machine(licenseType="Linux"), f"{MACHINE}.licenseType", "must be one of `Windows_Server`, `Windows_Client`"),
    (machine(containerConfiguration={}), f"{MACHINE}.containerConfiguration.type", "is required"),
    (
        machine(
            diskEncryptionConfiguration={"customerManagedKey": {"keyUrl": "https://k"}, "targets": ["temporarydisk"]}
        ),
        f"{MACHINE}.diskEncryptionConfiguration.targets",
        "must hold `osdisk`",
    ),
    (
        machine(diskEncryptionConfiguration={"customerManagedKey": {"keyUrl": "https://k"}}),
        f"{MACHINE}.diskEncryptionConfiguration.targets",
        "must hold `osdisk`",
    ),
    (
        machine(securityProfile={"uefiSettings": {"vTpmEnabled": True}}),
        f"{MACHINE}.securityProfile.securityType",
        "is required with `uefiSettings`",
    ),
    (
        machine(
            securityProfile={
                "proxyAgentSettings": {"imds": {"mode": "enforce", "inVMAccessControlProfileReferenceId": "/p"}}
            }
        ),
        f"{MACHINE}.securityProfile.proxyAgentSettings.imds.mode",
        "cannot be `Enforce` together",
    ),
    (machine(securityProfile={"securityType": "ConfidentialVM"}), CONFIDENTIAL, "is required for confidential"),
    (
        machine(osDisk={"managedDisk": {"securityProfile": {"securityEncryptionType": "NonPersistedTPM"}}}),
        CONFIDENTIAL,
        "is only for confidential",
    ),
    (machine(serviceArtifactReference={}), f"{MACHINE}.serviceArtifactReference.id", "is required"),
    (machine(extensions=[{"name": "x", "publisher": "p"}]), f"{MACHINE}.extensions[0].type", "is required"),
    # network
    (network(endpointConfiguration={}), NAT, "is required"),
    (
        network(*[nat(n * 100 + 1000, n * 100 + 1099, name=f"n{n}", backendPort=n + 1) for n in range(6)]),
        NAT,
        "has 6 items, at most 5",
    ),
    (network(nat(name="x" * 78)), f"{NAT}[0].name", "has 78 characters, at most 77"),
    (network(nat(name="-x")), f"{NAT}[0].name", "with a letter or digit at the beginning"),
    (network(nat(name="x.")), f"{NAT}[0].name", "no `.` or `-` at the end"),
    (network(nat(name="x\n")), f"{NAT}[0].name", "must be letters"),
    (network(nat(protocol="icmp")), f"{NAT}[0].protocol", "must be one of `tcp`, `udp`"),
    (network(nat(backendPort=0)), f"{NAT}[0].backendPort", "must be at least 1"),
    (network(nat(backendPort=65536)), f"{NAT}[0].backendPort", "must be at most 65535"),
    (network(nat(backendPort=29876)), f"{NAT}[0].backendPort", "is a port of the service itself"),
    (network(nat(backendPort=29877)), f"{NAT}[0].backendPort", "is a port of the service itself"),
    (network(nat(0, 100)), f"{NAT}[0].frontendPortRangeStart", "must be at least 1"),
    (network(nat(60000, 65535)), f"{NAT}[0].frontendPortRangeEnd", "must be at most 65534"),
    (network(nat(1000, 1038)), f"{NAT}[0].frontendPortRangeEnd", "must have at least 40 ports"),
    (network(nat(1100, 1000)), f"{NAT}[0].frontendPortRangeEnd", "must have at least 40 ports"),
    (network(nat(49000, 50000)), f"{NAT}[0].frontendPortRangeStart", "touches 50000 to 55000"),
    (network(nat(55000, 56000)), f"{NAT}[0].frontendPortRangeStart", "touches 50000 to 55000"),
    (network(nat(40000, 60000)), f"{NAT}[0].frontendPortRangeStart", "touches 50000 to 55000"),
    (
        network(nat(1000, 1100), nat(1100, 1200, name="m", backendPort=23)),
        f"{NAT}[1].frontendPortRangeStart",
        "overlaps with inboundNATPools[0]",
    ),
    (
        network(nat(1200, 1300, name="m", backendPort=23), nat(1000, 2000)),
        f"{NAT}[0].frontendPortRangeStart",
        "overlaps with inboundNATPools[1]",
    ),
    (
        network(nat(), nat(2000, 2100, name="N", backendPort=23)),
        f"{NAT}[1].name",
        "is the name of inboundNATPools[0] already",
    ),
    (
        network(nat(), nat(2000, 2100, name="m")),
        f"{NAT}[1].backendPort",
        "is the port of inboundNATPools[0] already",
    ),
    (
        network(nat(networkSecurityGroupRules=[rule(149)])),
        f"{NAT}[0].networkSecurityGroupRules[0].priority",
        "must be at least 150",
    ),
    (
        network(nat(networkSecurityGroupRules=[rule(4097)])),
        f"{NAT}[0].networkSecurityGroupRules[0].priority",
        "must be at most 4096",
    ),
    (
        network(
            nat(networkSecurityGroupRules=[rule()]),
            nat(2000, 2100, name="m", backendPort=23, networkSecurityGroupRules=[rule()]),
        ),
        f"{NAT}[1].networkSecurityGroupRules[0].priority",
        "is the priority of inboundNATPools[0].networkSecurityGroupRules[0] already",
    ),
    (network(nat(networkSecurityGroupRules=[rule(150 + n) for n in range(26)])), NAT, "26 rules in all, at most 25"),
    *(
        (
            network(nat(networkSecurityGroupRules=[rule(sourcePortRanges=ranges)])),
            f"{NAT}[0].networkSecurityGroupRules[0].sourcePortRanges[{index}]",
            reason,
        )
        for ranges, index, reason in (
            (["all"], 0, "must be `*`, a port"),
            (["200-100"], 0, "must be `*`, a port"),
            (["65536"], 0, "must be `*`, a port"),
            (["1-10", "10"], 1, "overlaps with sourcePortRanges[0]"),
            (["*", "80"], 1, "overlaps with sourcePortRanges[0]"),
        )
    ),
    (
        network(nat(), publicIPAddressConfiguration={"provision": "NoPublicIPAddresses"}),
        f"{NETWORK}.endpointConfiguration",
        "cannot be given with",
    ),
    # users
    (user(name="x" * 21), f"{POOL}.userAccounts[0].name", "has 21 characters, at most 20"),
    (user(password=None), f"{POOL}.userAccounts[0].password", "is required"),
    (
        user(linuxUserConfiguration={"uid": 1}),
        f"{POOL}.userAccounts[0].linuxUserConfiguration.gid",
        "give both or neither",
    ),
    (
        user(linuxUserConfiguration={"gid": 1}),
        f"{POOL}.userAccounts[0].linuxUserConfiguration.uid",
        "give both or neither",
    ),
    # mounts
    (mounting(), f"{POOL}.mountConfiguration[0]", "must be given"),
    (
        mounting(
            nfsMountConfiguration={"source": "s", "relativeMountPath": "m"},
            cifsMountConfiguration={"username": "u", "source": "s", "relativeMountPath": "n", "password": "p"},
        ),
        f"{POOL}.mountConfiguration[0].cifsMountConfiguration",
        "only one of",
    ),
    (
        blobs(accountKey="k", sasKey="s"),
        f"{POOL}.mountConfiguration[0].azureBlobFileSystemConfiguration.sasKey",
        "only one of",
    ),
    (
        blobs(accountKey="k", identityReference=IDENTITY),
        f"{POOL}.mountConfiguration[0].azureBlobFileSystemConfiguration.identityReference",
        "only one of",
    ),
    (
        mounting(
            azureFileShareConfiguration={
                "accountName": "a",
                "azureFileUrl": "share",
                "accountKey": "k",
                "relativeMountPath": "m",
            }
        ),
        f"{POOL}.mountConfiguration[0].azureFileShareConfiguration.azureFileUrl",
        "complete URL",
    ),
    # upgrades
    (on(upgradePolicy={}), f"{POOL}.upgradePolicy.mode", "is required"),
    *(
        (
            upgraded(rollingUpgradePolicy={name: value}),
            f"{POOL}.upgradePolicy.rollingUpgradePolicy.{name}",
            reason,
        )
        for name, value, reason in (
            ("maxBatchInstancePercent", 4, "must be at least 5"),
            ("maxBatchInstancePercent", 101, "must be at most 100"),
            ("maxUnhealthyInstancePercent", 4, "must be at least 5"),
            ("maxUnhealthyUpgradedInstancePercent", -1, "must be at least 0"),
            ("enableCrossZoneUpgrade", False, "can only be given when nodes are placed `zonal`"),
        )
    ),
    (
        upgraded(rollingUpgradePolicy={"maxBatchInstancePercent": 21, "maxUnhealthyInstancePercent": 20}),
        f"{POOL}.upgradePolicy.rollingUpgradePolicy.maxBatchInstancePercent",
        "must not be more than `maxUnhealthyInstancePercent`",
    ),
    (
        on(
            virtualMachineConfiguration={**WINDOWS, "windowsConfiguration": {"enableAutomaticUpdates": True}},
            upgradePolicy={"mode": "automatic", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
        ),
        f"{POOL}.upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade",
        "cannot be true together with",
    ),
    (
        {"poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job", "autoPoolIdPrefix": "x" * 21}}},
        "poolInfo.autoPoolSpecification.autoPoolIdPrefix",
        "has 21 characters, at most 20",
    ),
    (
        {"poolInfo": {"autoPoolSpecification": {"pool": on()["poolInfo"]["autoPoolSpecification"]["pool"]}}},
        "poolInfo.autoPoolSpecification.poolLifetimeOption",
        "is required",
    ),
]


@pytest.mark.parametrize(("job", "path", "reason"), REFUSED)
def test_a_pool_that_breaks_a_rule_is_refused_at_that_property(job: dict[str, Any], path: str, reason: str) -> None:
    found = failures(Job, job)
    assert list(found) == [path]
    assert reason in found[path]


DOUBTFUL: list[tuple[dict[str, Any], str, str]] = [
    (on(targetDedicatedNodes=0), POOL, "has no nodes"),
    (on(targetDedicatedNodes=None), POOL, "has no nodes"),
    (
        on(applicationPackageReferences=[{"applicationId": "blender", "version": "1"}]),
        f"{POOL}.applicationPackageReferences[0].applicationId",
        "is a short id",
    ),
    (
        on(userAccounts=[{"name": "a", "password": "p"}, {"name": "A", "password": "p"}]),
        f"{POOL}.userAccounts[1].name",
        "is the name of userAccounts[0] already",
    ),
    (
        user(windowsUserConfiguration={"loginMode": "batch"}),
        f"{POOL}.userAccounts[0].windowsUserConfiguration",
        "is only for Windows nodes",
    ),
    (machine(windowsConfiguration={}), f"{MACHINE}.windowsConfiguration", "cannot be given for a Linux image"),
    (
        machine(extensions=[{"name": n, "publisher": "p", "type": "t"} for n in ("a", "A")]),
        f"{MACHINE}.extensions[1].name",
        "is the name of extensions[0] already",
    ),
    (
        machine(extensions=[{"name": "a", "publisher": "p", "type": "t", "provisionAfterExtensions": ["A", "b"]}]),
        f"{MACHINE}.extensions[0].provisionAfterExtensions[1]",
        "names no extension",
    ),
    (
        network(publicIPAddressConfiguration={"ipAddressIds": ["/ip"]}),
        f"{NETWORK}.publicIPAddressConfiguration.ipAddressIds",
        "only used with `provision: usermanaged`",
    ),
    (
        network(publicIPAddressConfiguration={"provision": "UserManaged"}),
        f"{NETWORK}.publicIPAddressConfiguration.provision",
        "names no address",
    ),
    (blobs(), f"{POOL}.mountConfiguration[0].azureBlobFileSystemConfiguration", "says no way to sign in"),
    *(
        (
            mounting(nfsMountConfiguration={"source": "s", "relativeMountPath": path}),
            f"{POOL}.mountConfiguration[0].nfsMountConfiguration.relativeMountPath",
            "must be relative",
        )
        for path in ("/mnt", "C:\\x", "a/../../b")
    ),
    (
        on(
            mountConfiguration=[{"nfsMountConfiguration": {"source": "s", "relativeMountPath": p}} for p in ("m", "m/")]
        ),
        f"{POOL}.mountConfiguration[1].nfsMountConfiguration.relativeMountPath",
        "is the mount path of mountConfiguration[0] already",
    ),
]


@pytest.mark.parametrize(("job", "path", "reason"), DOUBTFUL)
def test_a_pool_that_cannot_work_as_written_is_warned_about(job: dict[str, Any], path: str, reason: str) -> None:
    assert failures(Job, job) == {}
    found = warned(Job, job)
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize(
    "job",
    [
        on(enableAutoScale=UNKNOWN),
        on(enableAutoScale=UNKNOWN, targetDedicatedNodes=None),
        on(enableAutoScale=True, autoScaleFormula=UNKNOWN, targetDedicatedNodes=UNKNOWN),
        machine(imageReference={"publisher": UNKNOWN, "offer": "o", "sku": "s"}),
        machine(imageReference={"virtualMachineImageId": UNKNOWN}),
        machine(imageReference={"communityGalleryImageId": "/c"}),
        machine(imageReference={"sharedGalleryImageId": "/c"}),
        machine(securityProfile=UNKNOWN, osDisk=MACHINE_2024["osDisk"]),
        machine(nodeAgentSKUId="custom", windowsConfiguration={}),
        network(nat(UNKNOWN, 1100), nat(1000, UNKNOWN, name=UNKNOWN, backendPort=UNKNOWN)),
        network(UNKNOWN, *NAT_POOLS),
        network(nat(networkSecurityGroupRules=UNKNOWN)),
        user(linuxUserConfiguration={"uid": UNKNOWN}),
        blobs(accountKey=UNKNOWN),
        mounting(nfsMountConfiguration=UNKNOWN),
        upgraded(rollingUpgradePolicy={"maxBatchInstancePercent": UNKNOWN, "maxUnhealthyInstancePercent": 5}),
    ],
)
def test_nothing_is_guessed_about_what_is_unknown_in_a_pool(job: dict[str, Any]) -> None:
    assert failures(Job, job) == {}
    assert warned(Job, job) == {}


@pytest.mark.parametrize("start", [49960, 55001])
def test_outside_ports_may_go_right_up_to_those_of_the_service(start: int) -> None:
    assert failures(Job, network(nat(start, start + 39))) == {}


def test_what_is_wrong_in_many_places_of_a_pool_is_said_at_once() -> None:
    job = on(
        resizeTimeout="PT1M",
        networkConfiguration={"endpointConfiguration": {"inboundNATPools": [nat(1, 2), nat("a", 3)]}},
        userAccounts=[{"name": "u"}],
    )
    assert list(failures(Job, job)) == [
        f"{NAT}[0].frontendPortRangeEnd",
        f"{NAT}[1].backendPort",
        f"{NAT}[1].frontendPortRangeStart",
        f"{NAT}[1].name",
        f"{POOL}.resizeTimeout",
        f"{POOL}.userAccounts[0].password",
    ]


class Specification(Model):
    poolInfo: PoolInfo = prop("Pool.", required=True)


class Schedule(Model):
    jobSpecification: Specification = prop("Jobs.", required=True)


def test_a_pool_that_lives_as_long_as_a_schedule_is_doubtful_outside_one_only() -> None:
    job = on()
    job["poolInfo"]["autoPoolSpecification"]["poolLifetimeOption"] = "jobschedule"
    pool = {"poolInfo": job["poolInfo"]}
    said = [path for path in warned(Job, job) if path.endswith("poolLifetimeOption")]
    assert said == ["poolInfo.autoPoolSpecification.poolLifetimeOption"]
    assert not [path for path in warned(Schedule, {"jobSpecification": pool}) if path.endswith("poolLifetimeOption")]
