from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.emulator.parts import GALLERY_IMAGE, MACHINE, SUBNET, WINDOWS, values_of
from tests.emulator_process import V2024, V2025, EmulatorProcess

pytestmark = pytest.mark.usefixtures("linked")

SAS = "https://store.blob.core.windows.net/c?sv=1&sig=AbC%2B"
START_TASK: dict[str, Any] = {
    "commandLine": "/bin/bash -c 'echo start task'",
    "containerSettings": {"imageName": "ubuntu", "workingDirectory": "containerImageDefault"},
    "resourceFiles": [{"httpUrl": SAS, "filePath": "in.txt"}],
    "environmentSettings": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    "userIdentity": {"username": "me"},
    "maxTaskRetryCount": -1,
    "waitForSuccess": False,
}
NAT_POOL: dict[str, Any] = {
    "name": "ssh",
    "protocol": "tcp",
    "backendPort": 22,
    "frontendPortRangeStart": 15_000,
    "frontendPortRangeEnd": 15_100,
    "networkSecurityGroupRules": [
        {"priority": 150, "access": "deny", "sourceAddressPrefix": "*", "sourcePortRanges": ["1", "22"]}
    ],
}
COMMON: dict[str, Any] = {
    "id": "whole",
    "displayName": "Wh\u00f6le",
    "vmSize": "Standard_D2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {**WINDOWS, "version": "1.2"},
        "nodeAgentSKUId": "batch.node.windows amd64",
        "windowsConfiguration": {"enableAutomaticUpdates": False},
        "dataDisks": [{"lun": 0, "caching": "readwrite", "diskSizeGB": 10}],
        "licenseType": "Windows_Server",
        "containerConfiguration": {
            "type": "dockerCompatible",
            "containerImageNames": ["ubuntu"],
            "containerRegistries": [{"registryServer": "r.io", "identityReference": {"resourceId": "/x"}}],
        },
        "diskEncryptionConfiguration": {"targets": ["osdisk", "temporarydisk"]},
        "nodePlacementConfiguration": {"policy": "zonal"},
        "extensions": [
            {
                "name": "e",
                "publisher": "p",
                "type": "t",
                "typeHandlerVersion": "1.0",
                "autoUpgradeMinorVersion": True,
                "enableAutomaticUpgrade": False,
                "settings": {"a": {"b": [1]}},
                "protectedSettings": {"key": "hunter2"},
                "provisionAfterExtensions": ["d"],
            }
        ],
        "osDisk": {
            "ephemeralOSDiskSettings": {"placement": "cachedisk"},
            "caching": "readonly",
            "diskSizeGB": 30,
            "managedDisk": {
                "storageAccountType": "premium_lrs",
                "securityProfile": {"securityEncryptionType": "VMGuestStateOnly"},
            },
            "writeAcceleratorEnabled": False,
        },
        "securityProfile": {
            "encryptionAtHost": True,
            "securityType": "trustedLaunch",
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
        },
        "serviceArtifactReference": {"id": "/a/b"},
    },
    "resizeTimeout": "PT900S",
    "targetDedicatedNodes": 1,
    "targetLowPriorityNodes": 2,
    "enableAutoScale": False,
    "enableInterNodeCommunication": True,
    "networkConfiguration": {
        "subnetId": SUBNET,
        "dynamicVNetAssignmentScope": "job",
        "endpointConfiguration": {"inboundNATPools": [NAT_POOL]},
        "publicIPAddressConfiguration": {"provision": "usermanaged", "ipAddressIds": ["/ip"]},
        "enableAcceleratedNetworking": True,
    },
    "startTask": START_TASK,
    "applicationPackageReferences": [{"applicationId": "/subscriptions/x/applications/Blender", "version": "3"}],
    "taskSlotsPerNode": 4,
    "taskSchedulingPolicy": {"nodeFillType": "pack"},
    "userAccounts": [
        {
            "name": "me",
            "password": "hunter2",
            "elevationLevel": "admin",
            "windowsUserConfiguration": {"loginMode": "batch"},
        }
    ],
    "metadata": [{"name": "b", "value": "2"}, {"name": "a", "value": ""}],
    "mountConfiguration": [
        {
            "azureBlobFileSystemConfiguration": {
                "accountName": "a",
                "containerName": "c",
                "sasKey": "hunter2",
                "blobfuseOptions": "-o x",
                "relativeMountPath": "m1",
            }
        },
        {"nfsMountConfiguration": {"source": "nfs", "relativeMountPath": "m2", "mountOptions": "ro"}},
        {
            "cifsMountConfiguration": {
                "username": "u",
                "source": "//s",
                "relativeMountPath": "m3",
                "mountOptions": "ro",
                "password": "hunter2",
            }
        },
        {
            "azureFileShareConfiguration": {
                "accountName": "a",
                "accountKey": "hunter2",
                "azureFileUrl": "https://a.file.core.windows.net/",
                "relativeMountPath": "m4",
                "mountOptions": "ro",
            }
        },
    ],
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
            "prioritizeUnhealthyInstances": False,
            "rollbackFailedInstancesOnPolicyBreach": False,
        },
    },
}


