"""Two different values for every property of a resource, each in the smallest valid body around it.

Values follow from a property's shape; `VALUES` has them where a rule wants something special. A new field needs no
entry as long as what its shape gives is valid, which the tests of this module prove for each one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from azure_batch_provider.archives.source import ARCHIVE, ASSET, SIGNATURE
from azure_batch_provider.models.attribute import ABSENT, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import Path
from tests.generated.limits import item_limits, limits
from tests.generated.paths import ENTRY, Place, known, places, put, without
from tests.generated.settling import settle

ARM: Final = "/subscriptions/s/resourceGroups/g/providers"
IDENTITIES: Final = f"{ARM}/Microsoft.ManagedIdentity/userAssignedIdentities"
SUBNETS: Final = f"{ARM}/Microsoft.Network/virtualNetworks/n/subnets"
GALLERY_IMAGES: Final = f"{ARM}/Microsoft.Compute/galleries/g/images"


def archive_of(text: str) -> dict[str, Any]:
    """One of a file, as the engine sends it."""
    return {SIGNATURE: ARCHIVE, "assets": {"file": {SIGNATURE: ASSET, "text": text}}}


VALUES: Final[Mapping[str, tuple[Any, Any]]] = {
    "ApplicationPackage.source": (archive_of("one"), archive_of("two")),
    "ApplicationPackageReference.applicationId": (f"{ARM}/applications/blender", "ffmpeg"),
    "AutoPoolSpecification.poolLifetimeOption": ("job", "jobschedule"),
    "CertificateReference.thumbprintAlgorithm": ("sha1", ABSENT),
    "ExitCodeRangeMapping.end": (90, 91),
    "HostEndpointSettings.mode": ("Audit", "Enforce"),
    "InboundNatPool.backendPort": (22, 23),
    "InboundNatPool.frontendPortRangeEnd": (2000, 2001),
    "InboundNatPool.frontendPortRangeStart": (1000, 1001),
    "JobNetworkConfiguration.subnetId": (f"{SUBNETS}/one", f"{SUBNETS}/two"),
    "JobReleaseTask.maxWallClockTime": ("PT10M", "PT11M"),
    "NetworkConfiguration.subnetId": (f"{SUBNETS}/one", f"{SUBNETS}/two"),
    "NetworkSecurityGroupRule.sourcePortRanges": (["22"], ["23"]),
    "NodeIdentityReference.resourceId": (f"{IDENTITIES}/one", f"{IDENTITIES}/two"),
    "Pool.autoScaleFormula": ("$TargetDedicatedNodes = 1;", "$TargetDedicatedNodes = 2;"),
    "Pool.vmSize": ("standard_d2s_v3", "standard_d4s_v3"),
    "PoolProperties.triggers": (["one"], ["two"]),
    "PoolSpecification.vmSize": ("standard_d2s_v3", "standard_d4s_v3"),
    "ResourceFile.fileMode": ("0644", "0755"),
    "Rollout.maxUnavailable": ("3", "50%"),
    # Both want a second change, of the disk: the other value is tried there.
    "SecurityProfile.securityType": ("trustedLaunch", ABSENT),
    # A sweep is as small as it can be: what counts is where a value stands.
    "Sweep.taskIdFormat": (f"f-{{{ENTRY}}}", f"g-{{{ENTRY}}}"),
    "SweepParameter.end": (4, 5),
    "SweepParameter.start": (1, 2),
    "SweepParameter.step": (2, 3),
    "SweepParameter.values": (["one"], ["two"]),
    "TaskCollection.triggers": (["one"], ["two"]),
    "TaskIdRange.end": (90, 91),
    "Task.triggers": (["one"], ["two"]),
    "TaskSchedulingPolicy.nodeFillType": ("pack", "spread"),
    "VmImageReference.virtualMachineImageId": (f"{GALLERY_IMAGES}/one", f"{GALLERY_IMAGES}/two"),
}
"""By model and property; `ABSENT` where there is no second value."""
KEPT: Final = tuple(
    f"AzureBlobFileSystemConfiguration.{name}" for name in ("accountKey", "sasKey", "identityReference")
)
"""What the service insists on although Check does not, because an import never shows it."""


@dataclass(frozen=True)
class Sample:
    """A property with two values that mean different things, none of them its default or empty.

    Attributes:
        place: the property.
        path: what changes between the two bodies; of a list of scalars that is its first item.
        first, second: bodies that are valid, and differ just there; in `second` it may be absent. No second for what
            can only change by what is in it, such as a required object, or together with something else.
    """

    model: type[Model]
    version: str
    place: Place
    path: Path
    first: dict[str, Any]
    second: dict[str, Any] | None

    @property
    def name(self) -> str:
        """A name for a resource of a program: `resourceFiles-0-httpUrl`."""
        return "-".join(str(step) for step in self.path)

    def with_value(self, value: Any) -> dict[str, Any]:
        """The body with another value of the whole property; `ABSENT` removes it."""
        if value is ABSENT:
            return dict(without(self.first, self.place.path))
        return dict(put(self.first, self.place.path, value))

    def allows(self, value: Any) -> bool:
        """Whether the body is valid with another value of the whole property."""
        if value is ABSENT and f"{self.place.owner.__name__}.{self.place.path[-1]}" in KEPT:
            return False
        return not check(self.model, self.with_value(value), self.version).violations

    def bare(self) -> dict[str, Any]:
        """What means little or nothing: the service's default, and the empty form of the shape."""
        prop = self.place.prop
        found: dict[str, Any] = {}
        if prop.traits.default is not ABSENT:
            found["default"] = prop.traits.default
        empty = _EMPTY.get(prop.type.kind, "" if prop.type.kind not in ("integer", "boolean", "enum") else ABSENT)
        if empty is not ABSENT:
            found["empty"] = empty
        return found


