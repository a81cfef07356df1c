"""The bodies of pools. REST pages: "Pool - Add", "Pool - Patch", "Pool - Update Properties"."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.autoscale import EVALUATION, FORMULA, check_length
from batch_emulator.bodies.common import (
    DisplayName,
    Id,
    Metadata,
    NodeIdentity,
    PackageReference,
    StartTask,
    Word,
    Words,
)
from batch_emulator.bodies.machine import VirtualMachineConfiguration
from batch_emulator.bodies.network import NetworkConfiguration
from batch_emulator.bodies.shapes import (
    AnyObject,
    Array,
    Bool,
    Duration,
    Enum,
    FieldType,
    Integer,
    Prop,
    Shape,
    String,
    at,
    exactly_one,
    together,
)
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import MINUTE
from batch_emulator.protocol.errors import ServiceError, invalid_property, missing_property
from batch_emulator.protocol.versions import V2024, V2025
from batch_emulator.state.ids import folded

SHORTEST_RESIZE = 5 * MINUTE


class PoolPackages(FieldType):
    """At most ten package references; whether an ARM id is read back whole or by its last segment is a switch."""

    _references = Array(PackageReference, max_items=10)

    def accept(self, value: Any, path: str, context: Context) -> list[dict[str, Any]]:
        references = self._references.accept(value, path, context)
        if context.switches.text("pool-application-ids") == "short":
            for reference in references:
                reference["applicationId"] = reference["applicationId"].rstrip("/").rsplit("/", 1)[-1]
        return references


Certificate = Shape(
    (
        Prop("thumbprint", Word, required=True),
        Prop("thumbprintAlgorithm", Word, required=True),
        Prop("storeLocation", Enum("currentuser", "localmachine")),
        Prop("storeName", Word),
        Prop("visibility", Array(Enum("starttask", "task", "remoteuser"))),
    )
)
Certificates = Array(Certificate)

LinuxUser = Shape(
    (Prop("uid", Integer(0)), Prop("gid", Integer(0)), Prop("sshPrivateKey", Words, secret=True)),
    rules=(together("uid", "gid"),),
)

UserAccount = Shape(
    (
        Prop("name", String(1, 20, quoted=True), required=True),
        Prop("password", String(1), required=True, secret=True),
        Prop("elevationLevel", Enum("nonadmin", "admin"), default="nonadmin"),
        Prop("linuxUserConfiguration", LinuxUser),
        Prop(
            "windowsUserConfiguration",
            Shape((Prop("loginMode", Enum("batch", "interactive"), default="batch"),)),
        ),
    )
)

MountItem = Shape(
    (
        Prop(
            "azureBlobFileSystemConfiguration",
            Shape(
                (
                    Prop("accountName", Word, required=True),
                    Prop("containerName", Word, required=True),
                    Prop("accountKey", Words, secret=True),
                    Prop("sasKey", Words, secret="switch"),
                    Prop("blobfuseOptions", Words),
                    Prop("relativeMountPath", Word, required=True),
                    Prop("identityReference", NodeIdentity),
                ),
                rules=(exactly_one("accountKey", "sasKey", "identityReference"),),
            ),
        ),
        Prop(
            "nfsMountConfiguration",
            Shape(
                (
                    Prop("source", Word, required=True),
                    Prop("relativeMountPath", Word, required=True),
                    Prop("mountOptions", Words),
                )
            ),
        ),
        Prop(
            "cifsMountConfiguration",
            Shape(
                (
                    Prop("username", Word, required=True),
                    Prop("source", Word, required=True),
                    Prop("relativeMountPath", Word, required=True),
                    Prop("mountOptions", Words),
                    Prop("password", Words, required=True, secret="switch"),
                )
            ),
        ),
        Prop(
            "azureFileShareConfiguration",
            Shape(
                (
                    Prop("accountName", Word, required=True),
                    Prop("accountKey", Words, required=True, secret="switch"),
                    Prop("azureFileUrl", Word, required=True),
                    Prop("relativeMountPath", Word, required=True),
                    Prop("mountOptions", Words),
                )
            ),
        ),
    ),
    rules=(
        exactly_one(
            "azureBlobFileSystemConfiguration",
            "nfsMountConfiguration",
            "cifsMountConfiguration",
            "azureFileShareConfiguration",
        ),
    ),
)

Percent = Integer(5, 100)


def _unhealthy(sent: dict[str, Any], path: str, context: Context) -> None:
    batch, unhealthy = sent.get("maxBatchInstancePercent"), sent.get("maxUnhealthyInstancePercent")
    if batch is not None and unhealthy is not None and unhealthy < batch:
        reason = "The value must not be less than maxBatchInstancePercent."
        raise invalid_property(at(path, "maxUnhealthyInstancePercent"), reason, str(unhealthy))


UpgradePolicy = Shape(
    (
        Prop("mode", Enum("automatic", "manual", "rolling"), required=True),
        Prop(
            "automaticOSUpgradePolicy",
            Shape(
                (
                    Prop("disableAutomaticRollback", Bool()),
                    Prop("enableAutomaticOSUpgrade", Bool()),
                    Prop("useRollingUpgradePolicy", Bool()),
                    Prop("osRollingUpgradeDeferral", Bool()),
                )
            ),
        ),
        Prop(
            "rollingUpgradePolicy",
            Shape(
                (
                    Prop("enableCrossZoneUpgrade", Bool()),
                    Prop("maxBatchInstancePercent", Percent),
                    Prop("maxUnhealthyInstancePercent", Percent),
                    Prop("maxUnhealthyUpgradedInstancePercent", Integer(0, 100)),
                    Prop("pauseTimeBetweenBatches", Duration()),
                    Prop("prioritizeUnhealthyInstances", Bool()),
                    Prop("rollbackFailedInstancesOnPolicyBreach", Bool()),
                ),
                rules=(_unhealthy,),
            ),
        ),
    )
)

SchedulingPolicy = Shape(
    (
        Prop("jobDefaultOrder", Enum("none", "creationtime"), default="none", versions=(V2025,)),
        Prop("nodeFillType", Enum("Spread", "Pack"), required=True),
    )
)
DEFAULT_SCHEDULING = {"jobDefaultOrder": "none", "nodeFillType": "Spread"}


def _scaling(sent: dict[str, Any], path: str, context: Context) -> None:
    formula = sent.get("autoScaleFormula")
    check_length(sent, path, context)
    if sent.get("enableAutoScale"):
        if formula is None:
            raise missing_property(at(path, "autoScaleFormula"))
        for name in ("targetDedicatedNodes", "targetLowPriorityNodes"):
            if name in sent:
                raise invalid_property(at(path, name), "It cannot be given with enableAutoScale.", str(sent[name]))
        sent.setdefault("autoScaleEvaluationInterval", "PT15M")
        return
    for name in ("autoScaleFormula", "autoScaleEvaluationInterval"):
        if name in sent:
            reason = f"{name} needs enableAutoScale."
            raise ServiceError("InvalidAutoScalingSettings", [("PropertyName", at(path, name)), ("Reason", reason)])


def _machine(sent: dict[str, Any], path: str, context: Context) -> None:
    if "virtualMachineConfiguration" not in sent:
        raise missing_property(at(path, "virtualMachineConfiguration"))


def users_of_the_system(pool: dict[str, Any]) -> list[dict[str, Any]]:
    """The pool's user accounts, without what is of the other operating system."""
    windows = "windows" in pool["virtualMachineConfiguration"]["nodeAgentSKUId"].lower()
    other = "linuxUserConfiguration" if windows else "windowsUserConfiguration"
    own = {"windowsUserConfiguration": {"loginMode": "batch"}} if windows else {}
    users = pool.get("userAccounts", ())
    return [{**own, **{name: value for name, value in user.items() if name != other}} for user in users]


