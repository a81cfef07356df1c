"""The disks of a pool's virtual machines and how they are encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import API_2024, API_2025, Context, Model, Violation
from azure_batch_provider.models.common import NodeIdentityReference
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Bool, Caseless, Enum, Int32, Known, Url


class CachingType(Enum):
    """What a disk's cache is used for."""

    NONE = "none", "Nothing."
    READ_ONLY = "readonly", "Reading."
    READ_WRITE = "readwrite", "Reading and writing."


class StorageAccountType(Enum):
    """The kind of storage behind a disk."""

    STANDARD_LRS = "standard_lrs", "Standard hard disks."
    PREMIUM_LRS = "premium_lrs", "Premium solid state disks."
    STANDARD_SSD_LRS = "standardssd_lrs", "Standard solid state disks."


class SecurityEncryptionType(Enum):
    """What of a confidential virtual machine is encrypted."""

    DISK_WITH_VM_GUEST_STATE = "DiskWithVMGuestState", "The disk and the guest state. Not for data disks."
    NON_PERSISTED_TPM = "NonPersistedTPM", "The firmware state is not kept at all."
    VM_GUEST_STATE_ONLY = "VMGuestStateOnly", "The guest state alone."


class DiskEncryptionTarget(Enum):
    """A disk that can be encrypted."""

    OS_DISK = "osdisk", "The disk of the operating system."
    TEMPORARY_DISK = "temporarydisk", "The temporary disk; on Linux other partitions too, if mounted at boot."


class DiffDiskPlacement(Enum):
    """Where an ephemeral disk lies."""

    CACHE_DISK = "cachedisk", "In the cache of the virtual machine."


class DiskEncryptionSetParameters(Model):
    """A disk encryption set with a key of your own."""

    id: Caseless | None = prop("ARM id of the disk encryption set, in the account's subscription.", min_length=1)


class VmDiskSecurityProfile(Model):
    """How the disk of a confidential virtual machine is encrypted."""

    securityEncryptionType: SecurityEncryptionType | None = prop(
        "What is encrypted. For confidential virtual machines only, which need it."
    )


class ManagedDisk(Model):
    """The storage behind a disk."""

    diskEncryptionSet: DiskEncryptionSetParameters | None = prop(
        "Disk encryption set to use, for accounts in user subscription mode. Only with apiVersion 2025-06-01.",
        only=API_2025,
    )
    storageAccountType: StorageAccountType | None = prop(
        "Kind of storage (default `standard_lrs`).", default="standard_lrs"
    )
    securityProfile: VmDiskSecurityProfile | None = prop("Encryption of a confidential virtual machine's disk.")


class DataDisk(Model):
    """An empty disk that each node gets, and loses when it leaves the pool. Nodes have to format it themselves."""

    lun: Int32 = prop(
        "Logical unit number, by which the disk is known: 0 to 63, each one once.", required=True, ge=0, le=63
    )
    caching: CachingType | None = prop("What the cache is used for (default `none`).", default="none")
    diskSizeGB: Int32 = prop("Size in gigabytes.", required=True, ge=1)
    storageAccountType: StorageAccountType | None = prop(
        "Kind of storage (default `standard_lrs`). Only with apiVersion 2024-07-01.20.0; later `managedDisk` says it.",
        default="standard_lrs",
        only=API_2024,
    )
    managedDisk: ManagedDisk | None = prop(
        "The storage behind the disk. Only with apiVersion 2025-06-01.",
        default={"storageAccountType": "standard_lrs"},
        only=API_2025,
    )


class DiffDiskSettings(Model):
    """Puts the disk of the operating system on the machine itself: fast, and lost with the machine."""

    placement: DiffDiskPlacement | None = prop("Where the disk lies.")


class OsDisk(Model):
    """The disk of the operating system."""

    ephemeralOSDiskSettings: DiffDiskSettings | None = prop("Makes it an ephemeral disk, on the machine itself.")
    caching: CachingType | None = prop(
        "What the cache is used for. Left out, it follows from the kind of storage.", computed=True
    )
    diskSizeGB: Int32 | None = prop("Size in gigabytes; left out, the image's.", ge=1, computed=True)
    managedDisk: ManagedDisk | None = prop(
        "The storage behind the disk.", default={"storageAccountType": "standard_lrs"}
    )
    writeAcceleratorEnabled: Bool | None = prop("Whether the write accelerator is used.", computed=True)


class DiskCustomerManagedKey(Model):
    """A key of your own with which disks are encrypted."""

    identityReference: NodeIdentityReference | None = prop("Identity of the pool that may read the key vault.")
    keyUrl: Url | None = prop("URL of the key in the key vault, with its version.")
    rotationToLatestKeyVersionEnabled: Bool | None = prop(
        "Whether disks change to the newest version of the key by themselves (default false).", default=False
    )


class DiskEncryptionConfiguration(Model):
    """Which disks of a node are encrypted when it is made, and with which key."""

    customerManagedKey: DiskCustomerManagedKey | None = prop(
        "A key of your own; needs `osdisk` among the targets and a pool with an identity. Only with apiVersion "
        "2025-06-01.",
        only=API_2025,
    )
    targets: list[Annotated[DiskEncryptionTarget, Known]] | None = prop(
        "Disks to encrypt; left out, none.", unordered=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        targets = value.get("targets")
        listed = targets if isinstance(targets, (list, tuple)) else [] if targets is None else None
        if not is_set(value, "customerManagedKey") or listed is None or not all(isinstance(t, str) for t in listed):
            return
        if not any(DiskEncryptionTarget.OS_DISK.matches(target) for target in listed):
            yield Violation(("targets",), "must hold `osdisk` with `customerManagedKey`")
