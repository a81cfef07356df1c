"""The network configuration of a pool."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.arm_ids import SubnetId
from batch_emulator.bodies.common import Word, Words
from batch_emulator.bodies.shapes import Array, Bool, Enum, Integer, Prop, Shape, String, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import invalid_property
from batch_emulator.protocol.versions import V2025
from batch_emulator.state.ids import folded

NODE_AGENT_PORTS = (29876, 29877)
RESERVED_FRONTEND = (50_000, 55_000)
FEWEST_FRONTEND_PORTS = 40

SecurityRule = Shape(
    (
        Prop("priority", Integer(150, 4096), required=True),
        Prop("access", Enum("allow", "deny"), required=True),
        Prop("sourceAddressPrefix", Word, required=True),
        Prop("sourcePortRanges", Array(Word)),
    )
)


def _ports(sent: dict[str, Any], path: str, context: Context) -> None:
    if sent["backendPort"] in NODE_AGENT_PORTS:
        raise invalid_property(at(path, "backendPort"), "The port is reserved.", str(sent["backendPort"]))
    start, end = sent["frontendPortRangeStart"], sent["frontendPortRangeEnd"]
    if end - start + 1 < FEWEST_FRONTEND_PORTS:
        reason = f"The range must have at least {FEWEST_FRONTEND_PORTS} ports."
        raise invalid_property(at(path, "frontendPortRangeEnd"), reason, str(end))
    if start <= RESERVED_FRONTEND[1] and end >= RESERVED_FRONTEND[0]:
        reason = f"The ports {RESERVED_FRONTEND[0]} to {RESERVED_FRONTEND[1]} are reserved."
        raise invalid_property(at(path, "frontendPortRangeStart"), reason, str(start))


NatPool = Shape(
    (
        Prop("name", String(1, 77, r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?", quoted=True), required=True),
        Prop("protocol", Enum("tcp", "udp"), required=True),
        Prop("backendPort", Integer(1, 65_535), required=True),
        Prop("frontendPortRangeStart", Integer(1, 65_534), required=True),
        Prop("frontendPortRangeEnd", Integer(1, 65_534), required=True),
        Prop("networkSecurityGroupRules", Array(SecurityRule, max_items=25)),
    ),
    rules=(_ports,),
)


def _distinct_pools(sent: dict[str, Any], path: str, context: Context) -> None:
    pools = sent["inboundNATPools"]
    for index, pool in enumerate(pools):
        for other in pools[:index]:
            place = at(path, f"inboundNATPools[{index}]")
            if folded(pool["name"]) == folded(other["name"]):
                raise invalid_property(f"{place}.name", "The name must be unique in the pool.", pool["name"])
            if pool["backendPort"] == other["backendPort"]:
                reason = "The port must be unique in the pool."
                raise invalid_property(f"{place}.backendPort", reason, str(pool["backendPort"]))
            if (
                pool["frontendPortRangeStart"] <= other["frontendPortRangeEnd"]
                and other["frontendPortRangeStart"] <= pool["frontendPortRangeEnd"]
            ):
                reason = "The port ranges must not overlap."
                raise invalid_property(f"{place}.frontendPortRangeStart", reason, str(pool["frontendPortRangeStart"]))


Endpoints = Shape((Prop("inboundNATPools", Array(NatPool, max_items=5), required=True),), rules=(_distinct_pools,))


def _address_ids(sent: dict[str, Any], path: str, context: Context) -> None:
    if "ipAddressIds" in sent and sent.get("provision") != "UserManaged":
        raise invalid_property(at(path, "ipAddressIds"), "Addresses can be given only when they are user-managed.")
    if "ipFamilies" in sent:
        sent["ipFamilies"] = sorted(sent["ipFamilies"])


PublicAddresses = Shape(
    (
        Prop("provision", Enum("BatchManaged", "UserManaged", "NoPublicIPAddresses"), default="BatchManaged"),
        Prop("ipFamilies", Array(Enum("IPv4", "IPv6")), versions=(V2025,)),
        Prop("ipAddressIds", Array(Word)),
        Prop(
            "ipTags",
            Array(Shape((Prop("ipTagType", Words), Prop("tag", Words)))),
            versions=(V2025,),
        ),
    ),
    rules=(_address_ids,),
)

NetworkConfiguration = Shape(
    (
        Prop("subnetId", SubnetId),
        Prop("dynamicVNetAssignmentScope", Enum("none", "job"), default="none"),
        Prop("endpointConfiguration", Endpoints),
        Prop("publicIPAddressConfiguration", PublicAddresses),
        Prop("enableAcceleratedNetworking", Bool(), default=False),
    )
)
