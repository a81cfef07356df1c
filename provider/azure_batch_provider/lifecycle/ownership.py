"""What the user reads when two resources meet at one id: why it is refused, and the way out."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.lifecycle.ledger import Claim
from azure_batch_provider.lifecycle.results import Refused


def taken(id: str, urn: str) -> Refused:
    """Another resource has the id."""
    return Refused(
        f"{id} belongs to {urn}, and two resources cannot manage one id. If this is that resource under another name "
        "or parent, say so with `aliases`; otherwise declare another id. Where ids move along a list, name the "
        f"resources by id, not by index. {_HAND_OVER}"
    )


_HAND_OVER: Final = (
    "In one `pulumi up` an id can only be handed over by a resource with `deleteBeforeReplace: true`, to one that "
    "depends on it (`dependsOn`)."
)


def in_the_way(id: str, claim: Claim) -> Refused | None:
    """Why a resource cannot be created under an id; None if it can."""
    if claim.outcome == "held":
        return taken(id, claim.urn)
    if claim.outcome == "left":
        return Refused(f"{id} belongs to {claim.urn}, which is replaced, but not deleted yet. {_HAND_OVER}")
    if claim.outcome == "kept":
        return Refused(
            f"{id} is to be replaced under the same id, but has not been deleted, because of `retainOnDelete: true` or "
            "`deleteBeforeReplace: false`. Declare another id, or take that option away by a `pulumi up` of its own, "
            "before the change."
        )
    if claim.outcome == "forced":
        return Refused(
            f"{id} is to be replaced under the same id, but has not been deleted. A replacement that the program does "
            "not call for needs `deleteBeforeReplace: true`, and cannot be had with `retainOnDelete: true`."
        )
    return None


def hand_over(id: str, urn: str) -> str:
    """What a preview says of an id that another resource leaves: only `pulumi up` deletes anything."""
    return f"{id} belongs to {urn} until that is replaced. {_HAND_OVER}"


def shared(id: str, urn: str) -> str:
    """What a plan says of an id that two resources of the program have already."""
    return (
        f"{id} belongs to {urn} as well: what one of the two writes, the other takes back. Remove one of them from the "
        "program; nothing is deleted for that."
    )


def spared(id: str, urn: str) -> str:
    """Why a deletion sends nothing."""
    return f"{id} is not deleted: it belongs to {urn} as well, and stays for that. Only this resource is forgotten."
