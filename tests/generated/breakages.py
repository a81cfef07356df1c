"""Breaks one rule in a valid body, and says where a failure must be told.

What follows from a field's type, limits and traits is derived from the models; `RULES` has what relates fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import API_2024, API_2025, Model
from azure_batch_provider.values.paths import Path
from tests.generated.limits import Limits, item_limits, limits
from tests.generated.paths import put, without
from tests.generated.samples import pair

SECRET: Final = "pl4nted-s3cret"
"""Stands in every broken value that is a text: no reason may repeat it."""


@dataclass(frozen=True)
class Breakage:
    """A body with one broken rule, and the path of the failure."""

    rule: str
    body: dict[str, Any]
    path: Path


def breakages(model: type[Model], version: str, body: Mapping[str, Any]) -> list[Breakage]:
    """Every way to break one rule in a valid body, anywhere in it."""
    return list(_of_object(model, version, dict(body), body, ()))


def _of_object(
    model: type[Model], version: str, whole: dict[str, Any], value: Mapping[str, Any], above: Path
) -> Iterator[Breakage]:
    def broken(rule: str, name: str, new: Any, at: Path = ()) -> Breakage:
        return Breakage(f"{model.__name__}.{name}: {rule}", put(whole, (*above, name), new), (*above, name, *at))

    yield broken("a name that is not known", "colour", 1)
    for name, prop in model.properties().items():
        if prop.traits.only not in (None, version):
            other = API_2024 if version == API_2025 else API_2025
            yield broken("known to the other api-version", name, pair(model, name, prop, other)[0])
            continue
        path = (*above, name)
        if prop.required and name in value:
            yield Breakage(f"{model.__name__}.{name}: missing", without(whole, path), path)
        yield broken("a near miss of a name", f"{name}_", 1)
        for rule, wrong in _wrong(prop.type, limits(model, name)):
            yield broken(rule, name, wrong)
        yield from _items(model, name, prop, broken)
        old = value.get(name)
        if prop.type.model is not None and isinstance(old, Mapping):
            yield from _of_object(prop.type.model, version, whole, old, path)
        if prop.type.item is not None and prop.type.item.model is not None and old is not None:
            items = list(old.items() if isinstance(old, Mapping) else enumerate(old))
            for step, item in items:
                yield from _of_object(prop.type.item.model, version, whole, item, (*path, step))
            if isinstance(old, Mapping) and items:
                for wrong in ("a b!", "x" * 65):
                    yield broken("a name that is none", name, {**old, wrong: items[0][1]}, (wrong,))
    for breaks in RULES.get(model.__name__, ()):
        found = breaks(dict(value), version)
        if found is not None:
            what, new, at = found
            yield Breakage(f"{model.__name__}: {what}", put(whole, above, new), (*above, *at))


def _items(model: type[Model], name: str, prop: Property, broken: Callable[..., Breakage]) -> Iterator[Breakage]:
    item = prop.type.item
    if item is None or item.model is not None or prop.type.kind != "list":
        return
    for rule, wrong in _wrong(item, item_limits(model, name)):
        yield broken(f"an item: {rule}", name, [wrong], (0,))


def _wrong(field_type: FieldType, found: Limits) -> Iterator[tuple[str, Any]]:
    """Values that a field cannot have by itself."""
    wrong: Any = {"list": {"a": SECRET}, "integer": SECRET, "boolean": SECRET, "map": SECRET, "object": SECRET}.get(
        field_type.kind, [SECRET]
    )
    if field_type.kind != "any":
        yield "of another type", wrong
    if field_type.enum is not None:
        yield "none of the values", SECRET
    if field_type.kind == "integer":
        yield "a fraction", 1.5
        yield "too large", (found.le if found.le is not None else 2**31 - 1) + 1
        yield "too small", (found.ge if found.ge is not None else -(2**31)) - 1
    if field_type.kind == "duration":
        for text in (SECRET, "-PT1H", "P", "P1W", "PT", "PT1X", "P99999999D", "1:00"):
            yield f"no duration {text[:9]}", text
    if found.max_length is not None and field_type.kind not in ("list", "map"):
        yield "too long", SECRET + "x" * (found.max_length + 1 - len(SECRET))
    if found.min_length and field_type.kind not in ("list", "map"):
        yield "empty", ""
    if found.pattern is not None:
        yield "other characters", "a b!"


Rule = Callable[[dict[str, Any], str], "tuple[str, dict[str, Any], Path] | None"]


def _beside(what: str, path: Path, added: Mapping[str, Any], *unless: str) -> Rule:
    """The object with these fields added, or in the place of others, breaks a rule at the path."""

    def rule(value: dict[str, Any], version: str) -> tuple[str, dict[str, Any], Path] | None:
        return None if any(name in value for name in unless) else (what, {**value, **added}, path)

    return rule


def _twice(what: str, name: str, key: str) -> Rule:
    """A list with its first item twice breaks a rule at the second one's key."""

    def rule(value: dict[str, Any], version: str) -> tuple[str, dict[str, Any], Path] | None:
        items = value.get(name)
        if not items or items[0].get(key) is None:
            return None
        return what, {**value, name: [*items, items[0]]}, (name, len(items), key)

    return rule


