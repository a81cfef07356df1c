"""What the user reads when two resources meet at one id: why it is refused, and the way out."""

from __future__ import annotations

from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.ledger import Claim
from azure_batch_provider.lifecycle.refusals import HAND_OVER
from azure_batch_provider.values.refusal import Refused


def in_the_way(id: str, claim: Claim) -> Refused | None:
    """Why a resource cannot be created under an id; None if it can."""
    if claim.outcome == "held":
        return refusals.ID_TAKEN(id=id, urn=claim.urn)
    if claim.outcome == "left":
        return refusals.ID_NOT_LEFT(id=id, urn=claim.urn)
    if claim.outcome == "kept":
        return refusals.REPLACED_NOT_DELETED(id=id)
    if claim.outcome == "forced":
        return refusals.REPLACED_BY_FORCE(id=id)
    return None


def hand_over(id: str, urn: str) -> str:
    """What a preview says of an id that another resource leaves: only `pulumi up` deletes anything."""
    return f"{id} belongs to {urn} until that is replaced. {HAND_OVER}"


def shared(id: str, urn: str) -> str:
    """What a plan says of an id that two resources of the program have already."""
    return (
        f"{id} belongs to {urn} as well: what one of the two writes, the other takes back. Remove one of them from the "
        "program; nothing is deleted for that."
    )


def spared(id: str, urn: str) -> str:
    """Why a deletion sends nothing."""
    return f"{id} is not deleted: it belongs to {urn} as well, and stays for that. Only this resource is forgotten."
