"""The virtual machines of a pool: image, node agent, disks, containers, extensions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.container import ContainerRegistryReference
from azure_batch_provider.models.job_limits import reach
from azure_batch_provider.models.rules import is_set, known, repeated
from azure_batch_provider.models.scalars import Bool, Caseless, Enum, Text, Word
from azure_batch_provider.models.virtual_machine_disks import DataDisk, DiskEncryptionConfiguration, OsDisk
from azure_batch_provider.models.virtual_machine_security import SecurityProfile, SecurityType

_MARKETPLACE: Final = ("publisher", "offer", "sku")
_GALLERIES: Final = ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")


class VmImageReference(Model):
    """The image of the virtual machines: one of the marketplace, or one of a gallery. Give one kind."""

    publisher: Caseless | None = prop("Publisher of a marketplace image, `canonical` for example.", min_length=1)
    offer: Caseless | None = prop("Offer of a marketplace image, `ubuntu-24_04-lts` for example.", min_length=1)
    sku: Caseless | None = prop("SKU of a marketplace image, `server` for example.", min_length=1)
    version: Caseless | None = prop(
        "Version of a marketplace image (default `latest`).", default="latest", min_length=1
    )
    virtualMachineImageId: Caseless | None = prop(
        "ARM id of an image in an Azure Compute Gallery, with or without `/versions/<version>`; without, the newest. "
        "Excludes the other kinds. Needs a sign-in with Microsoft Entra.",
        entra=True,
        min_length=1,
    )
    sharedGalleryImageId: Caseless | None = prop(
        "Unique id of an image in a shared gallery. Excludes the other kinds.", min_length=1
    )
    communityGalleryImageId: Caseless | None = prop(
        "Unique id of an image in a community gallery. Excludes the other kinds.", min_length=1
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        galleries = [name for name in _GALLERIES if is_set(value, name)]
        if galleries:
            chosen = galleries[0]
            for name in (*galleries[1:], *_MARKETPLACE, "version"):
                if is_set(value, name):
                    yield Violation((name,), f"cannot be given with `{chosen}`: an image is named in one way only")
        elif known(value, *_GALLERIES):
            there = [name for name in _MARKETPLACE if value.get(name) is not None]
            for name in _MARKETPLACE if there else ():
                if value.get(name) is None:
                    yield Violation((name,), f"is required with `{there[0]}`: a marketplace image has all three names")
            if not there:
                listed = ", ".join(f"`{name}`" for name in _GALLERIES)
                yield Violation((), f"names no image: give `publisher`, `offer` and `sku`, or one of {listed}")


class WindowsConfiguration(Model):
    """Settings of Windows."""

    enableAutomaticUpdates: Bool | None = prop("Whether Windows updates itself (default true).", default=True)


class LicenseType(Enum):
    """A license for Windows that you hold yourself."""

    WINDOWS_SERVER = "Windows_Server", "For Windows Server."
    WINDOWS_CLIENT = "Windows_Client", "For Windows as a client."


class ContainerType(Enum):
    """The container technology of the nodes."""

    DOCKER_COMPATIBLE = "dockerCompatible", "Containers by a runtime that takes Docker's commands."
    CRI_COMPATIBLE = "criCompatible", "Containers by a runtime with the Container Runtime Interface."


class ContainerConfiguration(Model):
    """Makes the nodes run tasks in containers; all of the pool's tasks then need `containerSettings`."""

    type: ContainerType = prop("The container technology.", required=True)
    containerImageNames: list[Word] | None = prop(
        "Images that nodes fetch when they join the pool, as `docker pull` takes them.", unordered=True
    )
    containerRegistries: list[ContainerRegistryReference] | None = prop(
        "Private registries that images come from, and how to log in to them.", key="registryServer"
    )


class NodePlacementPolicy(Enum):
    """How nodes are spread over availability zones."""

    REGIONAL = "regional", "Wherever in the region."
    ZONAL = "zonal", "Evenly over the zones of the region."


class NodePlacementConfiguration(Model):
    """Where nodes are placed."""

    policy: NodePlacementPolicy | None = prop(
        "How nodes are spread over zones (default `regional`).", default="regional"
    )


class VMExtension(Model):
    """An extension that is installed on each node's virtual machine."""

    name: Text = prop("Name of the extension on the machine.", required=True, min_length=1)
    publisher: Caseless = prop("Publisher of the extension.", required=True, min_length=1)
    type: Caseless = prop("Type of the extension.", required=True, min_length=1)
    typeHandlerVersion: Text | None = prop("Version of the extension's handler.", min_length=1)
    autoUpgradeMinorVersion: Bool | None = prop(
        "Whether a newer minor version is taken when a machine is made.", computed=True
    )
    enableAutomaticUpgrade: Bool | None = prop("Whether the platform upgrades the extension by itself.", computed=True)
    settings: dict[str, Any] | None = prop("Settings of the extension, as it defines them.")
    protectedSettings: dict[str, Any] | None = prop(
        "Secret settings of the extension, as it defines them. The service never returns them, so a change made "
        "elsewhere cannot be seen.",
        secret=True,
        write_only=True,
    )
    provisionAfterExtensions: list[Word] | None = prop(
        "Names of the extensions that must be installed before this one.", unordered=True
    )


