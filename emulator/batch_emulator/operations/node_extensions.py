"""Extensions of a node: the one by which the service set it up, then those of its pool."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.machine import Extension
from batch_emulator.operations.nodes import NODES
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call, one
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Pool
from batch_emulator.state.ids import folded

_KNOWN = frozenset({"provisioningState", "instanceView", "vmExtension"})
_OWN = "batchNodeExtension"
_OWN_TYPE = {
    False: {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.0"},
    True: {"publisher": "Microsoft.Compute", "type": "CustomScriptExtension", "typeHandlerVersion": "1.9"},
}
"""By whether it runs Windows."""


def _extensions(account: SimulatedAccount, call: Call) -> dict[str, dict[str, Any]]:
    """By their place in the list."""
    node = NODES.present(account, call)
    pool = account.store.of(Pool)[node.parent]
    asked = pool.body["virtualMachineConfiguration"].get("extensions", ())
    own = {"name": _OWN, **_OWN_TYPE[pool.windows], "autoUpgradeMinorVersion": True}
    all_of_them = [own, *(Extension.show(extension, call.context.version) for extension in asked)]
    return {f"{place:04}": _shown(extension) for place, extension in enumerate(all_of_them)}


def _shown(extension: dict[str, Any]) -> dict[str, Any]:
    status = {
        "code": "ProvisioningState/succeeded",
        "level": 0,
        "displayStatus": "Provisioning succeeded",
        "message": "Plugin enabled",
    }
    view = {"name": extension["name"], "statuses": [status]}
    return {"provisioningState": "Succeeded", "instanceView": view, "vmExtension": extension}


def list_extensions(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    extensions = _extensions(account, call)
    return page(call, "extensions", sorted(extensions), extensions.__getitem__, lambda item: True, selection.of)


def get(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    for extension in _extensions(account, call).values():
        if folded(extension["vmExtension"]["name"]) == folded(call.ids["extension"]):
            return one(call, "extensions", selection.of(extension))
    raise ServiceError("ResourceNotFound")
