"""What a pool names outside the account, and who may name it.

The service asks Azure's other services on behalf of the caller, and a key means nothing to them: only an Entra token
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.wire import Call


def check_links(call: Call, body: dict[str, Any]) -> None:
    """Raises ServiceError `AuthenticationFailed` where a request that a key has signed names such a resource."""
    signed_by_key = call.headers.get("authorization", "").strip().lower().startswith("sharedkey ")
    if not signed_by_key or call.context.switches.text("linked-resources") == "any-credentials":
        return
    for kind in _linked(body):
        detail = (
            "The specified type of authentication SharedKey is not allowed when external resources of type"
            f" {kind} are linked."
        )
        raise ServiceError("AuthenticationFailed", [("AuthenticationErrorDetail", detail)])


def _linked(body: dict[str, Any]) -> Iterator[str]:
    network = body.get("networkConfiguration", {})
    if "subnetId" in network or "ipAddressIds" in network.get("publicIPAddressConfiguration", {}):
        yield "Network"
    if "virtualMachineImageId" in body.get("virtualMachineConfiguration", {}).get("imageReference", {}):
        yield "Compute"
