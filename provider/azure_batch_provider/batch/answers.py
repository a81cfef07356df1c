"""Whether an answer shows what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.http.errors import ProtocolError

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

LOOK_FOR_A_PROXY: Final = "Look for a proxy between here and the service that mixes or replays answers."
_OF_EVERY_ENTITY: Final[dict[str, type]] = {
    "state": str,
    "creationTime": str,
    "eTag": str,
    "url": str,
    "executionInfo": dict,
}
"""What the service says of an entity besides what was declared, where it says it."""


def object_of(reply: Reply, path: str) -> dict[str, Any]:
    """The object that a GET was answered with.

    Raises:
        ProtocolError: it was answered with something else.
    """
    if not isinstance(reply.body, dict):
        raise ProtocolError(f"GET {path} was answered without an object: the answer is not one of Azure Batch.")
    return reply.body


def entity_of(reply: Reply, path: str, id: str) -> dict[str, Any]:
    """The entity that a GET of it was answered with.

    Raises:
        ProtocolError: it is another one, or not an entity.
    """
    found = object_of(reply, path)
    shown = found.get("id")
    if not isinstance(shown, str) or not is_same_id(shown, id):
        what = f"with {shown[:80]!r}, which is not what was asked for" if isinstance(shown, str) else "without an id"
        raise ProtocolError(f"GET {path} was answered {what}: the answer was not used. {LOOK_FOR_A_PROXY}")
    name = mistyped(found)
    if name is not None:
        raise ProtocolError(f"GET {path} was answered with a `{name}` of another type. {LOOK_FOR_A_PROXY}")
    return found


def mistyped(entity: dict[str, Any]) -> str | None:
    """A property that every entity has, and that is not of its type here."""
    for name, kind in _OF_EVERY_ENTITY.items():
        if not isinstance(entity.get(name), (kind, type(None))):
            return name
    return None


def is_same_id(one: str, other: str) -> bool:
    """Ids have no case. They are ASCII: a letter that only folds to the same one (KELVIN SIGN) is another."""
    return id_key(one) == id_key(other)


def id_key(id: str) -> str:
    """What is equal for ids that are the same."""
    return id.lower() if id.isascii() else id
