"""The security profile of a pool's virtual machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import API_2025, Context, Model, Violation
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.models.scalars import Bool, Caseless, Enum


class SecurityType(Enum):
    """What protects the virtual machines."""

    TRUSTED_LAUNCH = "trustedLaunch", "Trusted launch: a verified start of the machine."
    CONFIDENTIAL_VM = "confidentialvm", "Confidential virtual machines: their memory is encrypted too."


class HostEndpointSettingsMode(Enum):
    """Whether the access policy of an endpoint is applied."""

    AUDIT = "Audit", "What it would refuse is only logged."
    ENFORCE = "Enforce", "It is applied."


class HostEndpointSettings(Model):
    """Who on a node may call an endpoint of the host. Give either a mode or an access control profile."""

    inVMAccessControlProfileReferenceId: Caseless | None = prop(
        "ARM id of a version of an access control profile in a gallery. Excludes `mode: Enforce`."
    )
    mode: HostEndpointSettingsMode | None = prop("Whether the policy is applied or only logged.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        enforced = HostEndpointSettingsMode.ENFORCE.matches(value.get("mode"))
        if enforced and is_set(value, "inVMAccessControlProfileReferenceId"):
            yield Violation(("mode",), "cannot be `Enforce` together with `inVMAccessControlProfileReferenceId`")


class ProxyAgentSettings(Model):
    """The metadata security protocol: who on a node may call the endpoints of the host."""

    enabled: Bool | None = prop("Whether the protocol is used (default false).", default=False)
    imds: HostEndpointSettings | None = prop("Settings for the instance metadata service.")
    wireServer: HostEndpointSettings | None = prop("Settings for the wire server.")


class UefiSettings(Model):
    """How the firmware starts the machine."""

    secureBootEnabled: Bool | None = prop("Whether only signed software is started.", computed=True)
    vTpmEnabled: Bool | None = prop("Whether the machine has a virtual trusted platform module.", computed=True)


class SecurityProfile(Model):
    """What protects the virtual machines of a pool."""

    encryptionAtHost: Bool | None = prop("Whether the host encrypts all disks, temporary ones included.", computed=True)
    proxyAgentSettings: ProxyAgentSettings | None = prop(
        "The metadata security protocol. Only with apiVersion 2025-06-01.", only=API_2025
    )
    securityType: SecurityType | None = prop("What protects the machines. Needed for `uefiSettings`.")
    uefiSettings: UefiSettings | None = prop("How the firmware starts the machine. Needs `securityType`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "uefiSettings") and known(value, "securityType") and not is_set(value, "securityType"):
            yield Violation(("securityType",), "is required with `uefiSettings`")
