"""The network of a pool: subnet, public addresses, endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import API_2025, Context, Model, Violation
from azure_batch_provider.models.job_limits import reach
from azure_batch_provider.models.pool_endpoints import PoolEndpointConfiguration
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.models.scalars import Bool, Caseless, Enum, Known, Text


class DynamicVNetAssignmentScope(Enum):
    """Whether nodes join a virtual network only while a job needs it."""

    NONE = "none", "They do not."
    JOB = "job", "They join the network that the job's `networkConfiguration` names."


class IpAddressProvisioningType(Enum):
    """Where the public addresses of a pool come from."""

    BATCH_MANAGED = "batchmanaged", "The service makes them, as many as the pool needs."
    USER_MANAGED = "usermanaged", "They are yours, named in `ipAddressIds`."
    NO_PUBLIC_IP_ADDRESSES = "nopublicipaddresses", "There are none."


class IPFamily(Enum):
    """A version of the Internet protocol."""

    IPV4 = "IPv4", "IPv4 addresses."
    IPV6 = "IPv6", "IPv6 addresses."


class IPTag(Model):
    """A tag of the pool's public addresses, for billing and filters."""

    ipTagType: Text | None = prop("Kind of tag, `FirstPartyUsage` for example.")
    tag: Text | None = prop("Value of the tag, `SQL` for example.")


class PublicIpAddressConfiguration(Model):
    """The public addresses of a pool's nodes."""

    provision: IpAddressProvisioningType | None = prop(
        "Where they come from (default `batchmanaged`).", default="batchmanaged"
    )
    ipFamilies: list[Annotated[IPFamily, Known]] | None = prop(
        "Versions of the Internet protocol: `IPv4` alone, or both. Only with apiVersion 2025-06-01.",
        unordered=True,
        only=API_2025,
        computed=True,
    )
    ipAddressIds: list[Caseless] | None = prop(
        "ARM ids of your own public addresses, in the account's region and subscription. Each one serves up to 100 "
        "dedicated and up to 100 spot nodes, which limits the size of the pool. For `provision: usermanaged`. Needs a "
        "sign-in with Microsoft Entra.",
        entra=True,
        unordered=True,
    )
    ipTags: list[IPTag] | None = prop(
        "Tags of the addresses that the service makes. Only with apiVersion 2025-06-01.", unordered=True, only=API_2025
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if known(value, "provision", "ipAddressIds"):
            yours = IpAddressProvisioningType.USER_MANAGED.matches(value.get("provision"))
            if value.get("ipAddressIds") and not yours:
                yield Violation(("ipAddressIds",), "are only used with `provision: usermanaged`")
            elif yours and not value.get("ipAddressIds"):
                yield Violation(("provision",), "is `usermanaged`, but `ipAddressIds` names no address")


class NetworkConfiguration(Model):
    """The network that the nodes of a pool are in."""

    subnetId: Caseless | None = prop(
        "ARM id of the subnet that nodes join, in the account's region and subscription, with enough free addresses: "
        "`/subscriptions/.../virtualNetworks/<network>/subnets/<subnet>`. Needs a sign-in with Microsoft "
        "Entra.",
        entra=True,
        min_length=1,
    )
    dynamicVNetAssignmentScope: DynamicVNetAssignmentScope | None = prop(
        "Whether nodes join a network only while a job needs it (default `none`).", default="none"
    )
    endpointConfiguration: PoolEndpointConfiguration | None = prop(
        "Ports of nodes that can be reached from outside. Not for a pool without public addresses."
    )
    publicIPAddressConfiguration: PublicIpAddressConfiguration | None = prop("Public addresses of the nodes.")
    enableAcceleratedNetworking: Bool | None = prop(
        "Whether nodes use accelerated networking (SR-IOV), which not every size has (default false).", default=False
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        provision = reach(value, "publicIPAddressConfiguration", "provision")
        without = IpAddressProvisioningType.NO_PUBLIC_IP_ADDRESSES.matches(provision)
        if without and is_set(value, "endpointConfiguration"):
            yield Violation(
                ("endpointConfiguration",),
                "cannot be given with `publicIPAddressConfiguration.provision: nopublicipaddresses`",
            )
