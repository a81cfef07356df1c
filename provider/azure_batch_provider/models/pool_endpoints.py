"""Ports of a pool's nodes that can be reached from outside, and who may reach them.

Knows the limits that hold for all endpoints of one pool together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import at_most, is_set, items, repeated
from azure_batch_provider.models.scalars import Enum, Int32, Text

MOST_NAT_POOLS: Final = 5
MOST_SECURITY_RULES: Final = 25
FEWEST_PORTS: Final = 40
_NAT_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_PORTS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


class InboundEndpointProtocol(Enum):
    """The protocol of an endpoint."""

    TCP = "tcp", "TCP."
    UDP = "udp", "UDP."


class NetworkSecurityGroupRuleAccess(Enum):
    """Whether matching traffic passes."""

    ALLOW = "allow", "It passes."
    DENY = "deny", "It is blocked."


class NetworkSecurityGroupRule(Model):
    """Who may reach an endpoint."""

    priority: Int32 = prop(
        "Place in the order in which rules are tried, lowest first: 150 to 4096, each one once in a pool.",
        required=True,
        ge=150,
        le=4096,
    )
    access: NetworkSecurityGroupRuleAccess = prop("Whether matching traffic passes.", required=True)
    sourceAddressPrefix: Text = prop(
        "Where traffic comes from: an address (`10.10.10.10`), a subnet (`192.168.1.0/24`), a service tag, or `*` for "
        "everywhere.",
        required=True,
        min_length=1,
    )
    sourcePortRanges: list[Text] | None = prop(
        "Ports that traffic comes from: `*` (the default), ports (`22`) and ranges (`100-200`) that do not overlap.",
        unordered=True,
        default=["*"],
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        taken: list[tuple[int, int, int]] = []
        listed = value.get("sourcePortRanges")
        for index, text in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
            if not isinstance(text, str):
                continue
            ports = _ports(text)
            if ports is None:
                yield Violation(
                    ("sourcePortRanges", index),
                    "must be `*`, a port such as `22` or a range such as `100-200`, within 0 and 65535",
                )
                continue
            taken.append((*ports, index))
        yield from _overlaps(taken, lambda index: ("sourcePortRanges", index), "sourcePortRanges")


class InboundNatPool(Model):
    """A port of every node that can be reached from outside, each node's by a port of its own."""

    name: Text = prop(
        "Name of the endpoint, once in a pool: at most 77 letters, digits, `_`, `.` and `-`, with a letter or digit at "
        "the beginning and no `.` or `-` at the end.",
        required=True,
        min_length=1,
        max_length=77,
    )
    protocol: InboundEndpointProtocol = prop("The protocol.", required=True)
    backendPort: Int32 = prop(
        "Port on the nodes, once in a pool: 1 to 65535, but not 29876 and 29877, which the service uses.",
        required=True,
        ge=1,
        le=65535,
    )
    frontendPortRangeStart: Int32 = prop(
        "First of the outside ports: 1 to 65534, but not 50000 to 55000, which the service uses.",
        required=True,
        ge=1,
        le=65534,
    )
    frontendPortRangeEnd: Int32 = prop(
        "Last of the outside ports. The range has at least 40 ports and overlaps with no other one in the pool.",
        required=True,
        ge=1,
        le=65534,
    )
    networkSecurityGroupRules: list[NetworkSecurityGroupRule] | None = prop(
        "Who may reach the endpoint, at most 25 rules in a pool; left out, everybody.", key="priority", computed=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "name") and not _NAT_NAME.fullmatch(value["name"]):
            yield Violation(
                ("name",),
                "must be letters, digits, `_`, `.` and `-`, with a letter or digit at the beginning and no `.` or `-` "
                "at the end",
            )
        if value.get("backendPort") in (29876, 29877):
            yield Violation(("backendPort",), "is a port of the service itself (29876 and 29877 are reserved)")
        if not (is_set(value, "frontendPortRangeStart") and is_set(value, "frontendPortRangeEnd")):
            return
        start, end = value["frontendPortRangeStart"], value["frontendPortRangeEnd"]
        if start <= 55000 and end >= 50000:
            yield Violation(
                ("frontendPortRangeStart",), "the range touches 50000 to 55000, which the service uses itself"
            )
        if end - start + 1 < FEWEST_PORTS:
            yield Violation(("frontendPortRangeEnd",), f"the range must have at least {FEWEST_PORTS} ports")


class PoolEndpointConfiguration(Model):
    """The ports of nodes that can be reached from outside."""

    inboundNATPools: list[InboundNatPool] = prop("The endpoints, at most 5.", required=True, key="name")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        pools = "inboundNATPools"
        yield from at_most(value, pools, MOST_NAT_POOLS, "endpoints in a pool")
        for key, what in (("name", "name"), ("backendPort", "port")):
            for index, first in repeated(value, pools, key, lambda key: str(key).casefold()):
                yield Violation((pools, index, key), f"is the {what} of {pools}[{first}] already: each must be unique")
        yield from _overlaps(
            [
                (pool["frontendPortRangeStart"], pool["frontendPortRangeEnd"], index)
                for index, pool in items(value, pools)
                if is_set(pool, "frontendPortRangeStart") and is_set(pool, "frontendPortRangeEnd")
            ],
            lambda index: (pools, index, "frontendPortRangeStart"),
            pools,
        )
        yield from cls._security_rules(value)

    @classmethod
    def _security_rules(cls, value: Mapping[str, Any]) -> Iterator[Violation]:
        pools, rules = "inboundNATPools", "networkSecurityGroupRules"
        seen: dict[int, str] = {}
        count = 0
        for index, pool in items(value, pools):
            listed = pool.get(rules)
            count += len(listed) if isinstance(listed, (list, tuple)) else 0
            for place, rule in items(pool, rules):
                if is_set(rule, "priority"):
                    first = seen.setdefault(rule["priority"], f"{pools}[{index}].{rules}[{place}]")
                    if first != f"{pools}[{index}].{rules}[{place}]":
                        yield Violation(
                            (pools, index, rules, place, "priority"),
                            f"is the priority of {first} already: each one can be used once in a pool",
                        )
        if count > MOST_SECURITY_RULES:
            yield Violation((pools,), f"have {count} rules in all, at most {MOST_SECURITY_RULES} are allowed in a pool")


def _ports(text: str) -> tuple[int, int] | None:
    if text == "*":
        return 0, 65535
    match = _PORTS.fullmatch(text)
    if match is None:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return (first, last) if first <= last <= 65535 else None


def _overlaps(
    ranges: list[tuple[int, int, int]], path: Callable[[int], tuple[str | int, ...]], name: str
) -> Iterator[Violation]:
    """Ranges (start, end, index) that share a port with one that begins before them."""
    reached, widest = -1, -1
    for start, end, index in sorted(ranges):
        if start <= reached:
            yield Violation(path(index), f"overlaps with {name}[{widest}]")
        if end > reached:
            reached, widest = end, index