def _only(what: str, path: Path, value: Mapping[str, Any]) -> Rule:
    """This object breaks a rule at the path, whatever else was there."""
    return lambda old, version: (what, dict(value), path)


def _placeholder(what: str, text: str) -> Rule:
    """A text of a sweep's task that is not the template it should be."""

    def rule(value: dict[str, Any], version: str) -> tuple[str, dict[str, Any], Path] | None:
        return what, {**value, "task": {**value["task"], "displayName": text}}, ("task", "displayName")

    return rule


def _parameter(what: str, added: Mapping[str, Any], path: Path) -> Rule:
    """One more parameter breaks a rule at the path."""
    return lambda value, version: (what, {**value, "parameters": {**value["parameters"], **added}}, path)


def _only_format(value: dict[str, Any], version: str) -> tuple[str, dict[str, Any], Path] | None:
    """Two tasks of one id."""
    parameters = {"n": {"values": ["a", "A"]}}
    return "one id for two tasks", {"task": {}, "parameters": parameters, "taskIdFormat": "{n}"}, ("taskIdFormat",)


_IDENTITY: Final = {"resourceId": "i"}
_URL: Final = "https://h/c"
_FILE: Final = {"httpUrl": _URL, "filePath": "f"}
_IMAGE: Final = {"publisher": "p", "offer": "o", "sku": "s"}