def whole(version: str) -> dict[str, Any]:
    """A body with every property that the api-version knows, those apart that exclude each other."""
    body = copy.deepcopy(COMMON)
    machine = body["virtualMachineConfiguration"]
    if version == V2024:
        machine["dataDisks"][0]["storageAccountType"] = "premium_lrs"
        certificate: dict[str, Any] = {
            "thumbprint": "0123",
            "thumbprintAlgorithm": "sha1",
            "storeLocation": "localmachine",
        }
        certificate |= {"storeName": "Root", "visibility": ["starttask", "task"]}
        body |= {
            "certificateReferences": [certificate],
            "resourceTags": {"Tag": "1"},
            "targetNodeCommunicationMode": "classic",
        }
        return body
    machine["dataDisks"][0]["managedDisk"] = {"storageAccountType": "premium_lrs", "diskEncryptionSet": {"id": "/d"}}
    machine["osDisk"]["managedDisk"]["diskEncryptionSet"] = {"id": "/d"}
    machine["diskEncryptionConfiguration"]["customerManagedKey"] = {
        "identityReference": {"resourceId": "/i"},
        "keyUrl": "https://v/k",
        "rotationToLatestKeyVersionEnabled": True,
    }
    machine["securityProfile"]["proxyAgentSettings"] = {
        "enabled": True,
        "imds": {"mode": "Audit", "inVMAccessControlProfileReferenceId": "/p"},
        "wireServer": {"mode": "Enforce"},
    }
    addresses = body["networkConfiguration"]["publicIPAddressConfiguration"]
    addresses |= {"ipFamilies": ["IPv6", "IPv4"], "ipTags": [{"ipTagType": "t", "tag": "x"}]}
    body["taskSchedulingPolicy"]["jobDefaultOrder"] = "creationtime"
    return body


def read_back(version: str) -> dict[str, Any]:
    """What of `whole` is read back: secrets gone, some enums in another case, durations re-printed."""
    body = whole(version)
    body["vmSize"] = "standard_d2s_v3"
    body["resizeTimeout"] = "PT15M"
    body["taskSchedulingPolicy"]["nodeFillType"] = "Pack"
    body["startTask"]["userIdentity"] = {"username": "me"}
    del body["userAccounts"][0]["password"]
    machine = body["virtualMachineConfiguration"]
    machine["nodePlacementConfiguration"]["policy"] = "Zonal"
    machine["osDisk"]["caching"] = "ReadOnly"
    machine["securityProfile"]["securityType"] = "trustedlaunch"
    del machine["extensions"][0]["protectedSettings"]
    del body["mountConfiguration"][0]["azureBlobFileSystemConfiguration"]["sasKey"]
    del body["mountConfiguration"][2]["cifsMountConfiguration"]["password"]
    del body["mountConfiguration"][3]["azureFileShareConfiguration"]["accountKey"]
    addresses = body["networkConfiguration"]["publicIPAddressConfiguration"]
    addresses["provision"] = "UserManaged"
    if version == V2024:
        machine["osDisk"]["ephemeralOSDiskSettings"]["placement"] = "CacheDisk"
    else:
        addresses["ipFamilies"] = ["IPv4", "IPv6"]
    return body


