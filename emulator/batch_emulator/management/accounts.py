"""The account itself, of which only a few things can be told here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from batch_emulator.management.wire import SUBSCRIPTION, Call, account_id
from batch_emulator.protocol.wire import Answer
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import format_time


def get(account: SimulatedAccount, call: Call) -> Answer:
    switches = account.switches
    properties: dict[str, Any] = {
        "accountEndpoint": urlsplit(account.endpoint).netloc,
        "provisioningState": "Succeeded",
        "poolAllocationMode": "BatchService",
        "publicNetworkAccess": "Enabled",
        "dedicatedCoreQuotaPerVMFamilyEnforced": False,
        "poolQuota": switches.integer("pool-quota"),
        "activeJobAndJobScheduleQuota": switches.integer("active-job-quota"),
        "allowedAuthenticationModes": ["AAD", "SharedKey", "TaskAuthenticationToken"],
    }
    container = switches.text("package-storage")
    if container != "none":
        storage = urlsplit(container).path.strip("/").partition("/")[0] or "storage"
        properties["autoStorage"] = {
            "storageAccountId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/emulator/providers/Microsoft.Storage"
            f"/storageAccounts/{storage}",
            "lastKeySync": format_time(account.clock.now()),
            "authenticationMode": "StorageKeys",
        }
    body = {
        "id": account_id(account.name),
        "name": account.name,
        "type": "Microsoft.Batch/batchAccounts",
        "location": "emulator",
        "identity": {"type": "None"},
        "properties": properties,
    }
    return Answer(200, body)