_EMPTY: Final[Mapping[str, Any]] = {"list": [], "object": {}, "map": {}, "any": {}}


@cache
def samples(model: type[Model], version: str) -> tuple[Sample, ...]:
    """A sample for every property of a resource that an api-version knows."""
    return tuple(sample_of(model, version, place) for place in places(model, version))


def sample_of(model: type[Model], version: str, place: Place) -> Sample:
    first, second = pair(place.owner, place.path[-1], place.prop, version)
    path: Path = place.path
    if isinstance(first, list) and isinstance(second, list):
        path = (*path, 0)
    one = around(model, version, place.path, first)
    sample = Sample(model, version, place, path, one, None)
    return replace(sample, second=sample.with_value(second)) if sample.allows(second) else sample


def around(model: type[Model], version: str, path: Path, value: Any) -> dict[str, Any]:
    """The smallest valid object of a model that has this value at the path."""
    name = str(path[0])
    prop = model.properties()[name]
    if len(path) == 1:
        inner = value
    elif prop.type.model is not None:
        inner = around(prop.type.model, version, path[1:], value)
    else:
        assert prop.type.item is not None and prop.type.item.model is not None
        item = around(prop.type.item.model, version, path[2:], value)
        inner = {path[1]: item} if prop.type.kind == "map" else [item]
    return least(model, version, {name: inner})


def least(model: type[Model], version: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The smallest valid object of a model, beside what is given."""
    value = dict(given or {})
    for name, prop in known(model, version).items():
        if prop.required and name not in value:
            value[name] = pair(model, name, prop, version)[0]
    return settle(model, value)


def pair(model: type[Model], name: int | str, prop: Property, version: str) -> tuple[Any, Any]:
    """Two values of a property that mean something, and not the same; the second is `ABSENT` if there is only one."""
    special = VALUES.get(f"{model.__name__}.{name}")
    if special is not None:
        return special
    return _pair(prop.type, model, str(name), prop, version)


def _pair(field_type: FieldType, model: type[Model], name: str, prop: Property | None, version: str) -> tuple[Any, Any]:
    if field_type.model is not None:
        return telling(field_type.model, version), ABSENT
    if field_type.kind == "list" and field_type.item is not None:
        if field_type.item.model is not None:
            return [telling(field_type.item.model, version)], ABSENT
        one, other = _pair(field_type.item, model, name, None, version)
        return [one], ABSENT if other is ABSENT else [other]
    if field_type.kind == "map" and field_type.item is not None and field_type.item.model is not None:
        return {ENTRY: telling(field_type.item.model, version)}, ABSENT
    if field_type.kind in ("map", "any"):
        return {"tag": "one"}, {"tag": "two"}
    if field_type.enum is not None:
        values = [str(member.value) for member in field_type.enum]
        if prop is not None and prop.traits.default in values:
            values.sort(key=lambda value: value == prop.traits.default)
        return values[0], values[1] if len(values) > 1 else ABSENT
    if field_type.kind == "boolean":
        first = not prop.traits.default if prop is not None and isinstance(prop.traits.default, bool) else True
        return first, not first
    if field_type.kind == "integer":
        lowest = max(limits(model, name).ge or 0, 0)
        return lowest + 2, lowest + 3
    if field_type.kind == "duration":
        return "P5D", "P6D"  # long enough for a job to outlive its test
    if field_type.kind == "time":
        return "2099-01-31T18:00:00Z", "2099-02-01T18:00:00Z"
    if field_type.kind == "url":
        return "https://files.blob.core.windows.net/one", "https://files.blob.core.windows.net/two"
    longest = (limits(model, name) if prop is not None else item_limits(model, name)).max_length or 100
    return f"{name}-one"[-longest:].lstrip("-"), f"{name}-two"[-longest:].lstrip("-")


def telling(model: type[Model], version: str) -> dict[str, Any]:
    """The smallest valid object of a model that means something: no default, and not empty."""
    value = least(model, version)
    if any(inner.required for inner in model.properties().values()) or model.__name__ in _TELLING_BY_THEMSELVES:
        return value
    name, prop = next(iter(known(model, version).items()))
    return least(model, version, {name: pair(model, name, prop, version)[0]})


_TELLING_BY_THEMSELVES: Final = ("ResourceFile", "MountConfiguration", "VmImageReference", "PoolInfo")