@pytest.mark.parametrize("version", [V2024, V2025])
def test_a_whole_pool_is_read_back_as_the_service_does(emulator: EmulatorProcess, version: str) -> None:
    emulator.post("/pools", whole(version), version)
    pool = emulator.get("/pools/whole", version)
    expected = read_back(version)
    assert {name: pool[name] for name in expected} == expected


def test_a_pool_is_shown_in_the_words_of_the_version_that_asks(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", whole(V2024), V2024)
    new = emulator.get("/pools/whole", V2025)
    assert not {"certificateReferences", "resourceTags", "targetNodeCommunicationMode"} & set(new)
    assert new["taskSchedulingPolicy"] == {"jobDefaultOrder": "none", "nodeFillType": "Pack"}
    disks = new["virtualMachineConfiguration"]["dataDisks"]
    assert disks == [
        {"lun": 0, "caching": "readwrite", "diskSizeGB": 10, "managedDisk": {"storageAccountType": "premium_lrs"}}
    ]
    assert new["virtualMachineConfiguration"]["osDisk"]["ephemeralOSDiskSettings"] == {"placement": "cachedisk"}
    emulator.post("/pools", {**whole(V2025), "id": "other"}, V2025)
    old = emulator.get("/pools/other", V2024)
    assert old["certificateReferences"] == []
    assert old["taskSchedulingPolicy"] == {"nodeFillType": "Pack"}
    assert old["virtualMachineConfiguration"]["dataDisks"][0]["storageAccountType"] == "premium_lrs"
    assert "proxyAgentSettings" not in old["virtualMachineConfiguration"]["securityProfile"]
    assert "customerManagedKey" not in old["virtualMachineConfiguration"]["diskEncryptionConfiguration"]


ONLY_2024: list[tuple[str, Any]] = [
    ("certificateReferences", []),
    ("resourceTags", {}),
    ("targetNodeCommunicationMode", "default"),
]


@pytest.mark.parametrize(("name", "value"), ONLY_2024)
def test_what_only_the_older_version_knows_is_refused_by_the_newer(
    emulator: EmulatorProcess, name: str, value: Any
) -> None:
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, name: value}
    reply = emulator.call("POST", "/pools", pool, V2025)
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedProperty")
    assert values_of(reply.body)["PropertyName"] == name
    assert emulator.call("POST", "/pools", pool, V2024).status == 201
    assert emulator.call("PATCH", "/pools/p1", {name: value}, V2025).status == 400
    assert emulator.call("PATCH", "/pools/p1", {name: value}, V2024).status == 200


ONLY_2025: list[tuple[tuple[str, ...], Any]] = [
    (("taskSchedulingPolicy", "jobDefaultOrder"), "none"),
    (("virtualMachineConfiguration", "securityProfile", "proxyAgentSettings"), {}),
    (("virtualMachineConfiguration", "diskEncryptionConfiguration", "customerManagedKey"), {}),
    (("virtualMachineConfiguration", "osDisk", "managedDisk", "diskEncryptionSet"), {}),
    (("networkConfiguration", "publicIPAddressConfiguration", "ipFamilies"), ["IPv4"]),
    (("networkConfiguration", "publicIPAddressConfiguration", "ipTags"), []),
]


