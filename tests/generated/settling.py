"""Makes an object keep the rules that relate its fields, whatever was put into it: bodies are steered, not filtered.

Each model that has such rules has a function here. It changes a fresh object in place: where fields exclude each other
the one that was put in first stays, and what a field needs beside it is added. Every value by itself is right already.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import texts
from azure_batch_provider.values.durations import parse_duration
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.template import parse

Settler = Callable[[dict[str, Any]], None]

IMAGE: Final = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
MACHINE: Final = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
WINDOWS: Final = {**MACHINE, "nodeAgentSKUId": "batch.node.windows amd64"}
_GALLERIES: Final = ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")


def settle(model: type[Model], value: dict[str, Any]) -> dict[str, Any]:
    """The object itself, with its fields in harmony."""
    settler = SETTLERS.get(model.__name__)
    if settler is not None:
        settler(value)
    return value


def settled(field_type: FieldType, value: Any) -> bool:
    """Whether every object in a value is one that its settler would leave as it is."""
    if field_type.model is not None and isinstance(value, Mapping):
        inner = field_type.model.properties()
        told = {name: item for name, item in value.items() if item is not None}
        at_home = settle(field_type.model, copy.deepcopy(told)) == told
        return at_home and all(settled(inner[name].type, item) for name, item in told.items())
    if field_type.item is not None and isinstance(value, (list, dict)):
        items = value if isinstance(value, list) else value.values()
        return all(settled(field_type.item, item) for item in items)
    return True


def _first_of(value: dict[str, Any], names: tuple[str, ...], otherwise: Mapping[str, Any]) -> None:
    """Exactly one stays, the first; none is there: the other one is added."""
    there = [name for name in value if name in names]
    for name in there[1:]:
        del value[name]
    if not there:
        value.update(otherwise)


def _excludes(value: dict[str, Any], one: str, other: str) -> None:
    """The later one of the two goes."""
    there = [name for name in value if name in (one, other)]
    if len(there) == 2:
        del value[there[1]]


def _resource_file(value: dict[str, Any]) -> None:
    _excludes(value, "httpUrl", "blobPrefix")
    sources = ("autoStorageContainerName", "storageContainerUrl", "httpUrl")
    _first_of(value, sources, {"autoStorageContainerName": "files"})
    if "httpUrl" in value:
        value.setdefault("filePath", "file")


def _registry(value: dict[str, Any]) -> None:
    _excludes(value, "identityReference", "username")
    _excludes(value, "identityReference", "password")
    if "password" in value:
        value.setdefault("username", "user")


def _range(value: dict[str, Any]) -> None:
    value["end"] = max(value["start"], value["end"])


def _task(value: dict[str, Any]) -> None:
    if value.get("requiredSlots") != 1:
        _excludes(value, "multiInstanceSettings", "requiredSlots")


def _collection(value: dict[str, Any]) -> None:
    if value.get("tasks") is None and value.get("sweep") is None:
        value["tasks"] = {"t": {}}
    defaults = dict(value.get("defaults") or {})
    tasks = {name: dict(task) for name, task in (value.get("tasks") or {}).items()}
    sweep = dict(value.get("sweep") or {})
    if sweep:
        sweep["task"] = dict(sweep["task"])
    if sweep and tasks:  # with ids that no map has
        names = "-".join(f"{{{name}}}" for name in sorted(sweep["parameters"]))
        sweep["taskIdFormat"] = f"s_{names}"
    for task in (*tasks.values(), *([sweep["task"]] if sweep else [])):
        if defaults.get("commandLine") is None and task.get("commandLine") is None:
            task["commandLine"] = "run"
        whole = {**defaults, **{name: item for name, item in task.items() if item is not None}}
        if whole.get("requiredSlots") not in (None, 1) and whole.get("multiInstanceSettings") is not None:
            defaults.pop("multiInstanceSettings", None)
            _drop(task, "multiInstanceSettings")
    found = {"defaults": defaults, "tasks": tasks, "sweep": sweep}
    value.update({name: item for name, item in found.items() if value.get(name) is not None})


def _sweep(value: dict[str, Any]) -> None:
    names = set(value["parameters"])
    format = value.get("taskIdFormat")
    if format is not None and parse(format).names == names:
        return
    used = {name for text in texts(TaskBody, value["task"]) for name in parse(text.text).names}
    shown = "-".join(f"{{{name}}}" for name in sorted(names))
    if format is not None or (used != names and "commandLine" in value["task"]):
        value["taskIdFormat"] = f"f-{shown}"
    elif used != names:
        value["task"] = {**value["task"], "commandLine": f"run {shown}"}


def _parameter(value: dict[str, Any]) -> None:
    first = next(iter(value), "start")
    if first == "values":
        _drop(value, "start", "end", "step")
        return
    _drop(value, "values")
    start = value.setdefault("start", 1)
    end, step = value.setdefault("end", start + 2), value.get("step") or 1
    if (end - start) * step < 0:
        value["start"], value["end"] = end, start


def _job(value: dict[str, Any]) -> None:
    if "jobReleaseTask" in value:
        value.setdefault("jobPreparationTask", {"commandLine": "prepare"})
    if value.get("maxParallelTasks") == 0:
        value["maxParallelTasks"] = 1
    seen: set[str] = set()
    for name, own in (
        ("jobManagerTask", ""),
        ("jobPreparationTask", "jobpreparation"),
        ("jobReleaseTask", "jobrelease"),
    ):
        if name in value:
            if (value[name].get("id") or own).casefold() in {
                *seen,
                *({"jobrelease"} if name != "jobReleaseTask" else ()),
            }:
                value[name] = {**value[name], "id": f"own-{name}"}
            seen.add((value[name].get("id") or own).casefold())


def _schedule(value: dict[str, Any]) -> None:
    for name in ("startWindow", "recurrenceInterval"):
        if name in value and parse_duration(value[name]) < parse_duration("PT1M"):
            value[name] = "PT1M"
    until, after = (parse_instant(value.get(name, "")) for name in ("doNotRunUntil", "doNotRunAfter"))
    if until is not None and after is not None and after <= until:
        _excludes(value, "doNotRunUntil", "doNotRunAfter")


def _pool(value: dict[str, Any]) -> None:
    on_windows = any("windowsUserConfiguration" in account for account in value.get("userAccounts", ()))
    value.setdefault("virtualMachineConfiguration", WINDOWS if on_windows else MACHINE)
    formula, targets = (
        ("autoScaleFormula", "autoScaleEvaluationInterval"),
        ("targetDedicatedNodes", "targetLowPriorityNodes"),
    )
    first = next((name for name in value if name in (*formula, *targets, "enableAutoScale")), "")
    if first in formula or (first == "enableAutoScale" and value[first]):
        value["enableAutoScale"] = True
        value.setdefault("autoScaleFormula", "$TargetDedicatedNodes = 1;")
        _drop(value, *targets)
    else:
        _drop(value, *formula)
        if value.get("enableAutoScale"):
            del value["enableAutoScale"]
    _upgrades(value)


def _upgrades(value: dict[str, Any]) -> None:
    policy = value.get("upgradePolicy", {})
    machine = dict(value["virtualMachineConfiguration"])
    if (policy.get("automaticOSUpgradePolicy") or {}).get("enableAutomaticOSUpgrade"):
        machine.pop("windowsConfiguration", None)
    if "enableCrossZoneUpgrade" in (policy.get("rollingUpgradePolicy") or {}):
        machine["nodePlacementConfiguration"] = {"policy": "zonal"}
    value["virtualMachineConfiguration"] = machine


def _drop(value: dict[str, Any], *names: str) -> None:
    for name in names:
        value.pop(name, None)


def _rolling(value: dict[str, Any]) -> None:
    batch, unhealthy = "maxBatchInstancePercent", "maxUnhealthyInstancePercent"
    if batch in value and unhealthy in value:
        value[unhealthy] = max(value[batch], value[unhealthy])


def _image(value: dict[str, Any]) -> None:
    first = next(iter(value), "")
    for name in [name for name in value if name != first and (first in _GALLERIES or name in _GALLERIES)]:
        del value[name]
    if first not in _GALLERIES:
        for name, text in IMAGE.items():
            value.setdefault(name, text)


def _machine(value: dict[str, Any]) -> None:
    disk = value.get("osDisk") or {}
    encrypted = bool(((disk.get("managedDisk") or {}).get("securityProfile") or {}).get("securityEncryptionType"))
    kind = ((value.get("securityProfile") or {}).get("securityType") or "").casefold()
    if encrypted and kind != "confidentialvm":
        value["securityProfile"] = {**(value.get("securityProfile") or {}), "securityType": "confidentialvm"}
    elif kind == "confidentialvm" and not encrypted:
        profile = {"securityEncryptionType": "VMGuestStateOnly"}
        value["osDisk"] = {**disk, "managedDisk": {**(disk.get("managedDisk") or {}), "securityProfile": profile}}


def _security(value: dict[str, Any]) -> None:
    if "uefiSettings" in value:
        value.setdefault("securityType", "trustedLaunch")


def _encryption(value: dict[str, Any]) -> None:
    targets = value.get("targets", [])
    if "customerManagedKey" in value and "osdisk" not in {target.casefold() for target in targets}:
        value["targets"] = [*targets, "osdisk"]


def _host_endpoint(value: dict[str, Any]) -> None:
    if value.get("mode", "").casefold() == "enforce":
        _excludes(value, "mode", "inVMAccessControlProfileReferenceId")


def _linux_user(value: dict[str, Any]) -> None:
    if "uid" in value or "gid" in value:
        value.setdefault("uid", 1000)
        value.setdefault("gid", 1000)


def _blob_files(value: dict[str, Any]) -> None:
    _first_of(value, ("accountKey", "sasKey", "identityReference"), {"accountKey": "a2V5"})


def _mount(value: dict[str, Any]) -> None:
    kinds = (
        "azureBlobFileSystemConfiguration",
        "nfsMountConfiguration",
        "cifsMountConfiguration",
        "azureFileShareConfiguration",
    )
    _first_of(value, kinds, {"nfsMountConfiguration": {"source": "nfs:/data", "relativeMountPath": "nfs"}})


def _nat_pool(value: dict[str, Any]) -> None:
    start = value["frontendPortRangeStart"]
    if 49961 <= start <= 55000 or start > 65495:
        start = value["frontendPortRangeStart"] = 1000
    highest = 49999 if start < 50000 else 65534
    value["frontendPortRangeEnd"] = min(max(value["frontendPortRangeEnd"], start + 39), highest)
    if value["backendPort"] in (29876, 29877):
        value["backendPort"] = 22


def _endpoints(value: dict[str, Any]) -> None:
    kept: list[dict[str, Any]] = []
    priorities: set[int] = set()
    for pool in value["inboundNATPools"]:
        start, end = pool["frontendPortRangeStart"], pool["frontendPortRangeEnd"]
        if any(
            pool["backendPort"] == other["backendPort"]
            or (start <= other["frontendPortRangeEnd"] and end >= other["frontendPortRangeStart"])
            for other in kept
        ):
            continue
        rules = pool.get("networkSecurityGroupRules")
        if rules:
            pool = {**pool, "networkSecurityGroupRules": [r for r in rules if r["priority"] not in priorities]}
            priorities |= {rule["priority"] for rule in rules}
        kept.append(pool)
    value["inboundNATPools"] = kept


def _addresses(value: dict[str, Any]) -> None:
    # The service's answer to addresses of one's own without this is not known; the emulator refuses them.
    if "ipAddressIds" in value:
        value["provision"] = "usermanaged"


def _network(value: dict[str, Any]) -> None:
    provision = (value.get("publicIPAddressConfiguration") or {}).get("provision") or ""
    if provision.casefold() == "nopublicipaddresses":
        _excludes(value, "publicIPAddressConfiguration", "endpointConfiguration")


SETTLERS: Final[Mapping[str, Settler]] = {
    "AzureBlobFileSystemConfiguration": _blob_files,
    "ContainerRegistryReference": _registry,
    "DiskEncryptionConfiguration": _encryption,
    "ExitCodeRangeMapping": _range,
    "HostEndpointSettings": _host_endpoint,
    "InboundNatPool": _nat_pool,
    "Job": _job,
    "JobSpecification": _job,
    "LinuxUserConfiguration": _linux_user,
    "MountConfiguration": _mount,
    "NetworkConfiguration": _network,
    "PoolEndpointConfiguration": _endpoints,
    "PoolInfo": lambda value: _first_of(value, ("poolId", "autoPoolSpecification"), {"poolId": "poolId"}),
    "Pool": _pool,
    "PoolSpecification": _pool,
    "PublicIpAddressConfiguration": _addresses,
    "ResourceFile": _resource_file,
    "RollingUpgradePolicy": _rolling,
    "Schedule": _schedule,
    "SecurityProfile": _security,
    "Sweep": _sweep,
    "SweepParameter": _parameter,
    "Task": _task,
    "TaskBody": _task,
    "TaskCollection": _collection,
    "TaskIdRange": _range,
    "UserIdentity": lambda value: _first_of(value, ("username", "autoUser"), {"autoUser": {}}),
    "VirtualMachineConfiguration": _machine,
    "VmImageReference": _image,
}
