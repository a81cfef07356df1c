"""What a pool is made of, whoever makes it, a program or the service for a job; and the rules that join its parts.

Knows sizes, scaling and scheduling; machines, network, users, mounts and upgrades have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import API_2024, API_2025, Context, Model, Violation
from azure_batch_provider.models.certificates import RETIRED, CertificateReference
from azure_batch_provider.models.common import (
    ONE_MODE,
    ApplicationPackageReference,
    MetadataItem,
    NodeCommunicationMode,
)
from azure_batch_provider.models.job_limits import lasts, reach
from azure_batch_provider.models.pool_mounts import MountConfiguration
from azure_batch_provider.models.pool_network import NetworkConfiguration
from azure_batch_provider.models.pool_users import UserAccount
from azure_batch_provider.models.rules import at_most, is_set, items, known, repeated
from azure_batch_provider.models.scalars import Bool, Caseless, Duration, Enum, Int32, Text
from azure_batch_provider.models.start_task import StartTask
from azure_batch_provider.models.upgrade_policy import UpgradePolicy
from azure_batch_provider.models.virtual_machine import NodePlacementPolicy, VirtualMachineConfiguration, runs_windows
from azure_batch_provider.values.mappings import MAPPING

TARGETS: Final = ("targetDedicatedNodes", "targetLowPriorityNodes")
_IDENTITY: Final = "identityReference"


class NodeFillType(Enum):
    """How tasks are spread over nodes that have several slots."""

    SPREAD = "spread", "Evenly over all nodes."
    PACK = "pack", "As many as possible on each node."


class JobDefaultOrder(Enum):
    """Whose tasks come first among jobs of equal priority."""

    NONE = "none", "No job's; they take turns as it happens."
    CREATION_TIME = "creationtime", "Those of the job that was created first."


class TaskSchedulingPolicy(Model):
    """How tasks are given to nodes."""

    nodeFillType: NodeFillType = prop(
        "How tasks are spread over nodes; a pool without policy: `spread`.", required=True
    )
    jobDefaultOrder: JobDefaultOrder | None = prop(
        "Whose tasks come first among jobs of equal priority (default `none`). Only with apiVersion 2025-06-01.",
        default="none",
        only=API_2025,
    )


class PoolBody(Model):
    """A pool without its id."""

    displayName: Text | None = prop("Name to show, at most 1024 characters; need not be unique.", max_length=1024)
    vmSize: Caseless = prop("Size of the virtual machines, `standard_d2s_v3` for example.", required=True, min_length=1)
    virtualMachineConfiguration: VirtualMachineConfiguration | None = prop(
        "The virtual machines that the nodes are. Every pool needs it."
    )
    taskSlotsPerNode: Int32 | None = prop(
        "How many slots a node has for tasks that run at the same time (default 1). At most four times its cores, and "
        "at most 256.",
        default=1,
        ge=1,
        le=256,
    )
    taskSchedulingPolicy: TaskSchedulingPolicy | None = prop(
        "How tasks are given to nodes; left out, evenly.", default={"nodeFillType": "spread"}
    )
    resizeTimeout: Duration | None = prop(
        "How long allocating nodes may take, as an ISO 8601 duration: at least PT5M (default `PT15M`). Without effect "
        "when the pool scales by formula.",
        default="PT15M",
    )
    targetDedicatedNodes: Int32 | None = prop(
        "How many dedicated nodes the pool should have (default 0). Not for a pool that scales by formula.",
        default=0,
        ge=0,
    )
    targetLowPriorityNodes: Int32 | None = prop(
        "How many spot (low-priority) nodes the pool should have (default 0). Not for a pool that scales by formula.",
        default=0,
        ge=0,
    )
    enableAutoScale: Bool | None = prop(
        "Whether the pool changes its size by `autoScaleFormula` (default false).", default=False
    )
    autoScaleFormula: Text | None = prop(
        "Formula for the number of nodes, at most 8192 characters. With `enableAutoScale: true` only, and needed then.",
        max_length=8192,
        min_length=1,
    )
    autoScaleEvaluationInterval: Duration | None = prop(
        "How often the formula is evaluated, as an ISO 8601 duration: PT5M to PT168H (default `PT15M`). With "
        "`enableAutoScale: true` only.",
        default="PT15M",
    )
    enableInterNodeCommunication: Bool | None = prop(
        "Whether nodes can talk to each other (default false). Limits how large the pool can get.", default=False
    )
    networkConfiguration: NetworkConfiguration | None = prop("The network that the nodes are in.")
    startTask: StartTask | None = prop("What each node runs when it joins the pool or restarts.")
    applicationPackageReferences: list[ApplicationPackageReference] | None = prop(
        "Application packages to put on each node, at most 10, by their ARM ids.", key="applicationId"
    )
    certificateReferences: list[CertificateReference] | None = prop(
        "Certificates to install on each node. Only with apiVersion 2024-07-01.20.0.",
        key="thumbprint",
        only=API_2024,
        deprecated=RETIRED,
    )
    userAccounts: list[UserAccount] | None = prop("User accounts to make on each node.", key="name")
    metadata: list[MetadataItem] | None = prop("Names and values stored with the pool.", key="name")
    mountConfiguration: list[MountConfiguration] | None = prop("File systems that each node mounts.")
    upgradePolicy: UpgradePolicy | None = prop("How the virtual machines are upgraded.")
    resourceTags: dict[str, Text] | None = prop(
        "Azure tags of the pool's own resources (account in user subscription mode). Only with apiVersion "
        "2024-07-01.20.0.",
        only=API_2024,
    )
    targetNodeCommunicationMode: NodeCommunicationMode | None = prop(
        "How nodes are to talk with the service (default `default`). Only with apiVersion 2024-07-01.20.0.",
        default="default",
        only=API_2024,
        deprecated=ONE_MODE,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        machine = "virtualMachineConfiguration"
        if known(value, machine) and not is_set(value, machine):
            yield Violation((machine,), "is required: a pool's nodes are virtual machines")
        yield from _scaling(value)
        yield from lasts(value, "resizeTimeout", least="PT5M")
        yield from lasts(value, "autoScaleEvaluationInterval", least="PT5M", most="PT168H")
        yield from at_most(value, "applicationPackageReferences", 10, "application packages in a pool")
        yield from _upgrades(value)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        for index, first in repeated(value, "userAccounts", "name", str.casefold):
            yield Violation(("userAccounts", index, "name"), f"is the name of userAccounts[{first}] already")
        if runs_windows(value.get("virtualMachineConfiguration")) is False:
            for index, account in items(value, "userAccounts"):
                if is_set(account, "windowsUserConfiguration"):
                    yield Violation(("userAccounts", index, "windowsUserConfiguration"), "is only for Windows nodes")
        for index, reference in items(value, "applicationPackageReferences"):
            if is_set(reference, "applicationId") and "/" not in reference["applicationId"]:
                yield Violation(
                    ("applicationPackageReferences", index, "applicationId"),
                    "is a short id, while a pool that is made wants the ARM id (/subscriptions/.../applications/<id>)",
                )
        yield from _mounted_twice(value)
        for path in _references(value):
            yield Violation(
                path,
                "needs a pool that has this identity, and this one has none: the data plane can give an identity to no "
                "pool, only Azure Resource Manager can",
            )


def _references(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a pool's body refers to a managed identity."""
    if isinstance(value, MAPPING):
        for name, item in value.items():
            if name == _IDENTITY and isinstance(item, MAPPING):
                yield (*above, name)
            else:
                yield from _references(item, (*above, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _references(item, (*above, index))


def _scaling(value: Mapping[str, Any]) -> Iterator[Violation]:
    if not known(value, "enableAutoScale"):
        return
    if value.get("enableAutoScale"):
        for name in TARGETS:
            if is_set(value, name):
                yield Violation(
                    (name,), "cannot be given with `enableAutoScale: true`: the formula says the number of nodes"
                )
        if known(value, "autoScaleFormula") and not is_set(value, "autoScaleFormula"):
            yield Violation(("autoScaleFormula",), "is required with `enableAutoScale: true`")
        return
    for name in ("autoScaleFormula", "autoScaleEvaluationInterval"):
        if is_set(value, name):
            yield Violation((name,), "can only be given with `enableAutoScale: true`")


def _upgrades(value: Mapping[str, Any]) -> Iterator[Violation]:
    automatic = ("upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade")
    updates = ("virtualMachineConfiguration", "windowsConfiguration", "enableAutomaticUpdates")
    if reach(value, *automatic) is True and reach(value, *updates) is True:
        yield Violation(automatic, f"cannot be true together with {'.'.join(updates)}: only one of the two upgrades")
    across = ("upgradePolicy", "rollingUpgradePolicy", "enableCrossZoneUpgrade")
    policy = reach(value, "virtualMachineConfiguration", "nodePlacementConfiguration", "policy")
    regional = policy is None or (isinstance(policy, str) and not NodePlacementPolicy.ZONAL.matches(policy))
    if isinstance(reach(value, *across), bool) and regional:
        yield Violation(across, "can only be given when nodes are placed `zonal` (nodePlacementConfiguration.policy)")


def _mounted_twice(value: Mapping[str, Any]) -> Iterator[Violation]:
    seen: dict[str, int] = {}
    for index, mount in items(value, "mountConfiguration"):
        for kind, system in mount.items():
            path = reach(system, "relativeMountPath")
            if isinstance(path, str):
                first = seen.setdefault(path.strip("/\\"), index)
                if first != index:
                    yield Violation(
                        ("mountConfiguration", index, kind, "relativeMountPath"),
                        f"is the mount path of mountConfiguration[{first}] already",
                    )