@pytest.mark.parametrize(("path", "value"), ONLY_2025, ids=[".".join(path) for path, _ in ONLY_2025])
def test_what_only_the_newer_version_knows_is_refused_by_the_older(
    emulator: EmulatorProcess, path: tuple[str, ...], value: Any
) -> None:
    body = whole(V2024)
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    reply = emulator.call("POST", "/pools", body, V2024)
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedProperty")
    assert values_of(reply.body)["PropertyName"] == ".".join(path)


def test_the_two_spellings_of_a_disk_s_storage_belong_to_their_versions(emulator: EmulatorProcess) -> None:
    for version, name, value in (
        (V2025, "storageAccountType", "premium_lrs"),
        (V2024, "managedDisk", {"storageAccountType": "premium_lrs"}),
    ):
        body = whole(version)
        body["virtualMachineConfiguration"]["dataDisks"] = [{"lun": 0, "diskSizeGB": 1, name: value}]
        assert emulator.call("POST", "/pools", body, version).status == 400
        del body["virtualMachineConfiguration"]["dataDisks"][0][name]
        assert emulator.call("POST", "/pools", {**body, "id": f"p{version[:4]}"}, version).status == 201


def test_disks_get_their_defaults(emulator: EmulatorProcess) -> None:
    machine = {**MACHINE, "osDisk": {}, "dataDisks": [{"lun": 3, "diskSizeGB": 1}], "windowsConfiguration": {}}
    emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": machine})
    found = emulator.get("/pools/p1")["virtualMachineConfiguration"]
    assert found["osDisk"] == {
        "ephemeralOSDiskSettings": {},
        "caching": "None",
        "managedDisk": {"storageAccountType": "standard_lrs"},
    }
    assert found["dataDisks"] == [
        {"lun": 3, "caching": "none", "diskSizeGB": 1, "managedDisk": {"storageAccountType": "standard_lrs"}}
    ]
    assert found["windowsConfiguration"] == {"enableAutomaticUpdates": True}


def test_a_network_gets_its_defaults(emulator: EmulatorProcess) -> None:
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "networkConfiguration": {}}
    emulator.post("/pools", pool)
    assert emulator.get("/pools/p1")["networkConfiguration"] == {
        "dynamicVNetAssignmentScope": "none",
        "enableAcceleratedNetworking": False,
    }


def test_automatic_scaling_gets_its_interval(emulator: EmulatorProcess) -> None:
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
    emulator.post("/pools", {**pool, "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0;"})
    found = emulator.get("/pools/p1")
    assert (found["autoScaleFormula"], found["autoScaleEvaluationInterval"]) == ("$TargetDedicatedNodes=0;", "PT15M")