def _users(sent: dict[str, Any], path: str, context: Context) -> None:
    if "userAccounts" in sent:
        sent["userAccounts"] = users_of_the_system(sent)


_POOL_PROPS = (
    Prop("displayName", DisplayName),
    Prop("vmSize", String(1, quoted=True, keep_as=folded), required=True),
    Prop("virtualMachineConfiguration", VirtualMachineConfiguration),
    Prop("resizeTimeout", Duration(SHORTEST_RESIZE), default="PT15M"),
    Prop("resourceTags", AnyObject(of=Words), versions=(V2024,)),
    Prop("targetDedicatedNodes", Integer(0), default=0),
    Prop("targetLowPriorityNodes", Integer(0), default=0),
    Prop("enableAutoScale", Bool(), default=False),
    Prop("autoScaleFormula", FORMULA),
    Prop("autoScaleEvaluationInterval", EVALUATION),
    Prop("enableInterNodeCommunication", Bool(), default=False),
    Prop("networkConfiguration", NetworkConfiguration),
    Prop("startTask", StartTask),
    Prop("certificateReferences", Certificates, versions=(V2024,)),
    Prop("applicationPackageReferences", PoolPackages()),
    Prop("taskSlotsPerNode", Integer(1, 256), default=1),
    Prop("taskSchedulingPolicy", SchedulingPolicy, default=DEFAULT_SCHEDULING),
    Prop("userAccounts", Array(UserAccount)),
    Prop("metadata", Metadata),
    Prop("mountConfiguration", Array(MountItem)),
    Prop("targetNodeCommunicationMode", Enum("default", "classic", "simplified"), versions=(V2024,)),
    Prop("upgradePolicy", UpgradePolicy),
)
_POOL_RULES = (_machine, _scaling, _users)

PoolAdd = Shape((Prop("id", Id, required=True), *_POOL_PROPS), _POOL_RULES)
PoolSpecification = Shape(_POOL_PROPS, _POOL_RULES)
"""What an auto pool is made from."""

EMPTY_POOL_ONLY = (
    "displayName",
    "vmSize",
    "enableInterNodeCommunication",
    "taskSlotsPerNode",
    "taskSchedulingPolicy",
    "virtualMachineConfiguration",
    "networkConfiguration",
    "userAccounts",
    "mountConfiguration",
    "upgradePolicy",
)
"""What a patch may change only while the pool has no nodes."""

PoolPatch = PoolAdd.only(
    (
        *EMPTY_POOL_ONLY,
        "startTask",
        "certificateReferences",
        "applicationPackageReferences",
        "metadata",
        "targetNodeCommunicationMode",
        "resourceTags",
    )
)

REPLACED_LISTS = ("certificateReferences", "applicationPackageReferences", "metadata")


def _whole_lists(sent: dict[str, Any], path: str, context: Context) -> None:
    if context.switches.text("replace-missing-list") == "clear":
        return
    for name in REPLACED_LISTS:
        if name not in sent and context.version in PoolAdd.by_name[name].versions:
            raise missing_property(at(path, name))


PoolReplace = PoolAdd.only(("startTask", *REPLACED_LISTS, "targetNodeCommunicationMode"), (_whole_lists,))
