"""How the virtual machines of a pool are brought to a newer image of their operating system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.base import Broken, Choice, Duration, Flag, Int32, Model, given, prop


class UpgradeMode(Choice):
    """Which machines are upgraded when."""

    AUTOMATIC = "automatic", "All machines at once."
    MANUAL = "manual", "Machines are upgraded when you ask for it."
    ROLLING = "rolling", "Machines are upgraded in batches, one after another."


class AutomaticOsUpgradePolicy(Model):
    """What happens when a newer image of the operating system is there."""

    disableAutomaticRollback: Flag | None = prop(
        "Whether a failed upgrade is left as it is, not rolled back.", filled=True
    )
    enableAutomaticOSUpgrade: Flag | None = prop(
        "Whether machines are upgraded in batches as soon as there is a newer image. Excludes "
        "`windowsConfiguration.enableAutomaticUpdates: true`.",
        filled=True,
    )
    useRollingUpgradePolicy: Flag | None = prop(
        "Whether these upgrades go by `rollingUpgradePolicy`; otherwise by a policy of the platform.", filled=True
    )
    osRollingUpgradeDeferral: Flag | None = prop("Whether machines that run tasks are upgraded later.", filled=True)


class RollingUpgradePolicy(Model):
    """How an upgrade in batches goes on, and when it stops."""

    enableCrossZoneUpgrade: Flag | None = prop(
        "Whether a batch may hold machines of several zones. Only for a pool whose nodes are placed `zonal`.",
        filled=True,
    )
    maxBatchInstancePercent: Int32 | None = prop(
        "Largest part of the machines in one batch, in percent: 5 to 100, and not more than "
        "`maxUnhealthyInstancePercent`.",
        ge=5,
        le=100,
        filled=True,
    )
    maxUnhealthyInstancePercent: Int32 | None = prop(
        "Largest part of all machines that may be unhealthy before the upgrade stops, in percent: 5 to 100.",
        ge=5,
        le=100,
        filled=True,
    )
    maxUnhealthyUpgradedInstancePercent: Int32 | None = prop(
        "Largest part of the upgraded machines that may be unhealthy before the upgrade stops, in percent: 0 to 100.",
        ge=0,
        le=100,
        filled=True,
    )
    pauseTimeBetweenBatches: Duration | None = prop(
        "How long to wait between batches, as an ISO 8601 duration.", filled=True
    )
    prioritizeUnhealthyInstances: Flag | None = prop("Whether unhealthy machines are upgraded first.", filled=True)
    rollbackFailedInstancesOnPolicyBreach: Flag | None = prop(
        "Whether failed machines go back to what they were when the upgrade stops.", filled=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], api_version: str) -> Iterator[Broken]:
        batch, unhealthy = "maxBatchInstancePercent", "maxUnhealthyInstancePercent"
        if given(value, batch) and given(value, unhealthy) and value[batch] > value[unhealthy]:
            yield Broken((batch,), f"must not be more than `{unhealthy}`")


class UpgradePolicy(Model):
    """How the machines of a pool are upgraded."""

    mode: UpgradeMode = prop("Which machines are upgraded when.", required=True)
    automaticOSUpgradePolicy: AutomaticOsUpgradePolicy | None = prop(
        "What happens when a newer image of the operating system is there."
    )
    rollingUpgradePolicy: RollingUpgradePolicy | None = prop("How upgrades in batches go on.")