def test_the_mode_of_communication_shows_once_there_are_nodes(emulator: EmulatorProcess) -> None:
    pool = {"vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}
    emulator.post("/pools", {**pool, "id": "p1"}, V2024)
    emulator.post("/pools", {**pool, "id": "p2", "targetNodeCommunicationMode": "classic"}, V2024)
    assert "currentNodeCommunicationMode" not in emulator.get("/pools/p1", V2024)
    emulator.settle()
    assert emulator.get("/pools/p1", V2024)["currentNodeCommunicationMode"] == "simplified"
    assert emulator.get("/pools/p2", V2024)["currentNodeCommunicationMode"] == "classic"
    assert "currentNodeCommunicationMode" not in emulator.get("/pools/p2", V2025)


def test_arm_ids_of_applications_are_read_back_whole_or_short(emulator: EmulatorProcess) -> None:
    references = [{"applicationId": "/subscriptions/x/applications/Blender"}, {"applicationId": "Tool"}]
    pool = {"vmSize": "a", "virtualMachineConfiguration": MACHINE, "applicationPackageReferences": references}
    emulator.post("/pools", {**pool, "id": "p1"})
    assert emulator.get("/pools/p1")["applicationPackageReferences"] == references
    emulator.switch("pool-application-ids", "short")
    emulator.post("/pools", {**pool, "id": "p2"})
    short = [{"applicationId": "Blender"}, {"applicationId": "Tool"}]
    assert emulator.get("/pools/p2")["applicationPackageReferences"] == short


def _changed(path: str, value: Any) -> dict[str, Any]:
    """A good pool with one thing changed; a path has names and indices joined by dots."""
    body = whole(V2025)
    *way, last = path.split(".")
    place: Any = body
    for name in way:
        place = place[int(name)] if name.isdecimal() else place[name]
    if value is None:
        del place[last]
    elif isinstance(place, list):
        place.append(value)
    else:
        place[last] = value
    return body


REFUSED: list[tuple[str, Any, str, str | None]] = [
    ("id", None, "MissingRequiredProperty", None),
    ("id", "", "InvalidPropertyValue", None),
    ("id", "x" * 65, "InvalidPropertyValue", None),
    ("id", "a b", "InvalidPropertyValue", None),
    ("id", "a:b", "InvalidPropertyValue", None),
    ("id", 7, "InvalidPropertyValue", None),
    ("colour", "red", "UnsupportedProperty", None),
    ("displayName", "x" * 1025, "InvalidPropertyValue", None),
    ("vmSize", None, "MissingRequiredProperty", None),
    ("virtualMachineConfiguration", None, "MissingRequiredProperty", None),
    ("virtualMachineConfiguration", [], "InvalidPropertyValue", None),
    ("virtualMachineConfiguration.nodeAgentSKUId", None, "MissingRequiredProperty", None),
    (
        "virtualMachineConfiguration.imageReference.sku",
        None,
        "MissingRequiredProperty",
        None,
    ),
    (
        "virtualMachineConfiguration.imageReference.virtualMachineImageId",
        GALLERY_IMAGE,
        "InvalidPropertyValue",
        "virtualMachineConfiguration.imageReference",
    ),
    (
        "virtualMachineConfiguration.imageReference",
        {},
        "InvalidPropertyValue",
        None,
    ),
    (
        "virtualMachineConfiguration.dataDisks.0.lun",
        64,
        "InvalidPropertyValue",
        "virtualMachineConfiguration.dataDisks[0].lun",
    ),
    (
        "virtualMachineConfiguration.dataDisks.1",
        {"lun": 0, "diskSizeGB": 1},
        "InvalidPropertyValue",
        "virtualMachineConfiguration.dataDisks[1].lun",
    ),
    ("virtualMachineConfiguration.licenseType", "Linux", "InvalidPropertyValue", None),
    ("virtualMachineConfiguration.containerConfiguration.type", "podman", "InvalidPropertyValue", None),
    (
        "virtualMachineConfiguration.extensions.0.settings",
        ["x"],
        "InvalidPropertyValue",
        "virtualMachineConfiguration.extensions[0].settings",
    ),
    ("resizeTimeout", "PT4M59S", "InvalidPropertyValue", None),
    ("resizeTimeout", "fifteen minutes", "InvalidPropertyValue", None),
    ("resizeTimeout", "P99999999D", "InvalidPropertyValue", None),
    ("resizeTimeout", 900, "InvalidPropertyValue", None),
    ("targetDedicatedNodes", -1, "InvalidPropertyValue", None),
    ("targetDedicatedNodes", 1.5, "InvalidPropertyValue", None),
    ("targetDedicatedNodes", True, "InvalidPropertyValue", None),
    ("targetDedicatedNodes", 2**31, "InvalidPropertyValue", None),
    ("enableAutoScale", True, "MissingRequiredProperty", "autoScaleFormula"),
    ("enableAutoScale", "yes", "InvalidPropertyValue", None),
    ("autoScaleFormula", "x", "InvalidAutoScalingSettings", None),
    ("autoScaleFormula", "x" * 8193, "AutoScalingFormulaTooLong", None),
    ("autoScaleEvaluationInterval", "PT15M", "InvalidAutoScalingSettings", None),
    ("autoScaleEvaluationInterval", "PT4M", "InvalidPropertyValue", None),
    ("autoScaleEvaluationInterval", "P7DT1S", "InvalidPropertyValue", None),
    ("startTask.commandLine", None, "MissingRequiredProperty", None),
    ("startTask.commandLine", "", "InvalidPropertyValue", None),
    ("startTask.maxTaskRetryCount", -2, "InvalidPropertyValue", None),
    (
        "startTask.userIdentity",
        {"username": "a", "autoUser": {}},
        "InvalidPropertyValue",
        "startTask.userIdentity.autoUser",
    ),
    (
        "startTask.userIdentity",
        {"autoUser": {"scope": "job"}},
        "InvalidPropertyValue",
        "startTask.userIdentity.autoUser.scope",
    ),
    ("startTask.resourceFiles.0.filePath", None, "InvalidPropertyValue", "startTask.resourceFiles[0].filePath"),
    ("startTask.resourceFiles.0.filePath", "a/../../x", "InvalidPropertyValue", "startTask.resourceFiles[0].filePath"),
    ("startTask.resourceFiles.0.blobPrefix", "x", "InvalidPropertyValue", "startTask.resourceFiles[0].blobPrefix"),
    ("startTask.resourceFiles.0.fileMode", "0888", "InvalidPropertyValue", "startTask.resourceFiles[0].fileMode"),
    (
        "startTask.resourceFiles.0.storageContainerUrl",
        SAS,
        "InvalidPropertyValue",
        "startTask.resourceFiles[0].httpUrl",
    ),
    (
        "startTask.resourceFiles.0.httpUrl",
        None,
        "InvalidPropertyValue",
        "startTask.resourceFiles[0].autoStorageContainerName",
    ),
    ("startTask.environmentSettings.0.name", None, "MissingRequiredProperty", "startTask.environmentSettings[0].name"),
    (
        "startTask.containerSettings.registry",
        {"username": "a", "identityReference": {"resourceId": "/x"}},
        "InvalidPropertyValue",
        "startTask.containerSettings.registry.identityReference",
    ),
    ("applicationPackageReferences", [{"applicationId": "a"}] * 11, "InvalidPropertyValue", None),
    ("taskSlotsPerNode", 257, "InvalidPropertyValue", None),
    ("taskSchedulingPolicy.nodeFillType", None, "MissingRequiredProperty", None),
    ("taskSchedulingPolicy.nodeFillType", "scatter", "InvalidPropertyValue", None),
    ("userAccounts.0.name", "x" * 21, "InvalidPropertyValue", "userAccounts[0].name"),
    ("userAccounts.0.password", None, "MissingRequiredProperty", "userAccounts[0].password"),
    (
        "userAccounts.0.linuxUserConfiguration",
        {"uid": 1},
        "MissingRequiredProperty",
        "userAccounts[0].linuxUserConfiguration.gid",
    ),
    ("metadata.0.value", None, "MissingRequiredProperty", "metadata[0].value"),
    ("metadata.0.name", "", "EmptyMetadataKey", "metadata[0].name"),
    ("mountConfiguration.4", {}, "InvalidPropertyValue", "mountConfiguration[4].azureBlobFileSystemConfiguration"),
    (
        "mountConfiguration.0.azureBlobFileSystemConfiguration.accountKey",
        "hunter2",
        "InvalidPropertyValue",
        "mountConfiguration[0].azureBlobFileSystemConfiguration.sasKey",
    ),
    ("upgradePolicy.mode", None, "MissingRequiredProperty", None),
    ("upgradePolicy.rollingUpgradePolicy.maxBatchInstancePercent", 4, "InvalidPropertyValue", None),
    (
        "upgradePolicy.rollingUpgradePolicy.maxUnhealthyInstancePercent",
        19,
        "InvalidPropertyValue",
        None,
    ),
    ("networkConfiguration.dynamicVNetAssignmentScope", "pool", "InvalidPropertyValue", None),
]
NAT = "networkConfiguration.endpointConfiguration.inboundNATPools"
REFUSED += [
    (f"{NAT}.0.backendPort", 29_876, "InvalidPropertyValue", f"{NAT}[0].backendPort"),
    (f"{NAT}.0.backendPort", 0, "InvalidPropertyValue", f"{NAT}[0].backendPort"),
    (f"{NAT}.0.frontendPortRangeEnd", 15_038, "InvalidPropertyValue", f"{NAT}[0].frontendPortRangeEnd"),
    (f"{NAT}.0.frontendPortRangeEnd", 50_000, "InvalidPropertyValue", f"{NAT}[0].frontendPortRangeStart"),
    (f"{NAT}.0.name", "x" * 78, "InvalidPropertyValue", f"{NAT}[0].name"),
    (f"{NAT}.0.name", "-ssh", "InvalidPropertyValue", f"{NAT}[0].name"),
    (f"{NAT}.1", {**NAT_POOL, "name": "SSH"}, "InvalidPropertyValue", f"{NAT}[1].name"),
    (f"{NAT}.1", {**NAT_POOL, "name": "b"}, "InvalidPropertyValue", f"{NAT}[1].backendPort"),
    (
        f"{NAT}.1",
        {**NAT_POOL, "name": "b", "backendPort": 23},
        "InvalidPropertyValue",
        f"{NAT}[1].frontendPortRangeStart",
    ),
    (f"{NAT}", [NAT_POOL] * 6, "InvalidPropertyValue", None),
    (
        f"{NAT}.0.networkSecurityGroupRules.0.priority",
        149,
        "InvalidPropertyValue",
        f"{NAT}[0].networkSecurityGroupRules[0].priority",
    ),
    (
        f"{NAT}.0.networkSecurityGroupRules",
        NAT_POOL["networkSecurityGroupRules"] * 26,
        "InvalidPropertyValue",
        f"{NAT}[0].networkSecurityGroupRules",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "code", "name"), REFUSED, ids=[f"{case[0]} {str(case[1])[:20]}" for case in REFUSED]
)
def test_a_pool_that_breaks_a_rule_is_refused_by_name(
    emulator: EmulatorProcess, path: str, value: Any, code: str, name: str | None
) -> None:
    reply = emulator.call("POST", "/pools", _changed(path, value))
    assert (reply.status, reply.body["code"]) == (400, code)
    values = values_of(reply.body)
    assert values["PropertyName"] == (name or path)
    assert code != "InvalidPropertyValue" or values["Reason"]
    assert emulator.get("/pools")["value"] == []


def test_nodes_are_not_targeted_where_scaling_is_automatic(emulator: EmulatorProcess) -> None:
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 0}
    reply = emulator.call("POST", "/pools", {**pool, "enableAutoScale": True, "autoScaleFormula": "x"})
    assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "targetDedicatedNodes")


@pytest.mark.parametrize("code", ["AutoScalingFormulaTooLong", "AutoScaleFormulaTooLong"])
def test_the_code_for_a_long_formula_has_two_spellings(emulator: EmulatorProcess, code: str) -> None:
    emulator.switch("autoscale-formula-too-long-code", code)
    pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "enableAutoScale": True}
    reply = emulator.call("POST", "/pools", {**pool, "autoScaleFormula": "x" * 8193})
    assert (reply.status, reply.body["code"]) == (400, code)


def test_the_code_for_an_unknown_property_is_a_switch(emulator: EmulatorProcess) -> None:
    emulator.switch("unknown-property-code", "InvalidRequestBody")
    reply = emulator.call("POST", "/pools", _changed("startTask.colour", "red"))
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")
    assert values_of(reply.body)["PropertyName"] == "startTask.colour"