_JOB: Final[tuple[Rule, ...]] = (
    _beside("no parallel tasks", ("maxParallelTasks",), {"maxParallelTasks": 0}),
    _beside(
        "a release without preparation",
        ("jobPreparationTask",),
        {"jobReleaseTask": {"commandLine": "x"}, "jobPreparationTask": None},
    ),
    _beside(
        "one id for two tasks",
        ("jobPreparationTask", "id"),
        {
            "jobManagerTask": {"id": "one", "commandLine": "x"},
            "jobPreparationTask": {"id": "ONE", "commandLine": "x"},
        },
    ),
)
_POOL: Final[tuple[Rule, ...]] = (
    _beside("a formula without scaling", ("autoScaleFormula",), {"autoScaleFormula": "x", "enableAutoScale": False}),
    _beside("scaling without a formula", ("autoScaleFormula",), {"enableAutoScale": True, "autoScaleFormula": None}),
    _beside("too short a time", ("resizeTimeout",), {"resizeTimeout": "PT4M59S"}),
    _beside("no machine", ("virtualMachineConfiguration",), {"virtualMachineConfiguration": None}),
)
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "AwaitCompletion": (_beside("no time at all", ("timeout",), {"timeout": "PT0S"}),),
    "CertificateReference": (_beside("another algorithm", ("thumbprintAlgorithm",), {"thumbprintAlgorithm": "md5"}),),
    "ContainerRegistryReference": (
        _only("two ways to log in", ("identityReference",), {"username": "u", "identityReference": _IDENTITY}),
        _only("a password alone", ("username",), {"password": SECRET}),
    ),
    "DiskEncryptionConfiguration": (
        _only("a key without the disk", ("targets",), {"customerManagedKey": {}, "targets": ["temporarydisk"]}),
    ),
    "ExitCodeRangeMapping": (_beside("backwards", ("end",), {"start": 9, "end": 8}),),
    "InboundNatPool": (
        _beside("the service's port", ("backendPort",), {"backendPort": 29876}),
        _beside(
            "too few ports", ("frontendPortRangeEnd",), {"frontendPortRangeStart": 1000, "frontendPortRangeEnd": 1038}
        ),
        _beside(
            "the service's ports",
            ("frontendPortRangeStart",),
            {"frontendPortRangeStart": 49990, "frontendPortRangeEnd": 50100},
        ),
        _beside("a name that ends in a dot", ("name",), {"name": f"{SECRET}."}),
    ),
    "Job": _JOB,
    "JobReleaseTask": (_beside("too long a time", ("maxWallClockTime",), {"maxWallClockTime": "PT16M"}),),
    "JobSpecification": _JOB,
    "LinuxUserConfiguration": (_only("a user without a group", ("gid",), {"uid": 1}),),
    "MountConfiguration": (
        _only("no file system", (), {}),
        _only(
            "two file systems",
            ("nfsMountConfiguration",),
            {
                "azureBlobFileSystemConfiguration": {
                    "accountName": "a",
                    "containerName": "c",
                    "accountKey": SECRET,
                    "relativeMountPath": "m",
                },
                "nfsMountConfiguration": {"source": "s", "relativeMountPath": "m"},
            },
        ),
    ),
    "NetworkSecurityGroupRule": (
        _beside("no port", ("sourcePortRanges", 0), {"sourcePortRanges": [SECRET]}),
        _beside("ports twice", ("sourcePortRanges", 1), {"sourcePortRanges": ["1-5", "5"]}),
    ),
    "Pool": _POOL,
    "PoolEndpointConfiguration": (_twice("a name twice", "inboundNATPools", "name"),),
    "PoolInfo": (
        _only("no pool", (), {}),
        _only(
            "two pools",
            ("autoPoolSpecification",),
            {"poolId": "p", "autoPoolSpecification": {"poolLifetimeOption": "job"}},
        ),
    ),
    "PoolProperties": (
        _beside(
            "eleven packages",
            ("applicationPackageReferences",),
            {"applicationPackageReferences": [{"applicationId": f"a{number}"} for number in range(11)]},
        ),
    ),
    "PoolSpecification": _POOL,
    "ResourceFile": (
        _only("no source", (), {"filePath": "f"}),
        _only("two sources", ("httpUrl",), {**_FILE, "autoStorageContainerName": "c"}),
        _only("no name", ("filePath",), {"httpUrl": _URL}),
        _only("a prefix of a file", ("blobPrefix",), {**_FILE, "blobPrefix": "p"}),
        _only("a path that escapes", ("filePath",), {"httpUrl": _URL, "filePath": f"a/../../{SECRET}"}),
        _only("an absolute path", ("filePath",), {"httpUrl": _URL, "filePath": f"/{SECRET}"}),
        _only("no URL", ("httpUrl",), {"httpUrl": SECRET, "filePath": "f"}),
        _only("no file mode", ("fileMode",), {**_FILE, "fileMode": "0999"}),
    ),
    "RollingUpgradePolicy": (
        _beside(
            "a batch too large",
            ("maxBatchInstancePercent",),
            {"maxBatchInstancePercent": 21, "maxUnhealthyInstancePercent": 20},
        ),
    ),
    "Rollout": (_beside("no time at all", ("timeout",), {"timeout": "PT0S"}),),
    "Schedule": (
        _beside("too short a window", ("startWindow",), {"startWindow": "PT59S"}),
        _beside("too often", ("recurrenceInterval",), {"recurrenceInterval": "PT59S"}),
        _beside(
            "an end before the beginning",
            ("doNotRunAfter",),
            {"doNotRunUntil": "2099-01-02T00:00:00Z", "doNotRunAfter": "2099-01-01T00:00:00Z"},
        ),
    ),
    "Sweep": (
        _placeholder("no such parameter", "{colour}"),
        _placeholder("a brace alone", "run {"),
        _parameter("never used", {"unused": {"start": 1, "end": 2}}, ("parameters", "unused")),
        _parameter("too many tasks", {"unused": {"start": 1, "end": 100_001}}, ("parameters",)),
        _parameter("no values", {"unused": {}}, ("parameters", "unused")),
        _beside("an id that is none", ("taskIdFormat",), {"taskIdFormat": f"{SECRET} !"}),
        _only_format,
    ),
    "SweepParameter": (
        _only("no values", (), {}),
        _only("no end", ("end",), {"start": 1}),
        _only("no start", ("start",), {"end": 1}),
        _only("two ways to say values", ("values",), {"start": 1, "end": 2, "values": [SECRET]}),
        _only("no step", ("step",), {"start": 1, "end": 2, "step": 0}),
        _only("no number", ("end",), {"start": 2, "end": 1}),
        _only("no value", ("values", 0), {"values": [{"a": SECRET}]}),
    ),
    "Task": (
        _beside(
            "slots of a multi-instance task",
            ("requiredSlots",),
            {"requiredSlots": 2, "multiInstanceSettings": {"coordinationCommandLine": "x"}},
        ),
    ),
    "TaskCollection": (
        _beside("no tasks", (), {"tasks": None, "sweep": None}),
        _beside("no command", ("tasks", "bare", "commandLine"), {"tasks": {"bare": {}}, "defaults": {}, "sweep": None}),
        _beside(
            "one id in two cases",
            ("tasks", "id"),
            {"tasks": {"id": {"commandLine": "x"}, "ID": {"commandLine": "x"}}, "sweep": None},
        ),
        _beside(
            "slots of a multi-instance task",
            ("tasks", "both", "requiredSlots"),
            {
                "tasks": {"both": {"requiredSlots": 2, "commandLine": "x"}},
                "defaults": {"multiInstanceSettings": {"coordinationCommandLine": "x"}},
            },
        ),
        _beside(
            "an id of the map and of the sweep",
            ("tasks", "X1"),
            {
                "tasks": {"X1": {"commandLine": "x"}},
                "defaults": {},
                "sweep": {
                    "task": {"commandLine": "x"},
                    "parameters": {"n": {"start": 1, "end": 2}},
                    "taskIdFormat": "x{n}",
                },
            },
        ),
        _beside(
            "ids that are one number to a range",
            ("tasks", "01"),
            {
                "tasks": {
                    "1": {"commandLine": "x", "dependsOn": {"taskIdRanges": [{"start": 1, "end": 2}]}},
                    "01": {"commandLine": "x"},
                },
                "defaults": {},
                "sweep": None,
            },
        ),
    ),
    "TaskContainerSettings": (_twice("a mount twice", "containerHostBatchBindMounts", "source"),),
    "TaskDependencies": (
        _beside("too many ids", ("taskIds",), {"taskIds": [f"{number:064}" for number in range(1001)]}),
    ),
    "TaskIdRange": (_beside("backwards", ("end",), {"start": 9, "end": 8}),),
    "UserIdentity": (
        _only("no user", (), {}),
        _only("two users", ("autoUser",), {"username": "u", "autoUser": {}}),
    ),
    "VirtualMachineConfiguration": (_twice("a lun twice", "dataDisks", "lun"),),
    "VmImageReference": (
        _only("no image", (), {}),
        _only("two images", ("publisher",), {"virtualMachineImageId": "i", **_IMAGE}),
        _only("half an image", ("sku",), {"publisher": "p", "offer": "o"}),
    ),
}
"""By model: rules that relate its fields, each as a function that breaks it."""
