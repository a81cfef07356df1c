"""The virtual machine configuration of a pool: images, disks, containers, extensions, security."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.arm_ids import GalleryImageId
from batch_emulator.bodies.common import Registry, Word, Words
from batch_emulator.bodies.images import is_offered
from batch_emulator.bodies.shapes import AnyObject, Array, Bool, Enum, Integer, Prop, Shape, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.versions import V2024, V2025

GALLERY_IDS = ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")
MARKETPLACE = ("publisher", "offer", "sku", "version")
STORAGE_TYPES = ("standard_lrs", "premium_lrs", "standardssd_lrs")


def _one_image(sent: dict[str, Any], path: str, context: Context) -> None:
    """The service names no value when it refuses an image reference."""
    galleries = [name for name in GALLERY_IDS if name in sent]
    market = [name for name in MARKETPLACE if name in sent]
    if len(galleries) > 1 or (galleries and market) or not (galleries or market):
        reason = f"The image is given by {', '.join(MARKETPLACE)}, or by exactly one of {', '.join(GALLERY_IDS)}."
        raise invalid_property(path, reason)
    if market:
        for name in ("publisher", "offer", "sku"):
            if name not in sent:
                raise ServiceError("MissingRequiredProperty", [("PropertyName", at(path, name))])
        sent.setdefault("version", "latest")
        unknown = not is_offered(sent["publisher"], sent["offer"], sent["sku"])
        if unknown and context.switches.text("images") == "offered":
            raise invalid_property(path, "The service does not offer this image.")


ImageReference = Shape(
    (
        Prop("publisher", Word),
        Prop("offer", Word),
        Prop("sku", Word),
        Prop("version", Word),
        Prop("virtualMachineImageId", GalleryImageId),
        Prop("exactVersion", Word, kept=False),
        Prop("sharedGalleryImageId", Word),
        Prop("communityGalleryImageId", Word),
    ),
    rules=(_one_image,),
)

DiskSecurity = Shape(
    (
        Prop(
            "securityEncryptionType",
            Enum("DiskWithVMGuestState", "NonPersistedTPM", "VMGuestStateOnly"),
        ),
    )
)

ManagedDisk = Shape(
    (
        Prop("diskEncryptionSet", Shape((Prop("id", Words),)), versions=(V2025,)),
        Prop("storageAccountType", Enum(*STORAGE_TYPES), default="standard_lrs"),
        Prop("securityProfile", DiskSecurity),
    )
)


class DataDisk(Shape):
    """One disk, two spellings: 2024-07-01.20.0 has the storage type on the disk itself, 2025-06-01 in `managedDisk`."""

    def accept(self, value: Any, path: str, context: Context) -> dict[str, Any]:
        disk = super().accept(value, path, context)
        if context.version == V2024:
            disk["managedDisk"] = {"storageAccountType": disk.pop("storageAccountType", "standard_lrs")}
        return disk

    def show(self, value: Any, version: str) -> dict[str, Any]:
        if version == V2024:
            value = {**value, "storageAccountType": value["managedDisk"].get("storageAccountType", "standard_lrs")}
        return super().show(value, version)


DATA_DISK = DataDisk(
    (
        Prop("lun", Integer(0, 63), required=True),
        Prop("caching", Enum("none", "readonly", "readwrite"), default="none"),
        Prop("diskSizeGB", Integer(1), required=True),
        Prop("storageAccountType", Enum(*STORAGE_TYPES), versions=(V2024,)),
        Prop("managedDisk", ManagedDisk, versions=(V2025,), default={"storageAccountType": "standard_lrs"}),
    )
)

OsDisk = Shape(
    (
        Prop(
            "ephemeralOSDiskSettings",
            Shape((Prop("placement", Enum("cachedisk", by_version={V2024: {"cachedisk": "CacheDisk"}})),)),
            default={},
            keep_empty=True,
        ),
        Prop("caching", Enum("None", "ReadOnly", "ReadWrite"), default="None"),
        Prop("diskSizeGB", Integer(1)),
        Prop("managedDisk", ManagedDisk, default={"storageAccountType": "standard_lrs"}),
        Prop("writeAcceleratorEnabled", Bool()),
    )
)

ContainerConfiguration = Shape(
    (
        Prop("type", Enum("dockerCompatible", "criCompatible"), required=True),
        Prop("containerImageNames", Array(Word)),
        Prop("containerRegistries", Array(Registry)),
    )
)

CustomerManagedKey = Shape(
    (
        Prop("identityReference", Shape((Prop("resourceId", Words),))),
        Prop("keyUrl", Words),
        Prop("rotationToLatestKeyVersionEnabled", Bool()),
    )
)


def _key_with_identity(sent: dict[str, Any], path: str, context: Context) -> None:
    """Only ARM gives a pool an identity, which alone can read the key."""
    if "customerManagedKey" in sent and not context.switches.on("pool-identity"):
        raise invalid_property(at(path, "customerManagedKey"), "The pool has no identity that could read the key.")


DiskEncryption = Shape(
    (
        Prop("customerManagedKey", CustomerManagedKey, versions=(V2025,)),
        Prop("targets", Array(Enum("osdisk", "temporarydisk"))),
    ),
    rules=(_key_with_identity,),
)


class ExtensionSettings(AnyObject):
    """An object, or its JSON as a string: that is how the published examples have it."""

    def accept(self, value: Any, path: str, context: Context) -> Any:
        if isinstance(value, str) and context.switches.text("extension-settings") == "object-or-text":
            return value
        return super().accept(value, path, context)


Extension = Shape(
    (
        Prop("name", Word, required=True),
        Prop("publisher", Word, required=True),
        Prop("type", Word, required=True),
        Prop("typeHandlerVersion", Word),
        Prop("autoUpgradeMinorVersion", Bool()),
        Prop("enableAutomaticUpgrade", Bool()),
        Prop("settings", ExtensionSettings()),
        Prop("protectedSettings", ExtensionSettings(), secret="switch"),
        Prop("provisionAfterExtensions", Array(Word)),
    )
)

HostEndpoint = Shape(
    (
        Prop("inVMAccessControlProfileReferenceId", Words),
        Prop("mode", Enum("Audit", "Enforce")),
    )
)

ProxyAgent = Shape((Prop("enabled", Bool()), Prop("imds", HostEndpoint), Prop("wireServer", HostEndpoint)))

SecurityProfile = Shape(
    (
        Prop("encryptionAtHost", Bool()),
        Prop("proxyAgentSettings", ProxyAgent, versions=(V2025,)),
        Prop("securityType", Enum("trustedlaunch", "confidentialvm")),
        Prop("uefiSettings", Shape((Prop("secureBootEnabled", Bool()), Prop("vTpmEnabled", Bool())))),
    )
)


def _distinct_luns(sent: dict[str, Any], path: str, context: Context) -> None:
    luns = [disk["lun"] for disk in sent.get("dataDisks", ())]
    for index, lun in enumerate(luns):
        if lun in luns[:index]:
            raise invalid_property(at(path, f"dataDisks[{index}].lun"), "The lun must be unique.", str(lun))


VirtualMachineConfiguration = Shape(
    (
        Prop("imageReference", ImageReference, required=True),
        Prop("nodeAgentSKUId", Word, required=True),
        Prop("windowsConfiguration", Shape((Prop("enableAutomaticUpdates", Bool(), default=True),))),
        Prop("dataDisks", Array(DATA_DISK)),
        Prop("licenseType", Enum("Windows_Server", "Windows_Client")),
        Prop("containerConfiguration", ContainerConfiguration),
        Prop("diskEncryptionConfiguration", DiskEncryption),
        Prop(
            "nodePlacementConfiguration",
            Shape((Prop("policy", Enum("Regional", "Zonal"), default="Regional"),)),
        ),
        Prop("extensions", Array(Extension)),
        Prop("osDisk", OsDisk),
        Prop("securityProfile", SecurityProfile),
        Prop("serviceArtifactReference", Shape((Prop("id", Word, required=True),))),
    ),
    rules=(_distinct_luns,),
)
