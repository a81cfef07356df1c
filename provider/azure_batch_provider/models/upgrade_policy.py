"""How the virtual machines of a pool are brought to a newer image of their operating system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Bool, Duration, Enum, Int32


class UpgradeMode(Enum):
    """Which machines are upgraded when."""

    AUTOMATIC = "automatic", "All machines at once."
    MANUAL = "manual", "Machines are upgraded when you ask for it."
    ROLLING = "rolling", "Machines are upgraded in batches, one after another."


class AutomaticOsUpgradePolicy(Model):
    """What happens when a newer image of the operating system is there."""

    disableAutomaticRollback: Bool | None = prop(
        "Whether a failed upgrade is left as it is, not rolled back.", computed=True
    )
    enableAutomaticOSUpgrade: Bool | None = prop(
        "Whether machines are upgraded in batches as soon as there is a newer image. Excludes "
        "`windowsConfiguration.enableAutomaticUpdates: true`.",
        computed=True,
    )
    useRollingUpgradePolicy: Bool | None = prop(
        "Whether these upgrades go by `rollingUpgradePolicy`; otherwise by a policy of the platform.", computed=True
    )
    osRollingUpgradeDeferral: Bool | None = prop("Whether machines that run tasks are upgraded later.", computed=True)


class RollingUpgradePolicy(Model):
    """How an upgrade in batches goes on, and when it stops."""

    enableCrossZoneUpgrade: Bool | None = prop(
        "Whether a batch may hold machines of several zones. Only for a pool whose nodes are placed `zonal`.",
        computed=True,
    )
    maxBatchInstancePercent: Int32 | None = prop(
        "Largest part of the machines in one batch, in percent: 5 to 100, and not more than "
        "`maxUnhealthyInstancePercent`.",
        ge=5,
        le=100,
        computed=True,
    )
    maxUnhealthyInstancePercent: Int32 | None = prop(
        "Largest part of all machines that may be unhealthy before the upgrade stops, in percent: 5 to 100.",
        ge=5,
        le=100,
        computed=True,
    )
    maxUnhealthyUpgradedInstancePercent: Int32 | None = prop(
        "Largest part of the upgraded machines that may be unhealthy before the upgrade stops, in percent: 0 to 100.",
        ge=0,
        le=100,
        computed=True,
    )
    pauseTimeBetweenBatches: Duration | None = prop(
        "How long to wait between batches, as an ISO 8601 duration.", computed=True
    )
    prioritizeUnhealthyInstances: Bool | None = prop("Whether unhealthy machines are upgraded first.", computed=True)
    rollbackFailedInstancesOnPolicyBreach: Bool | None = prop(
        "Whether failed machines go back to what they were when the upgrade stops.", computed=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        batch, unhealthy = "maxBatchInstancePercent", "maxUnhealthyInstancePercent"
        if is_set(value, batch) and is_set(value, unhealthy) and value[batch] > value[unhealthy]:
            yield Violation((batch,), f"must not be more than `{unhealthy}`")


class UpgradePolicy(Model):
    """How the machines of a pool are upgraded."""

    mode: UpgradeMode = prop("Which machines are upgraded when.", required=True)
    automaticOSUpgradePolicy: AutomaticOsUpgradePolicy | None = prop(
        "What happens when a newer image of the operating system is there."
    )
    rollingUpgradePolicy: RollingUpgradePolicy | None = prop("How upgrades in batches go on.")
