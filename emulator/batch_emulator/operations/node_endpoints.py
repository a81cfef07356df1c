"""By which addresses a node is reached from outside: one public address for all nodes of a pool, a port for each.

Nothing listens there. The addresses are of the blocks that are reserved for documentation.
"""

from __future__ import annotations

import uuid
from typing import Any

from batch_emulator.state.entities import Node, Pool

PUBLIC_ADDRESS = "203.0.113.4"
PUBLIC_IPV6 = "2001:db8::4"
REMOTE_PORTS = 50_000
"""That of a pool's first node. The others follow."""


def _addresses(pool: Pool) -> dict[str, Any]:
    addresses: dict[str, Any] = pool.body.get("networkConfiguration", {}).get("publicIPAddressConfiguration", {})
    return addresses


def has_public_address(pool: Pool) -> bool:
    return _addresses(pool).get("provision") != "NoPublicIPAddresses"


def speaks_ipv6(pool: Pool) -> bool:
    return "IPv6" in _addresses(pool).get("ipFamilies", ())


def inbound_endpoints(pool: Pool, node: Node) -> list[dict[str, Any]]:
    """Those that the pool asks for, then the one by which its users log in."""
    if not has_public_address(pool):
        return []
    name = f"dns{uuid.uuid5(uuid.NAMESPACE_URL, f'{pool.key} {pool.created}')}-azurebatch-cloudservice.invalid"

    def endpoint(rule: str, protocol: str, front: int, back: int) -> dict[str, Any]:
        return {
            "name": f"{rule}.{node.number}",
            "protocol": protocol,
            "publicIPAddress": PUBLIC_ADDRESS,
            "publicFQDN": name,
            "frontendPort": front + node.number,
            "backendPort": back,
        }

    network = pool.body.get("networkConfiguration", {})
    asked = [
        endpoint(rule["name"], rule["protocol"], rule["frontendPortRangeStart"], rule["backendPort"])
        for rule in network.get("endpointConfiguration", {}).get("inboundNATPools", ())
    ]
    return [*asked, endpoint("SSHRule", "tcp", REMOTE_PORTS, 3389 if pool.windows else 22)]