class ServiceArtifactReference(Model):
    """Keeps all machines on one version of an image that is named by `latest`."""

    id: Caseless = prop(
        "ARM id of the artifact profile: `/subscriptions/.../galleries/<gallery>/serviceArtifacts/<artifact>"
        "/vmArtifactsProfiles/<profile>`.",
        required=True,
        min_length=1,
    )


class VirtualMachineConfiguration(Model):
    """The virtual machines that a pool's nodes are."""

    imageReference: VmImageReference = prop("Image of the machines.", required=True)
    nodeAgentSKUId: Caseless = prop(
        "Batch node agent for the image, `batch.node.ubuntu 24.04` for example; it must match the image.",
        required=True,
        min_length=1,
    )
    windowsConfiguration: WindowsConfiguration | None = prop("Settings of Windows; not for Linux images.")
    dataDisks: list[DataDisk] | None = prop("Empty disks that each node gets.", key="lun")
    licenseType: LicenseType | None = prop("License for Windows that you hold; left out, one is paid for.")
    containerConfiguration: ContainerConfiguration | None = prop(
        "Makes the nodes run tasks in containers: all tasks and the job manager task then need `containerSettings`."
    )
    diskEncryptionConfiguration: DiskEncryptionConfiguration | None = prop("Which disks are encrypted.")
    nodePlacementConfiguration: NodePlacementConfiguration | None = prop(
        "Where nodes are placed.", default={"policy": "regional"}
    )
    extensions: list[VMExtension] | None = prop("Extensions to install on each machine.", key="name")
    osDisk: OsDisk | None = prop("The disk of the operating system.")
    securityProfile: SecurityProfile | None = prop("What protects the machines.")
    serviceArtifactReference: ServiceArtifactReference | None = prop(
        "Keeps all machines on one version of an image that is named by `latest`."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        for index, first in repeated(value, "dataDisks", "lun"):
            yield Violation(
                ("dataDisks", index, "lun"), f"is the lun of dataDisks[{first}] already: each must be unique"
            )
        yield from cls._confidential(value)

    @classmethod
    def _confidential(cls, value: Mapping[str, Any]) -> Iterator[Violation]:
        kind = reach(value, "securityProfile", "securityType")
        path = ("osDisk", "managedDisk", "securityProfile", "securityEncryptionType")
        encryption = reach(value, *path)
        confidential = SecurityType.CONFIDENTIAL_VM.matches(kind)
        if confidential and encryption is None:
            yield Violation(path, "is required for confidential virtual machines (`securityProfile.securityType`)")
        plain = kind is None or (isinstance(kind, str) and not confidential)
        if plain and isinstance(encryption, str):
            yield Violation(path, "is only for confidential virtual machines (`securityProfile.securityType`)")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if runs_windows(value) is False and is_set(value, "windowsConfiguration"):
            yield Violation(
                ("windowsConfiguration",), "cannot be given for a Linux image, and `nodeAgentSKUId` is Linux's"
            )
        for index, first in repeated(value, "extensions", "name", str.casefold):
            yield Violation(("extensions", index, "name"), f"is the name of extensions[{first}] already")
        yield from _unknown_predecessors(value.get("extensions"))


def _unknown_predecessors(extensions: Any) -> Iterator[Violation]:
    """The warning about an extension that waits for one that is not there."""
    if not isinstance(extensions, (list, tuple)):
        return
    names = [reach(extension, "name") for extension in extensions]
    if not all(isinstance(name, str) for name in names):
        return
    there = {name.casefold() for name in names}
    for index, extension in enumerate(extensions):
        after = extension.get("provisionAfterExtensions")
        for place, name in enumerate(after if isinstance(after, (list, tuple)) else ()):
            if isinstance(name, str) and name.casefold() not in there:
                path = ("extensions", index, "provisionAfterExtensions", place)
                yield Violation(path, "names no extension of this list")


def runs_windows(machine: Any) -> bool | None:
    """Whether the nodes of a virtual machine configuration run Windows; `None` when its node agent does not tell."""
    agent = reach(machine, "nodeAgentSKUId")
    if not isinstance(agent, str) or not agent.casefold().startswith("batch.node."):
        return None
    return agent.casefold().startswith("batch.node.windows")
